package karamon.table;

import java.text.ParsePosition;
import java.text.SimpleDateFormat;
import java.util.Date;

/**
 * Reads a timestamp with or without a fraction of a second, as milliseconds. CarbonData's own format cuts the fraction, or takes
 * the digits of {@code .12} for 12 milliseconds. Other texts after the seconds, and digits for microseconds, are errors. So are
 * days before the Gregorian calendar, which Java's old classes read by the Julian one, and Spark doesn't.
 */
public final class FractionFormat extends SimpleDateFormat {
    private static final long serialVersionUID = 1;

    private static final String FRACTION = ".SSS";

    /** The first millisecond of the Gregorian calendar, 1582-10-15. */
    private static final long FIRST = -12219292800000L;

    /** CarbonData reads this to know its earliest day. */
    private static final String EARLIEST = "0001-01-01";

    private final boolean seconds;

    /** Reads and writes with a pattern of SimpleDateFormat; if it ends in seconds, or in seconds and .SSS, reads as above. */
    public FractionFormat(String pattern) {
        super(pattern);
        seconds = pattern.endsWith("ss") || pattern.endsWith("ss" + FRACTION);
    }

    @Override
    public Date parse(String text, ParsePosition position) {
        if (!seconds) {
            return gregorian(super.parse(text, position), text, position);
        }
        int begin = position.getIndex();
        int dot = text.indexOf('.', begin);
        String whole = dot < 0 ? text.substring(begin) : text.substring(begin, dot);
        String digits = dot < 0 ? "" : text.substring(dot + 1);
        boolean withFraction = toPattern().endsWith(FRACTION);
        String same = withFraction ? whole + ".000" : whole;
        ParsePosition end = new ParsePosition(0);
        Date found = super.parse(same, end);
        if (found == null || end.getIndex() != same.length() || !digits.matches(dot < 0 ? "" : "\\d{1,3}0*")) {
            position.setErrorIndex(begin);
            return null;
        }
        position.setIndex(text.length());
        return gregorian(new Date(found.getTime() + Integer.parseInt((digits + "000").substring(0, 3))), text, position);
    }

    private static Date gregorian(Date found, String text, ParsePosition position) {
        if (found != null && found.getTime() < FIRST && !text.equals(EARLIEST)) {
            position.setIndex(0);
            position.setErrorIndex(0);
            return null;
        }
        return found;
    }
}

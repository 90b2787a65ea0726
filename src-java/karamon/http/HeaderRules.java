package karamon.http;

import clojure.lang.Keyword;
import karamon.text.Known;
import karamon.text.Shown;

/** The rules for headers of a response. */
public final class HeaderRules {
    private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

    private HeaderRules() {}

    /** Returns a header's name from a keyword or a string; it must be a token (RFC 9110, section 5.6.2). */
    static String name(Object name) {
        String text = name instanceof Keyword keyword ? keyword.sym.toString() : name instanceof String s ? s : null;
        if (text == null || !isToken(text)) {
            throw new BadResponse("A header's name must be a keyword or a string of letters, digits and " + TOKEN_MARKS
                    + ", found " + Shown.of(name));
        }
        return text;
    }

    /**
     * Returns whether a text may be the name of a header or of a cookie: a token (RFC 9110, section 5.6.2).
     *
     * @param text not null
     * @return true or false
     */
    public static boolean isToken(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean letterOrDigit = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
            if (!letterOrDigit && TOKEN_MARKS.indexOf(c) < 0) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    /** Returns one value of a header: a string, a number, a truth value or a keyword's name. */
    static String value(String name, Object value) {
        String text;
        if (value instanceof Keyword keyword) {
            text = keyword.sym.toString();
        } else if (value instanceof String || value instanceof Boolean || value instanceof Number number && Known.huge(number) == null) {
            text = value.toString();
        } else {
            throw new BadResponse("The header " + name + " must be a string, a number, a boolean, a keyword or a collection of those, found "
                    + Shown.of(value));
        }
        return checked("header", name, text);
    }

    /** Returns a text unchanged, after checking that it may be the value of a header. */
    static String checked(String what, String name, String text) {
        if (!isValue(text)) {
            throw new BadResponse("The " + what + " " + name + " must contain only visible characters of Latin-1, spaces and tabs "
                    + "(encode others), found " + Shown.of(text));
        }
        return text;
    }

    /**
     * Returns whether a text may be the value of a header (RFC 9110, section 5.5): it has no control characters but tabs, and
     * only characters of Latin-1.
     *
     * @param text not null
     * @return true or false
     */
    public static boolean isValue(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c > 0xff || c != '\t' && Character.isISOControl(c)) {
                return false;
            }
        }
        return true;
    }

    /** Returns whether a header applies to one connection only, and so must not be forwarded (RFC 9110, section 7.6.1). */
    static boolean isHopByHop(String lowerCaseName) {
        return switch (lowerCaseName) {
            case "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
                    "transfer-encoding", "upgrade" -> true;
            default -> false;
        };
    }
}

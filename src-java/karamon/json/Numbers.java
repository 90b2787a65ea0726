package karamon.json;

import clojure.lang.BigInt;
import clojure.lang.Ratio;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import karamon.text.Shown;

/** Writes numbers as JSON. */
final class Numbers {
    private Numbers() {}

    /**
     * Writes a number.
     *
     * @throws UnwritableValue for NaN, infinities, and numbers of types that aren't Java's or Clojure's own
     */
    static void write(Number number, JsonGenerator out) throws IOException {
        if (number instanceof Long || number instanceof Integer || number instanceof Short || number instanceof Byte) {
            out.writeNumber(number.longValue());
        } else if (number instanceof BigInt big) {
            out.writeNumber(big.toBigInteger());
        } else if (number instanceof BigInteger big) {
            out.writeNumber(big);
        } else if (number instanceof BigDecimal decimal) {
            out.writeNumber(decimal);
        } else if (number instanceof Float single && Float.isFinite(single)) {
            out.writeNumber(single);
        } else if ((number instanceof Double || number instanceof Ratio) && Double.isFinite(number.doubleValue())) {
            out.writeNumber(number.doubleValue());
        } else {
            throw new UnwritableValue("JSON has no form for the number " + Shown.text(number));
        }
    }
}

package karamon.runtime;

import clojure.lang.PersistentArrayMap;
import karamon.json.JsonWriter;
import karamon.text.Failure;

/**
 * An error in the form that Lambda accepts: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 *
 * @param type the name of the exception's class
 * @param json {@code errorMessage}, {@code errorType} and {@code stackTrace}
 */
public record ErrorReport(String type, byte[] json) {

    /**
     * Returns the report of an exception.
     *
     * @param thrown the exception
     * @return its class, its message (or the class again), and its stack trace
     */
    public static ErrorReport of(Throwable thrown) {
        String type = thrown.getClass().getName();
        String message = Failure.message(thrown);
        return new ErrorReport(type, JsonWriter.bytes(new PersistentArrayMap(new Object[] {
            "errorMessage", message == null ? type : message, "errorType", type, "stackTrace", Failure.stackTrace(thrown),
        })));
    }
}

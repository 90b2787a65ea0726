package karamon.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import karamon.json.JsonReader;
import karamon.json.JsonWriter;
import karamon.json.Keys;

/** The inputs of all benchmarks, the same in every run. */
public final class Inputs {
    private Inputs() {}

    /** Returns a REST API's event, without white space as AWS sends it. */
    public static byte[] restEvent() {
        try (InputStream in = Inputs.class.getResourceAsStream("rest.json")) {
            return JsonWriter.bytes(JsonReader.read(in.readAllBytes(), Keys.STRINGS));
        } catch (IOException e) {
            throw new AssertionError("rest.json is next to this class", e);
        }
    }

    /** Returns orders of a shop as JSON: nested objects and arrays, strings, whole and other numbers. */
    static byte[] orders(int minBytes) {
        StringBuilder json = new StringBuilder(minBytes + 1000).append("{\"orders\":[");
        for (int i = 0; json.length() < minBytes; i++) {
            json.append(i == 0 ? "" : ",");
            order(json, i);
        }
        return json.append("]}").toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void order(StringBuilder json, int i) {
        json.append("{\"id\":").append(1_000_000 + i)
                .append(",\"placedAt\":\"2024-10-30T08:").append(10 + i % 50).append(":14Z\"")
                .append(",\"customer\":{\"id\":\"c-").append(i * 7919 % 10_000)
                .append("\",\"name\":\"Customer ").append(i)
                .append("\",\"address\":{\"street\":\"").append(i % 200).append(" Harbour Road\",\"city\":\"Vis\",\"zip\":null}}")
                .append(",\"lines\":[");
        for (int line = 0; line < 3; line++) {
            json.append(line == 0 ? "" : ",")
                    .append("{\"sku\":\"sku-").append(i * 31 + line)
                    .append("\",\"quantity\":").append(1 + line)
                    .append(",\"unitPrice\":").append(i % 90 + 0.25 * line)
                    .append(",\"tags\":[\"new\",\"small\"]}");
        }
        json.append("],\"paid\":").append(i % 3 == 0).append(",\"note\":\"Leave it at the \\\"back\\\" door\"}");
    }

    /** Returns arrays and objects nested alternately, {@code depth} levels deep. */
    static byte[] nested(int depth) {
        StringBuilder json = new StringBuilder();
        for (int level = 0; level < depth; level++) {
            json.append(level % 2 == 0 ? "[" : "{\"in\":");
        }
        json.append(1);
        for (int level = depth - 1; level >= 0; level--) {
            json.append(level % 2 == 0 ? "]" : "}");
        }
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }
}

package karamon.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;
import clojure.lang.PersistentVector;
import clojure.lang.RT;
import java.io.File;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class JsonWriterTest {

    private static String write(Object value) {
        String text = JsonWriter.string(value);
        assertEquals(text, new String(JsonWriter.bytes(value), UTF_8), "bytes and text");
        return text;
    }

    private static String unwritable(Object value) {
        assertThrows(UnwritableValue.class, () -> JsonWriter.bytes(value));
        return assertThrows(UnwritableValue.class, () -> JsonWriter.string(value)).getMessage();
    }

    @Test
    void eachKindOfValueIsWritten() {
        assertEquals("{\"a\":1,\"b/c\":[1,2.5,null,true],\"s\":\"k\",\"sym\":[1,2]}",
                write(RT.readString("{:a 1, :b/c [1 2.5 nil true], \"s\" :k, sym (1 2)}")));
        Map<Object, Object> java = new LinkedHashMap<>();
        java.put("int", 1);
        java.put(2, new int[] {1, 2});
        java.put('c', new Object[] {"x", null});
        java.put(true, List.of((short) 1, (byte) 2));
        assertEquals("{\"int\":1,\"2\":[1,2],\"c\":[\"x\",null],\"true\":[1,2]}", write(java));
        assertEquals("\"AQI=\"", write(new byte[] {1, 2}));
        assertEquals("\"2020-01-02T03:04:05Z\"", write(Date.from(Instant.parse("2020-01-02T03:04:05Z"))));
        assertEquals("\"2020-01-02\"", write(LocalDate.parse("2020-01-02")));
        assertEquals("\"00000000-0000-0001-0000-000000000002\"", write(new UUID(1, 2)));
        assertEquals("\"https://x.org/\"", write(URI.create("https://x.org/")));
        assertEquals("\"a/b\"", write(Path.of("a", "b")));
        assertEquals("\"c\"", write('c'));
    }

    @Test
    void numbers() {
        assertEquals("[1.5,12345678901234567890,0.25,1.5,12345678901234567890]",
                write(PersistentVector.create(new BigDecimal("1.5"), new BigInteger("12345678901234567890"), RT.readString("1/4"), 1.5f,
                        RT.readString("12345678901234567890N"))));
        assertEquals("-0.0", write(-0.0));
    }

    @Test
    void textIsEscapedWhereJsonNeedsIt() {
        assertEquals("\"\\\"\\\\\\n\\u0000\u2028ü😀\"", write("\"\\\n\u0000\u2028ü😀"));
    }

    @Test
    void halvesOfSurrogatePairsAreEscaped() {
        assertEquals("\"a\\uD800b\"", new String(JsonWriter.bytes("a\ud800b"), UTF_8));
        assertEquals("{\"\\uDC00\":\"u\"}", new String(JsonWriter.bytes(Map.of("\udc00", "u")), UTF_8));
        assertEquals("a\udc00😀", JsonReader.read(JsonWriter.bytes("a\udc00😀"), Keys.STRINGS));
        assertEquals("a\ud800b", JsonReader.read(JsonWriter.bytes("a\ud800b"), Keys.STRINGS));
        assertEquals("x".repeat(10_000) + "\ud800", JsonReader.read(JsonWriter.bytes("x".repeat(10_000) + "\ud800"), Keys.STRINGS));
    }

    @Test
    void unwritableValuesAreErrorsThatNameTheirPlace() {
        assertEquals("JSON has no form for a java.lang.Object", unwritable(new Object()));
        assertEquals("JSON has no form for the number NaN (at [:a 1])",
                unwritable(PersistentArrayMap.createWithCheck(new Object[] {Keyword.intern("a"), PersistentVector.create(1, Double.NaN)})));
        assertEquals("JSON has no form for the number Infinity", unwritable(Float.POSITIVE_INFINITY));
        assertEquals("JSON has no form for the key nil", unwritable(RT.map(null, 1)));
        assertEquals("JSON has no form for the key [1]", unwritable(RT.map(PersistentVector.create(1), 1)));
    }

    @Test
    void keysOfOneNameAreAnError() {
        assertEquals("JSON has the same name for the keys :a and \"a\" (at [:x])",
                unwritable(RT.map(Keyword.intern("x"), PersistentArrayMap.createWithCheck(new Object[] {Keyword.intern("a"), 1, "a", 2}))));
        Map<Object, Object> java = new LinkedHashMap<>();
        java.put(1L, 1);
        java.put(1, 2);
        assertEquals("JSON has the same name for the keys 1 and 1", unwritable(java));
    }

    @Test
    void namesOfFilesAreAnError() throws IOException {
        for (Object place : List.of(Path.of("a").toAbsolutePath(), Path.of("a").toUri(), Path.of("a").toUri().toURL(),
                URI.create("JAR:file:/a.jar!/b"))) {
            assertEquals("JSON has no form for a " + place.getClass().getName()
                    + " of a file: send the file's content as the body, or the name with str", unwritable(place));
        }
        assertEquals("JSON has no form for a java.io.File", unwritable(new File("a")));
        assertEquals("\"https://x.org/\"", write(URI.create("https://x.org/").toURL()));
    }

    @Test
    void tooDeepNestingIsAnErrorAndNoStackOverflow() {
        assertTrue(unwritable(nested(100_000)).contains("nest"));
        assertTrue(unwritable(nested(1_001)).contains("nest"));
        assertEquals("[".repeat(1000) + "]".repeat(1000), write(nested(1000)));
    }

    @Test
    void dataThatContainsItselfIsAnError() {
        Object[] self = new Object[1];
        self[0] = self;
        assertTrue(unwritable(self).contains("nest"));
    }

    private static Object nested(int depth) {
        Object value = PersistentVector.EMPTY;
        for (int i = 1; i < depth; i++) {
            value = PersistentVector.EMPTY.cons(value);
        }
        return value;
    }
}

package karamon.json;

import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import clojure.lang.BigInt;
import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;
import clojure.lang.PersistentHashMap;
import clojure.lang.RT;
import java.math.BigDecimal;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonReaderTest {

    private static Object read(String json) {
        Object value = JsonReader.read(json, Keys.KEYWORDS);
        assertEquals(value, JsonReader.read(json.getBytes(UTF_8), Keys.KEYWORDS), "bytes and text");
        return value;
    }

    private static MalformedJson malformed(String json) {
        assertThrows(MalformedJson.class, () -> JsonReader.read(json.getBytes(UTF_8), Keys.STRINGS));
        return assertThrows(MalformedJson.class, () -> JsonReader.read(json, Keys.STRINGS));
    }

    @Test
    void eachKindOfValueBecomesClojureData() {
        assertEquals(RT.readString("{:a [1 -2.5 \"x\" true false nil {} []] :b/c {:d 1}}"),
                read("{\"a\":[1,-2.5,\"x\",true,false,null,{},[]],\"b/c\":{\"d\":1}}"));
        assertNull(read(" null "));
    }

    @Test
    void anExactReaderKeepsEveryDigit() {
        for (String number : new String[] {"0.10", "-0.5", "12345678901234567.89", "1E+2", "1E-400", "1E+999", "0." + "9".repeat(999), "1E-999"}) {
            assertEquals(new BigDecimal(number), JsonReader.read(number, Keys.STRINGS, true));
        }
        assertEquals(5L, JsonReader.read("5", Keys.STRINGS, true));
        for (String number : new String[] {"1e1000", "1e-1000", "1e999999999", "1e-2147483648", "1e99999999999"}) {
            assertThrows(MalformedJson.class, () -> JsonReader.read(number, Keys.STRINGS, true));
        }
    }

    @Test
    void numbersAreLongsBigIntsAndDoubles() {
        assertEquals(Long.MAX_VALUE, read("9223372036854775807"));
        assertEquals(Long.MIN_VALUE, read("-9223372036854775808"));
        assertInstanceOf(BigInt.class, read("9223372036854775808"));
        assertEquals(0L, read("-0"));
        assertEquals(-0.0, read("-0.0"));
        assertEquals(0.0, read("1e-400"));
        assertEquals(100.0, read("1E2"));
        assertEquals(new BigDecimal("1e400"), read("1e400"));
        assertEquals(new BigDecimal("-1e400"), read("-1e400"));
        assertTrue(malformed("1e1000").getMessage().startsWith("The number 1e1000 has more than 1000 digits (line 1, column 1)"));
        malformed("1e2147483648");
        assertInstanceOf(BigInt.class, read("9".repeat(1000)));
        malformed("9".repeat(1001));
        malformed("9".repeat(10_000));
        malformed("0." + "9".repeat(10_000));
    }

    @Test
    void theLaterValueOfARepeatedKeyCounts() {
        assertEquals(RT.readString("{:a 2 :b 1}"), read("{\"a\":1,\"b\":1,\"a\":2}"));
        StringBuilder json = new StringBuilder("{");
        for (int i = 0; i < 100; i++) {
            json.append("\"k").append(i).append("\":0,\"k").append(i).append("\":").append(i).append(',');
        }
        Map<?, ?> map = (Map<?, ?>) read(json.append("\"k0\":7}").toString());
        assertEquals(100, map.size());
        assertEquals(7L, map.get(Keyword.intern("k0")));
        assertEquals(99L, map.get(Keyword.intern("k99")));
    }

    @Test
    void smallMapsAreArrayMapsAndLargeOnesHashMaps() {
        assertInstanceOf(PersistentArrayMap.class, read("{}"));
        StringBuilder json = new StringBuilder("{\"k0\":0");
        for (int i = 1; i < 32; i++) {
            json.append(",\"k").append(i).append("\":").append(i);
        }
        assertInstanceOf(PersistentArrayMap.class, read(json + "}"));
        assertInstanceOf(PersistentHashMap.class, read(json + ",\"k32\":32}"));
    }

    @Test
    void errorsNameTheirPlace() {
        MalformedJson e = malformed("{\"a\":1,\n \"b\":x}");
        assertEquals(2, e.line());
        assertEquals(6, e.column());
        assertTrue(e.getMessage().endsWith("(line 2, column 6)"), e.getMessage());
    }

    @Test
    void anythingButOneValueIsMalformed() {
        for (String json : new String[] {
            "", " ", "{", "[", "\"", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "[1,]", "[1 2]", "{a:1}", "{'a':1}", "tru",
            "nul", "NaN", "Infinity", "+1", "01", "1.", ".5", "1e", "--1", "1 2", "{} x", "// x\n1", "\"\n\"", "\"\\x\"", "\"\\u12\"", "}", "]",
            "{]", "[}", "\u0000", "\ufeff\ufeff1"
        }) {
            malformed(json);
        }
        assertThrows(MalformedJson.class, () -> JsonReader.read(new byte[] {'"', (byte) 0xff, '"'}, Keys.STRINGS));
        assertThrows(MalformedJson.class, () -> JsonReader.read(new byte[] {'"', (byte) 0xc3, '"'}, Keys.STRINGS));
        assertThrows(MalformedJson.class, () -> JsonReader.read(new byte[] {'"', (byte) 0xe2, (byte) 0x82}, Keys.STRINGS));
        assertThrows(MalformedJson.class, () -> JsonReader.read(new byte[] {0, 0, (byte) 0xff, (byte) 0xfe}, Keys.STRINGS));
    }

    @Test
    void otherUnicodeEncodingsAreDetectedFromTheFirstBytes() {
        assertEquals(RT.readString("{:a \"ü\"}"), JsonReader.read("{\"a\":\"ü\"}".getBytes(UTF_16BE), Keys.KEYWORDS));
        assertEquals(1L, JsonReader.read("\ufeff1".getBytes(UTF_8), Keys.KEYWORDS));
    }

    @Test
    void tooDeepNestingIsAnErrorAndNoStackOverflow() {
        read("[".repeat(1000) + "]".repeat(1000));
        malformed("[".repeat(1001) + "]".repeat(1001));
        malformed("[".repeat(100_000));
        malformed("{\"a\":".repeat(100_000));
    }

    @Test
    void namesMayBeAnything() {
        assertEquals(Keyword.intern(null, ""), ((Map<?, ?>) read("{\"\":1}")).keySet().iterator().next());
        assertEquals(PersistentArrayMap.createWithCheck(new Object[] {Keyword.intern("/"), 1L, Keyword.intern("a b"), 2L}),
                read("{\"/\":1,\"a b\":2}"));
        assertEquals(RT.map("😀", "\ud800"), JsonReader.read("{\"\\ud83d\\ude00\":\"\\ud800\"}", Keys.STRINGS));
        malformed("{\"\\ud800\":1}");
        malformed("{\"" + "k".repeat(50_001) + "\":1}");
        String longName = "k".repeat(50_000);
        assertEquals(1L, ((Map<?, ?>) JsonReader.read("{\"" + longName + "\":1}", Keys.STRINGS)).get(longName));
    }
}

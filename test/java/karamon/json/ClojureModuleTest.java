package karamon.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import clojure.lang.IPersistentMap;
import clojure.lang.IPersistentVector;
import clojure.lang.Keyword;
import clojure.lang.LazilyPersistentVector;
import clojure.lang.PersistentArrayMap;
import clojure.lang.PersistentHashSet;
import clojure.lang.PersistentList;
import clojure.lang.PersistentVector;
import clojure.lang.RT;
import clojure.lang.Symbol;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClojureModuleTest {
    private final ObjectMapper mapper = new ObjectMapper().registerModule(new ClojureModule());

    /** A Java value that contains Clojure's. */
    record Order(String id, Keyword state, IPersistentMap lines, Object any, Map<Keyword, Integer> counts) {}

    /** A bean, for cases that records don't cover. */
    public static final class Bean {
        public IPersistentVector items;
        public Object other;
    }

    private static Keyword key(String name) {
        return Keyword.intern(name);
    }

    private static IPersistentMap map(Object... pairs) {
        return PersistentArrayMap.createWithCheck(pairs);
    }

    private static Object data(String edn) {
        return RT.readString(edn);
    }

    @Test
    void clojureDataIsWrittenAsByJsonWriter() throws Exception {
        for (String edn : List.of(
                "{:a 1, :b/c [1 2.5 nil true], \"s\" #{:k}, sym (1 2)}",
                "[]", "{}", "()", "#{}", ":k", ":ns/k", "sym", "1/2", "123456789012345678901234567890N",
                "{:deep {:deeper [{:x 1/2}]}}")) {
            Object value = data(edn);
            assertEquals(JsonWriter.string(value), mapper.writeValueAsString(value), edn);
        }
        assertEquals("[1,2]", mapper.writeValueAsString(PersistentVector.create(1, 2)));
        assertEquals("[1]", mapper.writeValueAsString(PersistentHashSet.create(1)));
        assertEquals("[1]", mapper.writeValueAsString(PersistentList.create(List.of(1))));
        assertEquals("\"a/b\"", mapper.writeValueAsString(Symbol.intern("a/b")));
    }

    @Test
    void otherDataIsWrittenAsByTheMapper() throws Exception {
        Order order = new Order("o-1", key("shop/open"), map(key("n"), 1L), List.of(1, key("k")), Map.of(key("a/b"), 3));
        String json = "{\"id\":\"o-1\",\"state\":\"shop/open\",\"lines\":{\"n\":1},\"any\":[1,\"k\"],\"counts\":{\"a/b\":3}}";
        assertEquals(json, mapper.writeValueAsString(order));
        assertEquals("{\"orders\":[" + json + "]}", mapper.writeValueAsString(map(key("orders"), PersistentVector.create(order))));
        JsonNode node = mapper.readTree("{\"x\":[1]}");
        assertEquals("{\"node\":{\"x\":[1]}}", mapper.writeValueAsString(map(key("node"), node)));
    }

    @Test
    void jsonIsReadAsTheRequestedClojureType() throws Exception {
        String json = "{\"userId\":1,\"a/b\":[1.5,null,{\"c\":true}]}";
        IPersistentMap expected = (IPersistentMap) data("{:userId 1, :a/b [1.5 nil {:c true}]}");
        assertEquals(expected, mapper.readValue(json, IPersistentMap.class));
        assertEquals(expected, mapper.readValue(json, Object.class));
        assertEquals(data("[1 \"x\"]"), mapper.readValue("[1,\"x\"]", IPersistentVector.class));
        assertEquals(key("ns/k"), mapper.readValue("\"ns/k\"", Keyword.class));
        assertNull(mapper.readValue("null", IPersistentMap.class));
        assertNull(mapper.readValue("null", Object.class));
        assertEquals("x", mapper.readValue("\"x\"", Object.class));
    }

    @Test
    void theModulesKeysMakeTheMapsKeys() throws Exception {
        ObjectMapper strings = new ObjectMapper().registerModule(new ClojureModule(Keys.STRINGS));
        assertEquals(data("{\"a\" {\"b\" 1}}"), strings.readValue("{\"a\":{\"b\":1}}", IPersistentMap.class));
    }

    @Test
    void recordsBeansAndCollectionsCanHoldClojureData() throws Exception {
        String json = "{\"id\":\"o-1\",\"state\":\"open\",\"lines\":{\"n\":1},\"any\":{\"x\":[]},\"counts\":{\"a/b\":3}}";
        Order order = mapper.readValue(json, Order.class);
        assertEquals(new Order("o-1", key("open"), map(key("n"), 1L), data("{:x []}"), Map.of(key("a/b"), 3)), order);

        Bean bean = mapper.readValue("{\"items\":[{\"a\":1}],\"other\":2}", Bean.class);
        assertEquals(data("[{:a 1}]"), bean.items);
        assertEquals(2L, bean.other);
        assertEquals("{\"items\":[{\"a\":1}],\"other\":2}", mapper.writeValueAsString(bean));

        List<IPersistentMap> maps = mapper.readValue("[{\"a\":1},{}]", new TypeReference<List<IPersistentMap>>() {});
        assertEquals(List.of(map(key("a"), 1L), map()), maps);
        Map<String, Object> plain = mapper.readValue("{\"a\":{\"b\":1}}", new TypeReference<Map<String, Object>>() {});
        assertEquals(data("{:b 1}"), plain.get("a"));
    }

    @Test
    void aValueOfAnotherTypeIsAnErrorOfTheMapper() {
        assertThrows(JsonMappingException.class, () -> mapper.readValue("[1]", IPersistentMap.class));
        assertThrows(JsonMappingException.class, () -> mapper.readValue("{}", IPersistentVector.class));
        assertThrows(JsonMappingException.class, () -> mapper.readValue("{\"lines\":[]}", Order.class));
        assertThrows(JsonMappingException.class, () -> mapper.readValue("{}", Keyword.class));
    }

    @Test
    void valuesConvertWithoutJson() {
        byte[] bytes = {1, 2};
        IPersistentMap read = mapper.convertValue(Map.of("bytes", bytes), IPersistentMap.class);
        assertInstanceOf(byte[].class, read.valAt(key("bytes")));
        assertEquals(data("{:id \"o\" :state \"k\" :lines nil :any nil :counts nil}"),
                mapper.convertValue(new Order("o", key("k"), null, null, null), IPersistentMap.class));
        assertEquals(new Order("o", null, map(), null, null), mapper.convertValue(data("{:id \"o\" :lines {}}"), Order.class));
    }

    @Test
    void bigNumbersAndLongArraysAreRead() throws Exception {
        Object big = mapper.readValue("123456789012345678901234567890", Object.class);
        assertEquals(new BigInteger("123456789012345678901234567890"), ((clojure.lang.BigInt) big).toBigInteger());
        Object[] items = new Object[10_000];
        Arrays.fill(items, map(key("a"), 1L));
        Object many = LazilyPersistentVector.createOwning(items);
        assertEquals(many, mapper.readValue(mapper.writeValueAsBytes(many), Object.class));
    }
}

package karamon.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import karamon.json.JsonReader;
import karamon.json.JsonWriter;
import karamon.json.Keys;
import org.junit.jupiter.api.Test;

class EventBytesTest {
    private static final String[] PARTS = {"a", "太", "é", "\"", "\\", "\n", "\u0000", "\u001f", "\u007f", "\u0080", "\u07ff", "\u0800", "\uffff", "😀",
        "\ud83d", "\ude00", "/", "'", " "};

    private static String json(String text) {
        return new String(new EventBytes().text(text).toBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void anyTextIsReadAgainAsItWas() {
        Random random = new Random(19);
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder("b".repeat(random.nextInt(3)));
            for (int length = random.nextInt(8); length > 0; length--) {
                text.append(PARTS[random.nextInt(PARTS.length)]);
            }
            assertEquals(text.toString(), JsonReader.read(new EventBytes().text(text.toString()).toBytes(), Keys.STRINGS));
        }
    }

    @Test
    void textsAreWrittenAsTheJsonWriterWritesThem() {
        for (String text : new String[] {"", "/items?a=b", "太郎 \"x\" \\ 😀", "é".repeat(3000)}) {
            assertEquals(JsonWriter.string(text), json(text));
        }
    }

    @Test
    void anEventLargerThanTheUsualOneIsWhole() {
        Map<String, String> headers = new LinkedHashMap<>();
        for (int i = 0; i < 300; i++) {
            headers.put("header-" + i, "value".repeat(i));
        }
        EventBytes bytes = new EventBytes().raw('[').texts(Map.of()).raw(',').texts(headers).raw(',').number(-5).raw(',').value(Map.of("a", 1)).raw(']');
        assertEquals("[{}," + JsonWriter.string(headers) + ",-5,{\"a\":1}]", new String(bytes.toBytes(), StandardCharsets.UTF_8));
    }
}

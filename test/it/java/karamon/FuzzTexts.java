package karamon;

import java.util.SplittableRandom;

/** Makes JSON texts of values that handlers seldom get. */
final class FuzzTexts {
    private static final String[] LITERALS = {
        "null", "true", "false", "0", "-1", "1.5", "\"\"", "\"x\"", "[]", "{}", "[null]", "[[]]", "{\"\":null}", "{\"x\":{}}",
        "[1,\"x\",{}]",
        "\"2.0\"", "\"1.0\"", "\"true\"", "\"GET\"", "\"/\"", "\"$default\"", "\"NaN\"", "\"aws:sqs\"", "\"INSERT\"", "999",
        "200", "\"404\"",
    };
    private static final String[] NUMBERS = {
        "-0", "-0.0", "0e0", "1e308", "1e309", "-1e400", "1e-400", "5e-324", "1E+2", "9223372036854775807", "9223372036854775808",
        "-9223372036854775809", "1e1000000000", "1e99999999999", "0.1000000000000000055511151231257827", "4294967296", "NaN",
        "01", "+1", "1.", "0x10",
    };
    private static final String[] PIECES = {
        "x", "a=1", "ü", "😀", "語", "\\ud800", "\\udc00", "\\ud83d\\ude00", "\\u0000", "\\u0007", "\\u001b[31m", "\\r\\n", "\\n",
        "\\t", "\\\"",
        "\\\\", "\\/", "%", "%zz", "%00", "%ff", "=", "&", ";", ",", "\\u2028", "\\ufeff", "\\uffff", "..", " ", "\u007f", "{",
        "[", "#", "?", "<script>",
        "Set-Cookie: a=b", "text/html; charset=utf-7", "application/json", "gzip", "~D", "$1", "${x}", "\u0301", "\u202e",
    };
    private static final String[] BASE64 = {
        "=", "====", "A", "AA", "AA=", "AA==", "AAA=A", "-_-_", "AA\\nAA", " AAAA", "AAAA ", "ÄÄÄÄ", "/+/+", "Zg==Zg==",
        "\\ud800AAA", "H4sIAAAAAAAA",
    };
    private static final String[] NAMES = {
        "\"\"", "\"x\"", "\"HOST\"", "\"Host\"", "\"host\"", "\"fooBar\"", "\"foo-bar\"", "\"FooBar\"", "\"a/b\"", "\"/\"",
        "\":\"", "\"a b\"",
        "\"content-type\"", "\"Content-Type\"", "\"cookie\"", "\"Records\"", "\"elb\"", "\"http\"", "\"connectionId\"",
        "\"identity\"", "\"N\"", "\"SS\"",
        "\"B\"", "\"NULL\"", "\"M\"", "\"L\"", "\"BOOL\"", "\"NS\"", "\"BS\"", "\"body\"", "\"isBase64Encoded\"",
        "\"statusCode\"", "\"headers\"",
        "\"multiValueHeaders\"", "\"\\ud800\"", "\"\\u0000\"", "\"ü\"", "\"\\r\\n\"", "\"karamon/response\"", "\"eventSource\"",
        "\"detail\"", "\"version\"",
    };
    private static final int[] COUNTS = {10, 100, 1000, 10_000};
    private static final int[] DEPTHS = {2, 20, 200, 500, 800, 900, 980, 990, 1001, 2000, 20_000};
    private static final int[] LENGTHS = {30, 300, 5_000, 49_000, 51_000, 300_000};

    private final SplittableRandom random;

    FuzzTexts(SplittableRandom random) {
        this.random = random;
    }

    String literal() {
        return pick(LITERALS);
    }

    String name() {
        return pick(NAMES);
    }

    String number() {
        return switch (random.nextInt(4)) {
            case 0 -> pick("-", "") + "9".repeat(rarely(pick(LENGTHS), 300));
            case 1 -> "0." + "3".repeat(rarely(pick(LENGTHS), 300));
            default -> pick(NUMBERS);
        };
    }

    /** Returns a string; now and then a long one. */
    String string() {
        int length = rarely(pick(LENGTHS), 12);
        StringBuilder text = new StringBuilder("\"");
        if (random.nextInt(3) == 0) {
            text.append(pick(PIECES).repeat(1 + random.nextInt(length)));
        } else {
            for (int i = random.nextInt(length); i >= 0; i--) {
                text.append(pick(PIECES));
            }
        }
        return text.append('"').toString();
    }

    String base64() {
        return '"' + pick(BASE64).repeat(1 + random.nextInt(rarely(5_000, 3))) + '"';
    }

    /** Returns an attribute as DynamoDB sends it, or nearly so. */
    String attribute() {
        return switch (random.nextInt(7)) {
            case 0, 1 -> "{\"N\":\"" + number() + "\"}";
            case 2 -> "{\"NS\":[\"" + number() + "\",\"" + number() + "\",\"1\",\"1.0\"]}";
            case 3 -> "{\"B\":" + base64() + "}";
            case 4 -> "{\"BS\":[" + base64() + "," + base64() + "]}";
            case 5 -> "{\"L\":[" + literal() + ",{\"M\":{" + name() + ":{\"S\":" + string() + "}}}]}";
            default -> "{" + name() + ":" + literal() + "," + name() + ":" + string() + "}";
        };
    }

    /** Returns a value inside so many objects and arrays; sometimes more than a reader accepts. */
    String nested() {
        int depth = pick(DEPTHS) + random.nextInt(20);
        String open = pick("[", "{\"a\":", "[1,", "{\"L\":[");
        String close = open.equals("{\"L\":[") ? "]}" : open.startsWith("[") ? "]" : "}";
        return open.repeat(depth) + literal() + close.repeat(depth);
    }

    /** Returns a string that begins like JSON, for handlers that parse a body. */
    String json() {
        return '"' + pick("[", "{\\\"a\\\":", "\\\"", "1e400", "{\\\"message\\\":[1]}").repeat(1 + random.nextInt(1200)) + '"';
    }

    /** Returns an object or an array of many. */
    String many() {
        int count = rarely(pick(COUNTS), 30);
        String value = pick(literal(), "\"v\"", "[\"v\",\"w\"]");
        String name = pick("n", "x-", "Ab", "A-B ", "\\u0000");
        boolean object = random.nextBoolean();
        StringBuilder text = new StringBuilder(object ? "{" : "[");
        for (int i = 0; i < count; i++) {
            text.append(i == 0 ? "" : ",").append(object ? "\"" + name + i + "\":" : "").append(value);
        }
        return text.append(object ? '}' : ']').toString();
    }

    String pick(String... texts) {
        return texts[random.nextInt(texts.length)];
    }

    private int pick(int[] numbers) {
        return numbers[random.nextInt(numbers.length)];
    }

    private int rarely(int number, int usually) {
        return random.nextInt(10) == 0 ? number : usually;
    }
}

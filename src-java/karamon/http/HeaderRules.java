package karamon.http;

import clojure.lang.Keyword;
import clojure.lang.RT;

/** The rules for headers of a response. */
final class HeaderRules {
    private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

    private HeaderRules() {}

    /** Returns a header's name from a keyword or a string; it must be a token (RFC 9110, section 5.6.2). */
    static String name(Object name) {
        String text = name instanceof Keyword keyword ? keyword.sym.toString() : name instanceof String s ? s : null;
        if (text == null || !isToken(text)) {
            throw new BadResponse("A header's name must be a keyword or a string of letters, digits and " + TOKEN_MARKS
                    + ", found " + RT.printString(name));
        }
        return text;
    }

    static boolean isToken(String text) {
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
        } else if (value instanceof String || value instanceof Number || value instanceof Boolean) {
            text = value.toString();
        } else {
            throw new BadResponse("The header " + name + " must be a string, a number, a boolean, a keyword or a collection of those, found "
                    + RT.printString(value));
        }
        return checked("header", name, text);
    }

    /** Returns a text unchanged, after checking that it fits in one line. */
    static String checked(String what, String name, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\r' || c == '\n' || c == 0) {
                throw new BadResponse(
                        "The " + what + " " + name + " must not contain line breaks or NUL, found " + RT.printString(text));
            }
        }
        return text;
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

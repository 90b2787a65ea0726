package karamon.http;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Reads a {@code content-type}: whether the body is text, and in which charset. */
public final class MediaType {
    private MediaType() {}

    /**
     * Returns whether a type is a text type: text, JSON, XML, JavaScript, YAML, form data.
     *
     * @param contentType a header's value; null for none
     * @return true or false
     */
    public static boolean isText(String contentType) {
        if (contentType == null) {
            return false;
        }
        int semicolon = contentType.indexOf(';');
        String type = (semicolon < 0 ? contentType : contentType.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
        return switch (type) {
            case "application/json", "application/xml", "application/javascript", "application/x-javascript",
                    "application/ecmascript", "application/yaml", "application/x-yaml",
                    "application/x-www-form-urlencoded" -> true;
            default -> type.startsWith("text/") || type.endsWith("+json") || type.endsWith("+xml") || type.endsWith("+yaml");
        };
    }

    /** Returns whether a {@code content-encoding} changes the bytes (gzip and the like). */
    static boolean isEncoded(String contentEncoding) {
        return contentEncoding != null && !contentEncoding.isBlank() && !contentEncoding.strip().equalsIgnoreCase("identity");
    }

    /** Returns the charset that a type names, UTF-8 if it names none, null if the JVM doesn't know the charset. */
    static Charset charset(String contentType) {
        int at = contentType == null ? -1 : contentType.toLowerCase(Locale.ROOT).indexOf("charset=");
        if (at < 0) {
            return StandardCharsets.UTF_8;
        }
        String rest = contentType.substring(at + "charset=".length());
        int semicolon = rest.indexOf(';');
        String name = (semicolon < 0 ? rest : rest.substring(0, semicolon)).replace('"', ' ').replace('\'', ' ').strip();
        try {
            return name.isEmpty() ? StandardCharsets.UTF_8 : Charset.forName(name);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}

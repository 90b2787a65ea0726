package karamon.http;

import clojure.lang.Keyword;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Date;
import java.util.Locale;
import java.util.Map;
import karamon.text.Guard;
import karamon.text.Shown;

/** Writes a cookie as the value of a {@code Set-Cookie} header (RFC 6265, section 4.1). */
final class SetCookie {
    private static final Keyword NAME = Keyword.intern(null, "name");
    private static final Keyword VALUE = Keyword.intern(null, "value");

    // No browser keeps a longer cookie.
    private static final int MAX_LENGTH = 4096;

    private SetCookie() {}

    /**
     * Returns the header's value for a cookie.
     *
     * @param cookie the value as a string, or a map of {@code :name}, {@code :value} and, optionally,
     *     {@code :path :domain :max-age :expires :secure :http-only :same-site :partitioned}
     */
    static String of(Object cookie) {
        if (cookie instanceof String text) {
            return HeaderRules.checked("header", "set-cookie", text);
        }
        if (!(cookie instanceof Map<?, ?> map)) {
            throw new BadResponse("A cookie must be a Set-Cookie string or a map with :name and :value, found "
                    + Shown.of(cookie));
        }
        StringBuilder text = new StringBuilder(name(map)).append('=').append(value(map));
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (entry.getKey() != NAME && entry.getKey() != VALUE && entry.getValue() != null) {
                attribute(text, entry.getKey(), entry.getValue());
            }
        }
        return text.toString();
    }

    private static String name(Map<?, ?> cookie) {
        Object name = cookie.get(NAME);
        String text = name instanceof Keyword keyword ? keyword.sym.toString() : name instanceof String s ? s : "";
        if (!HeaderRules.isToken(text)) {
            throw new BadResponse("A cookie's :name must be a token (RFC 6265), found " + Shown.of(name));
        }
        return text;
    }

    private static String value(Map<?, ?> cookie) {
        Object value = cookie.get(VALUE);
        String text = value == null ? "" : value instanceof Keyword keyword ? keyword.sym.toString() : text(value);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c <= ' ' || c > '~' || c == ',' || c == ';' || c == '\\') {
                throw new BadResponse("A cookie's :value can't contain a space, comma, semicolon, backslash, control or "
                        + "non-ASCII character (encode it), found " + Shown.of(text));
            }
        }
        return text;
    }

    private static void attribute(StringBuilder text, Object key, Object value) {
        String name = key instanceof Keyword keyword ? keyword.sym.toString() : "";
        switch (name) {
            case "secure" -> flag(text, "Secure", value);
            case "http-only" -> flag(text, "HttpOnly", value);
            case "partitioned" -> flag(text, "Partitioned", value);
            case "path" -> pair(text, "Path", value);
            case "domain" -> pair(text, "Domain", value);
            case "max-age" -> pair(text, "Max-Age", value);
            case "expires" -> pair(text, "Expires", date(value));
            case "same-site" -> pair(text, "SameSite", sameSite(value));
            default -> throw new BadResponse("A cookie has no " + Shown.of(key)
                    + "; it has :name :value :path :domain :max-age :expires :secure :http-only :same-site :partitioned");
        }
    }

    private static void flag(StringBuilder text, String name, Object value) {
        text.append(Boolean.FALSE.equals(value) ? "" : "; " + name);
    }

    private static void pair(StringBuilder text, String name, Object value) {
        String written = HeaderRules.checked("cookie's", name, text(value));
        if (written.indexOf(';') >= 0) {
            throw new BadResponse("A cookie's " + name + " can't contain a semicolon, found " + Shown.of(written));
        }
        text.append("; ").append(name).append('=').append(written);
    }

    private static String text(Object value) {
        return value instanceof String text ? text : Shown.text(value, MAX_LENGTH, Guard.deadline());
    }

    // RFC 6265 requires two digits for the day; Java's formatter for RFC 1123 writes one.
    private static Object date(Object value) {
        Instant instant = value instanceof Date date ? Instant.ofEpochMilli(date.getTime()) : value instanceof Instant i ? i : null;
        return instant == null
                ? value
                : DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH).format(instant.atOffset(ZoneOffset.UTC));
    }

    private static String sameSite(Object value) {
        return switch (value instanceof Keyword keyword ? keyword.getName() : text(value)) {
            case "lax", "Lax" -> "Lax";
            case "strict", "Strict" -> "Strict";
            case "none", "None" -> "None";
            default -> throw new BadResponse("A cookie's :same-site must be :lax, :strict or :none, found " + Shown.of(value));
        };
    }
}

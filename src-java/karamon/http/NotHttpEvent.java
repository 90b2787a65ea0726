package karamon.http;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Map;
import karamon.json.JsonReader;
import karamon.json.Keys;
import karamon.text.Shown;

/** Thrown for an event that isn't from an HTTP source; the message names the event's keys. */
public final class NotHttpEvent extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;
    private static final int MAX_SHOWN = 500;

    NotHttpEvent(String message) {
        super(message);
    }

    /** Returns an exception for an event of no HTTP source. */
    static NotHttpEvent of(byte[] bytes) {
        Object event = JsonReader.read(bytes, Keys.STRINGS);
        String has = event instanceof Map<?, ?> map ? "it has the keys " + Shown.of(new ArrayList<>(map.keySet())) : "it is " + Shown.of(event);
        return new NotHttpEvent("This event isn't from an HTTP source (REST API, HTTP API, function URL, ALB, VPC Lattice or WebSocket API): "
                + Shown.cut(has, MAX_SHOWN));
    }

    /** Returns an exception for a field of the wrong type, at which the parser is. */
    static NotHttpEvent unexpected(JsonParser parser, String name, String expected) throws IOException {
        return new NotHttpEvent("The event's " + name + " must be " + expected + ", found " + Shown.cut(parser.getText(), MAX_SHOWN) + " (line "
                + parser.currentTokenLocation().getLineNr() + ", column " + parser.currentTokenLocation().getColumnNr() + ")");
    }
}

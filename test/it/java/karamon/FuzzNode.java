package karamon;

import clojure.lang.IPersistentVector;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import karamon.json.JsonWriter;

/** A JSON value to change. It can be what no parser returns: names that come twice, numbers and strings of any form. */
final class FuzzNode {
    /** The JSON text of its name in an object; null in an array. */
    String name;
    /** The JSON text of a value without children. */
    String text;
    /** Null for any value but an object or an array. */
    List<FuzzNode> children;
    boolean object;

    /** Returns a node of a text, which needn't be JSON. */
    static FuzzNode of(String name, String text) {
        FuzzNode node = new FuzzNode();
        node.name = name;
        node.text = text;
        return node;
    }

    /** Returns a node of data as {@link karamon.json.JsonReader} returns it, with strings for keys. */
    static FuzzNode of(String name, Object data) {
        FuzzNode node = of(name, (String) null);
        if (data instanceof Map<?, ?> map) {
            node.object = true;
            node.children = new ArrayList<>();
            map.forEach((key, value) -> node.children.add(of(JsonWriter.string(key), value)));
        } else if (data instanceof IPersistentVector vector) {
            node.children = new ArrayList<>();
            for (int i = 0; i < vector.count(); i++) {
                node.children.add(of(null, vector.nth(i)));
            }
        } else {
            node.text = JsonWriter.string(data);
        }
        return node;
    }

    /** Returns a copy under another name. */
    FuzzNode as(String newName) {
        FuzzNode node = of(newName, text);
        node.object = object;
        node.children = children == null ? null : new ArrayList<>(children.stream().map(child -> child.as(child.name)).toList());
        return node;
    }

    /** Replaces the value. */
    void become(String newText) {
        text = newText;
        children = null;
    }

    /** Adds this and all below it to a list. */
    void collect(List<FuzzNode> nodes) {
        nodes.add(this);
        if (children != null) {
            children.forEach(child -> child.collect(nodes));
        }
    }

    void write(StringBuilder json) {
        if (children == null) {
            json.append(text);
            return;
        }
        json.append(object ? '{' : '[');
        String comma = "";
        for (FuzzNode child : children) {
            json.append(comma);
            if (object) {
                json.append(child.name == null ? "\"x\"" : child.name).append(':');
            }
            child.write(json);
            comma = ",";
        }
        json.append(object ? '}' : ']');
    }
}

package karamon.http;

import clojure.lang.IPersistentVector;
import clojure.lang.PersistentVector;
import java.util.Locale;
import karamon.json.Keys;

/** Header names as lower-case keywords. Names that differ only in case become one header with all their values. */
final class HeaderKeys extends Keys.Cached {
    static final HeaderKeys LOWER = new HeaderKeys();

    private HeaderKeys() {}

    @Override
    protected Object make(String name) {
        return Keys.keyword(name.toLowerCase(Locale.ROOT));
    }

    @Override
    public Object merge(Object earlier, Object later) {
        return concat(vector(earlier), vector(later));
    }

    private static IPersistentVector vector(Object value) {
        return value instanceof IPersistentVector values ? values : PersistentVector.create(value);
    }

    private static IPersistentVector concat(IPersistentVector head, IPersistentVector tail) {
        IPersistentVector all = head;
        for (int i = 0; i < tail.count(); i++) {
            all = all.cons(tail.nth(i));
        }
        return all;
    }
}

package karamon.bench.cold;

/** The ways that are compared on each JDK, with their labels in tables. */
enum Way {
    PLAIN_JAVA("plain Java, AWS's client, default flags"),
    PLAIN_JAVA_MANAGED("plain Java, managed"),
    PLAIN_JAVA_ARCHIVE("plain Java, AWS's client, with archive"),
    CLOJURE_SOURCE("Clojure from source, AWS's client, default flags"),
    CLOJURE_COMPILED("Clojure compiled, AWS's client, default flags"),
    CLOJURE_COMPILED_MANAGED("Clojure compiled, managed"),
    KARAMON_MANAGED("**Karamon, managed**"),
    KARAMON_LOOP("Karamon, own loop"),
    KARAMON_ARCHIVE("**Karamon, own loop, with archive**"),
    ONE_MANAGED("package of one namespace, managed"),
    TEN_MANAGED("package of ten namespaces, managed"),
    ONE_ARCHIVE("package of one namespace, own loop, with archive"),
    TEN_ARCHIVE("package of ten namespaces, own loop, with archive"),
    NODE("Node");

    private final String label;

    Way(String label) {
        this.label = label;
    }

    @Override
    public String toString() {
        return label;
    }

    boolean isJava() {
        return this != NODE;
    }

    /** Returns whether it shows the cost of more namespaces in a package. */
    boolean isOfSize() {
        return compareTo(ONE_MANAGED) >= 0 && compareTo(TEN_ARCHIVE) <= 0;
    }
}

package karamon.bench.cold;

import java.util.regex.Pattern;

/** The owner of a class: the first whose pattern matches. */
enum Owner {
    GENERATED("generated", ".*([$][$]Lambda|LambdaForm|[$]Proxy|[$][$]InjectedInvoker|0x).*"),
    JDK("JDK", "(java|javax|jdk|sun|com[.]sun)[.].*"),
    JACKSON("Jackson", "(com[.]amazonaws[.]lambda[.]thirdparty[.])?com[.]fasterxml[.].*"),
    AWS("AWS", "(com[.]amazonaws|software[.]amazon|lambdainternal|org[.]crac)[.].*"),
    CLOJURE("Clojure", "clojure[.].*"),
    KARAMON("Karamon", "karamon[.].*"),
    HANDLER("the handler's own", ".*");

    private final String label;
    private final Pattern names;

    Owner(String label, String names) {
        this.label = label;
        this.names = Pattern.compile(names);
    }

    static Owner of(String className) {
        for (Owner owner : values()) {
            if (owner.names.matcher(className).matches()) {
                return owner;
            }
        }
        throw new AssertionError("the last pattern matches all");
    }

    @Override
    public String toString() {
        return label;
    }
}

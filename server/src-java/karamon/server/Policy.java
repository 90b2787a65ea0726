package karamon.server;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What an IAM policy of an authorizer says of a request: an explicit deny counts, then an allow. The local gateway uses this class too.
 */
public final class Policy {
    private static final String ACTION = "execute-api:Invoke";

    private Policy() {}

    /** What a policy says. */
    public enum Decision {
        /** A statement allows the request, and none denies it. */
        ALLOW,
        /** A statement denies the request. */
        DENY,
        /** No statement is about the request. */
        NONE
    }

    /**
     * Returns what a policy says of a method. Conditions aren't evaluated; those of a deny are taken for true.
     *
     * @param policy a policy document, with texts as keys
     * @param arn of the method
     * @param conditionsHold whether those of an allow are taken for true too; otherwise such a statement allows nothing
     * @return the decision
     */
    public static Decision decision(Map<?, ?> policy, String arn, boolean conditionsHold) {
        Decision found = Decision.NONE;
        for (Object item : many(policy.get("Statement"))) {
            if (item instanceof Map<?, ?> statement && applies(statement, arn)) {
                if (!"Allow".equals(statement.get("Effect"))) {
                    return Decision.DENY;
                }
                if (conditionsHold || statement.get("Condition") == null) {
                    found = Decision.ALLOW;
                }
            }
        }
        return found;
    }

    static boolean allows(Map<?, ?> policy, String arn) {
        return decision(policy, arn, false) == Decision.ALLOW;
    }

    private static boolean applies(Map<?, ?> statement, String arn) {
        Object notAction = statement.get("NotAction");
        Object notResource = statement.get("NotResource");
        return (notAction != null ? !matches(notAction, ACTION, true) : matches(statement.get("Action"), ACTION, true))
                && (notResource != null ? !matches(notResource, arn, false) : matches(statement.get("Resource"), arn, false));
    }

    private static boolean matches(Object patterns, String text, boolean anyCase) {
        for (Object pattern : many(patterns)) {
            String regex = "\\Q" + String.valueOf(pattern).replace("\\E", "").replace("*", "\\E.*\\Q").replace("?", "\\E.\\Q") + "\\E";
            if (Pattern.compile(regex, Pattern.DOTALL | (anyCase ? Pattern.CASE_INSENSITIVE : 0)).matcher(text).matches()) {
                return true;
            }
        }
        return false;
    }

    private static List<?> many(Object value) {
        return value instanceof List<?> list ? list : value == null ? List.of() : List.of(value);
    }
}

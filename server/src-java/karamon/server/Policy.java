package karamon.server;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Whether an IAM policy of an authorizer lets a request pass: an explicit deny counts, then an allow. */
final class Policy {
    private static final String ACTION = "execute-api:Invoke";

    private Policy() {}

    static boolean allows(Map<?, ?> policy, String arn) {
        boolean allowed = false;
        for (Object item : many(policy.get("Statement"))) {
            if (item instanceof Map<?, ?> statement && applies(statement, arn)) {
                if (!"Allow".equals(statement.get("Effect"))) {
                    return false;
                }
                // Conditions aren't evaluated: one that might not hold allows nothing.
                allowed |= statement.get("Condition") == null;
            }
        }
        return allowed;
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

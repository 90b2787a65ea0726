package karamon.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import clojure.lang.Keyword;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KebabKeysTest {

    @Test
    void awsNamesBecomeKebabCase() {
        Map.of("requestTimeEpoch", "request-time-epoch", "accountId", "account-id", "subjectDN", "subject-dn", "apiId", "api-id",
                        "sourceIp", "source-ip", "x", "x", "HTTPMethod", "http-method", "http2Port", "http2-port", "", "", "a_b", "a_b")
                .forEach((name, kebab) -> assertEquals(Keyword.intern(null, kebab), KebabKeys.CONTEXT.of(name), name));
    }

    @Test
    void namesChosenByPeopleStayUnchanged() {
        for (String name : new String[] {"authorizer", "claims", "tags"}) {
            assertSame(Keys.KEYWORDS, KebabKeys.CONTEXT.under(name));
        }
        assertSame(KebabKeys.CONTEXT, KebabKeys.CONTEXT.under("identity"));
    }
}

package karamon.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import karamon.json.MalformedJson;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InvocationContextTest {

    private static InvocationContext context(long deadlineMs, String clientContext, String identity) {
        return new InvocationContext(
                new Invocation("id", deadlineMs, null, null, clientContext, identity, null, new byte[0]), FunctionSettings.of(Map.of()), OutputLogger.INSTANCE);
    }

    @Test
    void valuesThatLambdaDidntSendAreNull() {
        InvocationContext context = context(0, null, null);
        assertNull(context.getClientContext());
        assertNull(context.getIdentity());
        assertNull(context.getXrayTraceId());
        assertNull(context.getTenantId());
        assertNull(context.getFunctionName());
        assertEquals(0, context.getMemoryLimitInMB());
    }

    @Test
    void theTimeLeftIsNeverNegativeOrTooLarge() {
        assertEquals(0, context(1, null, null).getRemainingTimeInMillis());
        assertEquals(Integer.MAX_VALUE, context(Long.MAX_VALUE, null, null).getRemainingTimeInMillis());
        assertTrue(context(System.currentTimeMillis() + 60_000, null, null).getRemainingTimeInMillis() > 0);
    }

    @Test
    void valuesOtherThanStringsStayJson() {
        assertEquals(Map.of("a", "1", "b", "[true]"), context(0, "{\"custom\":{\"a\":1,\"b\":[true]}}", null).getClientContext().getCustom());
    }

    @Test
    void jsonWithoutTheNamesGivesAnEmptyContext() {
        assertNull(context(0, "[]", null).getClientContext().getClient());
        assertNull(context(0, null, "{}").getIdentity().getIdentityId());
    }

    @Test
    void malformedJsonIsAnErrorOnlyWhenUsed() {
        InvocationContext context = context(0, "{", "{");
        assertThrows(MalformedJson.class, context::getClientContext);
        assertThrows(MalformedJson.class, context::getIdentity);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "host", ":9001", "host:", "host:0", "host:65536", "host:x", "http://host:9001/x"})
    void anAddressIsAHostAndAPort(String address) {
        String message = assertThrows(IllegalArgumentException.class, () -> RuntimeAddress.of(address)).getMessage();
        assertEquals("AWS_LAMBDA_RUNTIME_API must be host:port, found " + address, message);
    }

    @Test
    void addressesAreParsed() {
        assertEquals(new RuntimeAddress("127.0.0.1", 9001), RuntimeAddress.of("127.0.0.1:9001"));
        assertEquals(new RuntimeAddress("[::1]", 9001), RuntimeAddress.of("[::1]:9001"));
    }

    @Test
    void concurrencyIsOneUnlessItIsSet() {
        assertEquals(1, Bootstrap.concurrency(null));
        assertEquals(32, Bootstrap.concurrency("32"));
        assertThrows(IllegalArgumentException.class, () -> Bootstrap.concurrency("0"));
    }
}

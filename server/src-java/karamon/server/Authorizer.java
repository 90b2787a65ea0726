package karamon.server;

/** Decides whether a request may call a route. Safe for many threads. */
interface Authorizer {
    /**
     * A decision.
     *
     * @param refusal the answer that refuses the request; null if it may go on
     * @param context for {@code requestContext.authorizer}; may be null
     */
    record Decision(Reply refusal, Object context) {
        static Decision refuse(Reply refusal) {
            return new Decision(refusal, null);
        }
    }

    /**
     * Returns the decision about a request.
     *
     * @param call of the request; its time bounds that of the authorizer
     * @throws Exception when the authorizer fails, which is answered with 500
     */
    Decision decide(Call call) throws Exception;
}

package karamon.runtime;

/** The address of the Runtime API. */
record RuntimeAddress(String host, int port) {

    /**
     * Parses the value of {@code AWS_LAMBDA_RUNTIME_API}.
     *
     * @param address {@code host:port}
     * @throws IllegalArgumentException when it has another form
     */
    static RuntimeAddress of(String address) {
        int colon = address == null ? -1 : address.lastIndexOf(':');
        try {
            if (colon > 0) {
                int port = Integer.parseInt(address.substring(colon + 1));
                if (port > 0 && port <= 65_535) {
                    return new RuntimeAddress(address.substring(0, colon), port);
                }
            }
        } catch (NumberFormatException e) {
            // Falls through to the error below.
        }
        throw new IllegalArgumentException("AWS_LAMBDA_RUNTIME_API must be host:port, found " + address);
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}

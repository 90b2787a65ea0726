package karamon.server;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import karamon.text.Shown;

/**
 * Whose {@code X-Forwarded-*} headers count: anyone can send them. {@code none}: nobody's. A number: that many proxies are in front
 * of this server. CIDRs: the addresses of the proxies.
 *
 * @param hops the number of proxies; 0 if {@code proxies} says which they are, or for none
 */
record Forwarded(int hops, List<Cidr> proxies) {
    private static final int MAX_HOPS = 10;

    static final Forwarded NONE = new Forwarded(0, List.of());

    /** Reads the setting; null counts as {@code none}. */
    static Forwarded of(String setting) {
        if (setting == null || setting.equals("none")) {
            return NONE;
        }
        if (setting.matches("[0-9]{1,2}") && Integer.parseInt(setting) >= 1 && Integer.parseInt(setting) <= MAX_HOPS) {
            return new Forwarded(Integer.parseInt(setting), List.of());
        }
        List<Cidr> proxies = new ArrayList<>();
        for (String part : setting.split(",")) {
            Cidr cidr = Cidr.of(part.strip());
            if (cidr == null) {
                throw new SettingError("KARAMON_FORWARDED must be none, the number of proxies from 1 to " + MAX_HOPS
                        + ", or their CIDRs such as 10.0.0.0/8,fd00::/8, found " + Shown.of(part.strip()));
            }
            proxies.add(cidr);
        }
        return new Forwarded(0, List.copyOf(proxies));
    }

    /** Returns whether the headers that a connection's other end sends count. */
    boolean trusts(String remote) {
        return hops > 0 || isProxy(remote);
    }

    /**
     * Returns the address of the client.
     *
     * @param remote the other end of the connection
     * @param values the values of {@code X-Forwarded-For}, in order
     * @return an address; {@code remote} if its headers don't count
     */
    String client(String remote, List<String> values) {
        if (values.isEmpty() || !trusts(remote)) {
            return remote;
        }
        List<String> chain = new ArrayList<>();
        for (String value : values) {
            for (String part : value.split(",")) {
                chain.add(address(part.strip()));
            }
        }
        Collections.reverse(chain);
        String client = remote;
        for (int i = 0; i < chain.size() && (hops > 0 ? i < hops : isProxy(client)); i++) {
            if (!Cidr.isAddress(chain.get(i))) {
                return client;
            }
            client = chain.get(i);
        }
        return client;
    }

    private boolean isProxy(String address) {
        for (Cidr cidr : proxies) {
            if (cidr.contains(address)) {
                return true;
            }
        }
        return false;
    }

    // Some proxies add the port: 192.0.2.1:4711, [2001:db8::1]:4711.
    private static String address(String hop) {
        if (hop.startsWith("[")) {
            return hop.substring(1, Math.max(1, hop.indexOf(']')));
        }
        int colon = hop.indexOf(':');
        return colon >= 0 && colon == hop.lastIndexOf(':') ? hop.substring(0, colon) : hop;
    }
}

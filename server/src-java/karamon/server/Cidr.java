package karamon.server;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** A range of IP addresses, such as {@code 10.0.0.0/8}; {@code 10.1.2.3} is a range of one. */
record Cidr(byte[] network, int bits) {

    /** Reads a range; null if the text isn't one. */
    static Cidr of(String text) {
        int slash = text.indexOf('/');
        byte[] network = bytes(slash < 0 ? text : text.substring(0, slash));
        if (network == null) {
            return null;
        }
        int max = 8 * network.length;
        String length = slash < 0 ? Integer.toString(max) : text.substring(slash + 1);
        return length.matches("[0-9]{1,3}") && Integer.parseInt(length) <= max ? new Cidr(network, Integer.parseInt(length)) : null;
    }

    static boolean isAddress(String text) {
        return bytes(text) != null;
    }

    boolean contains(String address) {
        byte[] bytes = bytes(address);
        if (bytes == null || bytes.length != network.length) {
            return false;
        }
        for (int i = 0; i < bits; i++) {
            if ((bytes[i / 8] >> (7 - i % 8) & 1) != (network[i / 8] >> (7 - i % 8) & 1)) {
                return false;
            }
        }
        return true;
    }

    // Only numbers: Java would look up any other text in the DNS. An IPv4 address in IPv6 becomes four bytes.
    private static byte[] bytes(String text) {
        boolean v4 = text.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
        boolean v6 = text.length() <= 45 && text.indexOf(':') >= 0 && text.matches("[0-9A-Fa-f:.]+");
        try {
            return v4 || v6 ? InetAddress.getByName(text).getAddress() : null;
        } catch (UnknownHostException e) {
            return null;
        }
    }
}

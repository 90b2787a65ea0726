package karamon.text;

import java.util.Locale;

/** Finds the name that somebody probably meant by an unknown name, for hints in error messages. */
public final class Nearest {
    // The time and memory of a comparison grow with the product of both lengths.
    private static final int MAX_LENGTH = 1000;

    private Nearest() {}

    /**
     * Returns the candidate nearest to a name: one that differs only in case, is a prefix or an extension of it, or is a few
     * letters away.
     *
     * @param name the unknown name
     * @param candidates the known names
     * @return one of the candidates, or null when none is near
     */
    public static String to(String name, Iterable<String> candidates) {
        if (name.length() > MAX_LENGTH) {
            return null;
        }
        String wanted = name.toLowerCase(Locale.ROOT);
        String nearest = null;
        int best = Math.max(1, wanted.length() / 3) + 1;
        for (String candidate : candidates) {
            String other = candidate.toLowerCase(Locale.ROOT);
            boolean prefix = Math.min(other.length(), wanted.length()) > 3
                    && (other.startsWith(wanted) || wanted.startsWith(other));
            int distance = prefix ? 1 : distance(wanted, other);
            if (distance < best) {
                best = distance;
                nearest = candidate;
            }
        }
        return nearest;
    }

    /**
     * Returns a question for the end of an error message.
     *
     * @param name the unknown name
     * @param candidates the known names
     * @return {@code " Did you mean x?"}, or the empty string when nothing is near
     */
    public static String hint(String name, Iterable<String> candidates) {
        String nearest = to(name, candidates);
        return nearest == null ? "" : " Did you mean " + nearest + "?";
    }

    // Counts inserted, deleted, changed and swapped letters: the usual typos.
    private static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(d[i - 1][j - 1] + change, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
                boolean swapped = i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                d[i][j] = swapped ? Math.min(d[i][j], d[i - 2][j - 2] + 1) : d[i][j];
            }
        }
        return d[a.length()][b.length()];
    }
}

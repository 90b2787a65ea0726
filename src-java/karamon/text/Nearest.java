package karamon.text;

import java.util.Locale;

/** Finds what somebody probably meant by a name that isn't there, for the ends of error messages. */
public final class Nearest {
    private Nearest() {}

    /**
     * Returns the candidate nearest to a name: equal but for case, beginning with the other, or few letters away.
     *
     * @param name what was asked for
     * @param candidates what there is
     * @return one of the candidates, or null when none is near
     */
    public static String to(String name, Iterable<String> candidates) {
        String wanted = name.toLowerCase(Locale.ROOT);
        String nearest = null;
        int least = Math.max(1, wanted.length() / 3) + 1;
        for (String candidate : candidates) {
            String there = candidate.toLowerCase(Locale.ROOT);
            boolean prefix = Math.min(there.length(), wanted.length()) > 3 && (there.startsWith(wanted) || wanted.startsWith(there));
            int distance = prefix ? 1 : distance(wanted, there);
            if (distance < least) {
                least = distance;
                nearest = candidate;
            }
        }
        return nearest;
    }

    /**
     * Returns a question to end an error message with.
     *
     * @param name what was asked for
     * @param candidates what there is
     * @return {@code " Did you mean x?"}, or the empty string when nothing is near
     */
    public static String hint(String name, Iterable<String> candidates) {
        String nearest = to(name, candidates);
        return nearest == null ? "" : " Did you mean " + nearest + "?";
    }

    // Insertions, deletions, changes, and neighbours swapped: how names get misspelt.
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

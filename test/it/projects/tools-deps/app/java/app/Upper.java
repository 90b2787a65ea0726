package app;

public final class Upper {
    private Upper() {}

    public static String of(String text) {
        return text.toUpperCase();
    }
}

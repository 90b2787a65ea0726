package karamon.bench.cold;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/**
 * A JDK on this machine.
 *
 * @param version such as 25.0.3
 */
record Jdk(Path home, String version, String implementor) {

    static Jdk at(Path home) throws IOException {
        Properties release = new Properties();
        try (InputStream in = Files.newInputStream(home.resolve("release"))) {
            release.load(in);
        }
        return new Jdk(home, text(release, "JAVA_VERSION"), text(release, "IMPLEMENTOR"));
    }

    int feature() {
        return Integer.parseInt(version.split("[.]")[0]);
    }

    String java() {
        return home.resolve("bin/java").toString();
    }

    @Override
    public String toString() {
        return "JDK " + version + " (" + implementor + ")";
    }

    private static String text(Properties release, String name) {
        return release.getProperty(name, "?").replace("\"", "");
    }
}

package karamon.table;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;

/**
 * A Spark plugin: each executor compares classes with the driver's when it starts, and exits if they differ. An executor with
 * CarbonData as published would lose data and report success.
 */
public final class SameClasses implements SparkPlugin {
    /** The setting that names the classes, separated by commas. */
    public static final String CLASSES = "spark.karamon.classes";

    /** The setting in which the driver finds an executor's difference, as a clause; unset while all classes are the same. */
    public static final String DIFFERENCE = "spark.karamon.difference";

    /** Made by Spark in the driver and in each executor. */
    public SameClasses() {}

    @Override
    public DriverPlugin driverPlugin() {
        return new InDriver();
    }

    @Override
    public ExecutorPlugin executorPlugin() {
        return new InExecutor();
    }

    private static final class InDriver implements DriverPlugin {
        private SparkContext spark;

        @Override
        public Map<String, String> init(SparkContext context, PluginContext plugin) {
            spark = context;
            Map<String, String> digests = new HashMap<>();
            for (String name : plugin.conf().get(CLASSES).split(",")) {
                digests.put(name, digest(name));
            }
            return digests;
        }

        @Override
        public Object receive(Object difference) {
            spark.conf().set(DIFFERENCE, (String) difference);
            spark.cancelAllJobs();
            return null;
        }
    }

    private static final class InExecutor implements ExecutorPlugin {
        @Override
        public void init(PluginContext plugin, Map<String, String> digests) {
            digests.forEach((name, digest) -> {
                String found = digest(name);
                if (!found.equals(digest)) {
                    String difference = "executor " + plugin.executorID() + " on " + host()
                            + (found.isEmpty() ? " has no " : " has another ") + name;
                    report(plugin, difference);
                    throw new IllegalStateException(difference);
                }
            });
        }

        /** Replaces the plugin's own hostname(), which fails here in Spark 3.1. */
        private static String host() {
            return SparkEnv.get().blockManager().blockManagerId().host();
        }

        /** Waits for the driver's answer, since this process ends afterwards. */
        private static void report(PluginContext plugin, String difference) {
            try {
                plugin.ask(difference);
            } catch (Exception e) { // As Spark declares it; the executor ends either way.
                throw new IllegalStateException(difference, e);
            }
        }
    }

    /** Returns the SHA-256 of a class's file in hexadecimal digits, or "" when there is no such class. */
    private static String digest(String name) {
        try (InputStream in = Class.forName(name, false, Thread.currentThread().getContextClassLoader())
                .getResourceAsStream("/" + name.replace('.', '/') + ".class")) {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(in.readAllBytes()));
        } catch (ClassNotFoundException e) {
            return "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}

package karamon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import karamon.json.Keys;
import karamon.test.Depth;
import org.junit.jupiter.api.Test;

/**
 * A class that makes instances of its own subclasses deadlocks when one thread begins with the class and another with a
 * subclass. With concurrent invocations a runtime then never answers again.
 */
class ClassInitTest {
    private static final long ROUNDS = Depth.times(40, 1000);
    private static final int THREADS = 4;
    private static final int WAIT_SECONDS = 30;

    private final Path classes;
    private final List<String> names;

    ClassInitTest() throws IOException, URISyntaxException {
        classes = Path.of(Keys.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        names = names(classes);
    }

    @Test
    void noClassKeepsAnInstanceOfItsOwnSubclass() throws Exception {
        List<String> faults = new ArrayList<>();
        for (String name : names) {
            Class<?> type = Class.forName(name);
            // Only their own enum names the subclasses of its constants. Interfaces aren't initialized before classes.
            boolean safe = type.isInterface() || type.isEnum();
            for (Field field : safe ? new Field[0] : type.getDeclaredFields()) {
                if (Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive()) {
                    field.setAccessible(true);
                    Object value = field.get(null);
                    if (type.isInstance(value) && value.getClass() != type) {
                        faults.add(field.toString());
                    }
                }
            }
        }
        assertEquals(List.of(), faults);
    }

    @Test
    void threadsMayInitializeOurClassesInAnyOrder() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            List<Thread> threads = new ArrayList<>();
            try (URLClassLoader loader = new Alone(classes.toUri().toURL())) {
                CyclicBarrier start = new CyclicBarrier(THREADS);
                for (int i = 0; i < THREADS; i++) {
                    List<String> shuffled = new ArrayList<>(names);
                    Collections.shuffle(shuffled, new Random(round * THREADS + i));
                    Thread thread = new Thread(() -> initialize(shuffled, loader, start));
                    thread.setDaemon(true);
                    thread.start();
                    threads.add(thread);
                }
                for (Thread thread : threads) {
                    thread.join(TimeUnit.SECONDS.toMillis(WAIT_SECONDS));
                    if (thread.isAlive()) {
                        fail("Round " + round + " is stuck: " + stacks(threads));
                    }
                }
            }
        }
    }

    // Those on the way of a request.
    private static List<String> names(Path classes) throws IOException {
        try (Stream<Path> files = Files.walk(classes)) {
            return files.map(file -> classes.relativize(file).toString().replace('/', '.'))
                    .filter(name -> name.matches("karamon\\.(event|http|json|log|runtime|text)\\.(?!package-info).*\\.class"))
                    .map(name -> name.substring(0, name.length() - ".class".length()))
                    .sorted()
                    .toList();
        }
    }

    private static void initialize(List<String> names, ClassLoader loader, CyclicBarrier start) {
        try {
            start.await(WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        for (String name : names) {
            try {
                Class.forName(name, true, loader);
            } catch (ClassNotFoundException | LinkageError e) {
                continue; // needs an optional library
            }
        }
    }

    private static String stacks(List<Thread> threads) {
        StringBuilder text = new StringBuilder();
        for (Thread thread : threads) {
            for (StackTraceElement element : thread.getStackTrace()) {
                text.append("\n\t").append(element);
            }
            text.append('\n');
        }
        return text.toString();
    }

    /** Defines our classes itself, the others are shared. */
    private static final class Alone extends URLClassLoader {
        static {
            registerAsParallelCapable();
        }

        Alone(URL classes) {
            super(new URL[] {classes}, ClassInitTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("karamon.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : findClass(name);
            }
        }
    }
}

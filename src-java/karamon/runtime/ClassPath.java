package karamon.runtime;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.ZipFile;

/** Finds the namespaces on the class path. Used only in error messages, when a namespace is missing. */
final class ClassPath {
    private static final String[] EXTENSIONS = {"__init.class", ".cljc", ".clj"};
    // The jar in which karamon package puts the function's own code.
    private static final String OWN = "function.jar";
    private static final int MAX_FILES = 20_000;

    private ClassPath() {}

    /** Returns a namespace's path on the class path, without extension. */
    static String file(String namespace) {
        return namespace.replace('-', '_').replace('.', '/');
    }

    static boolean hasNamespace(String namespace) {
        for (String extension : EXTENSIONS) {
            if (loader().getResource(file(namespace) + extension) != null) {
                return true;
            }
        }
        return false;
    }

    /**
     * Returns the function's own namespaces: those in folders of the class path and in {@code function.jar}, as other jars are
     * libraries. Karamon's are left out.
     */
    static Set<String> namespaces() {
        Set<String> found = new TreeSet<>();
        for (Path root : roots()) {
            try {
                if (Files.isDirectory(root)) {
                    Files.walkFileTree(root, new Finder(root, found));
                } else {
                    addEntries(root, found);
                }
            } catch (IOException e) {
                continue; // An unreadable folder has no suggestions.
            }
        }
        return found;
    }

    private static void addEntries(Path jar, Set<String> found) throws IOException {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            zip.stream().limit(MAX_FILES).forEach(entry -> addNamespace(entry.getName(), found));
        }
    }

    private static void addNamespace(String path, Set<String> found) {
        for (String extension : EXTENSIONS) {
            if (path.endsWith(extension) && !path.startsWith("karamon/")) {
                String name = path.substring(0, path.length() - extension.length());
                found.add(name.replace('/', '.').replace('_', '-'));
            }
        }
    }

    /** Returns the class loader of the handlers. */
    static ClassLoader loader() {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        return loader != null ? loader : ClassPath.class.getClassLoader();
    }

    private static boolean isOwn(Path path) {
        return Files.isDirectory(path) || path.endsWith(OWN) && Files.isRegularFile(path);
    }

    private static Set<Path> roots() {
        Set<Path> roots = new LinkedHashSet<>();
        for (String entry : System.getProperty("java.class.path", "").split(File.pathSeparator)) {
            if (!entry.isEmpty() && isOwn(Path.of(entry))) {
                roots.add(Path.of(entry));
            }
        }
        for (ClassLoader loader = loader(); loader != null; loader = loader.getParent()) {
            if (loader instanceof URLClassLoader urls) {
                addRoots(urls.getURLs(), roots);
            }
        }
        return roots;
    }

    private static void addRoots(URL[] urls, Set<Path> roots) {
        for (URL url : urls) {
            try {
                if (url.getProtocol().equals("file") && isOwn(Path.of(url.toURI()))) {
                    roots.add(Path.of(url.toURI()));
                }
            } catch (URISyntaxException e) {
                throw new AssertionError("a class loader's own URL", e);
            }
        }
    }

    private static final class Finder extends SimpleFileVisitor<Path> {
        private final Path folder;
        private final Set<String> found;
        private int files;

        Finder(Path folder, Set<String> found) {
            this.folder = folder;
            this.found = found;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            addNamespace(folder.relativize(file).toString().replace(File.separatorChar, '/'), found);
            return ++files < MAX_FILES ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
        }
    }
}

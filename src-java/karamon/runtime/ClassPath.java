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

/** Finds the namespaces on the class path. Used only in error messages, when a namespace is missing. */
final class ClassPath {
    private static final String[] EXTENSIONS = {"__init.class", ".cljc", ".clj"};
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

    /** Returns the namespaces in folders of the class path: the function's own, as libraries are jars. Karamon's are left out. */
    static Set<String> namespaces() {
        Set<String> found = new TreeSet<>();
        for (Path folder : folders()) {
            try {
                Files.walkFileTree(folder, new Finder(folder, found));
            } catch (IOException e) {
                continue; // An unreadable folder has no suggestions.
            }
        }
        return found;
    }

    /** Returns the class loader of the handlers. */
    static ClassLoader loader() {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        return loader != null ? loader : ClassPath.class.getClassLoader();
    }

    private static Set<Path> folders() {
        Set<Path> folders = new LinkedHashSet<>();
        for (String entry : System.getProperty("java.class.path", "").split(File.pathSeparator)) {
            if (!entry.isEmpty() && Files.isDirectory(Path.of(entry))) {
                folders.add(Path.of(entry));
            }
        }
        for (ClassLoader loader = loader(); loader != null; loader = loader.getParent()) {
            if (loader instanceof URLClassLoader urls) {
                addFolders(urls.getURLs(), folders);
            }
        }
        return folders;
    }

    private static void addFolders(URL[] urls, Set<Path> folders) {
        for (URL url : urls) {
            try {
                if (url.getProtocol().equals("file") && Files.isDirectory(Path.of(url.toURI()))) {
                    folders.add(Path.of(url.toURI()));
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
            String path = folder.relativize(file).toString();
            for (String extension : EXTENSIONS) {
                if (path.endsWith(extension) && !path.startsWith("karamon" + File.separator)) {
                    String name = path.substring(0, path.length() - extension.length());
                    found.add(name.replace(File.separatorChar, '.').replace('_', '-'));
                }
            }
            return ++files < MAX_FILES ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
        }
    }
}

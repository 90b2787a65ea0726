package karamon.http;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.util.jar.JarEntry;
import karamon.text.Percent;

/** Reads what a URL of {@code clojure.java.io/resource} names: a file, or an entry of a jar. Nothing is fetched from elsewhere. */
final class Resource {
    private Resource() {}

    /**
     * Opens a resource.
     *
     * @throws IOException when there is no such file or entry, or it is a folder, which Java would list
     * @throws BadResponse when the URL names anything else
     */
    static InputStream open(URL url) throws IOException {
        if (isFile(url)) {
            return new FileInputStream(Percent.decode(url.getPath(), false));
        }
        // Asks before it opens the connection: for a jar on another host, JDK 25 throws there.
        if (url.getProtocol().equals("jar") && url.getFile().matches("file:(?!//[^/]).*")
                && url.openConnection() instanceof JarURLConnection jar && isFile(jar.getJarFileURL())) {
            JarEntry entry = jar.getJarEntry();
            if (entry == null || entry.isDirectory()) {
                throw new IOException(url + " is a folder");
            }
            return jar.getInputStream();
        }
        throw new BadResponse("A body that is a URL must name a file or an entry of a jar, as clojure.java.io/resource does, found " + url);
    }

    /** Returns whether a URL names a file of this machine. Java fetches those with a host from there, by FTP. */
    private static boolean isFile(URL url) {
        return url.getProtocol().equals("file") && url.getHost().isEmpty();
    }
}

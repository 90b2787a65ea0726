package karamon.table;

import java.io.File;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Writes a file of CarbonData, and forces it to the disk when it is closed. Remembers a failed file, so that {@link
 * Instead#renameTo} refuses to put it in the place of a whole one. Not safe for use by several threads, as any file stream.
 */
public final class CheckedOutput extends FileOutputStream {
    private static final Set<File> FAILED = ConcurrentHashMap.newKeySet();

    private static final int MANY = 1000;

    private final File file;

    private boolean closed;

    /** Creates the file, or empties it. */
    public CheckedOutput(String name) throws FileNotFoundException {
        this(name, false);
    }

    /** Creates the file, empties it, or appends to it. */
    public CheckedOutput(String name, boolean append) throws FileNotFoundException {
        super(name, append);
        file = new File(name).getAbsoluteFile();
        if (!append) {
            FAILED.remove(file);
        }
    }

    /** Returns whether writing the file failed since it was last begun, and forgets that. */
    static boolean failed(File file) {
        return FAILED.remove(file.getAbsoluteFile());
    }

    // A file that is gone can't replace another, and most failed files are never renamed.
    private void fail() {
        FAILED.add(file);
        if (FAILED.size() > MANY) {
            FAILED.removeIf(failed -> !failed.exists());
        }
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b});
    }

    @Override
    public void write(byte[] bytes) throws IOException {
        write(bytes, 0, bytes.length);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            super.write(bytes, offset, length);
        } catch (IOException e) {
            fail();
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        try {
            if (!closed) {
                closed = true;
                getFD().sync();
            }
        } catch (IOException e) {
            fail();
            throw e;
        } finally {
            super.close();
        }
    }
}

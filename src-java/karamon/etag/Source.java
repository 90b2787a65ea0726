package karamon.etag;

import java.io.EOFException;
import java.io.IOException;

/** Bytes of known size that can be read at any position, by many threads at once. */
interface Source {
    long size();

    /**
     * Fills a piece of an array.
     *
     * @throws EOFException when the source ends before the piece is full
     */
    void read(long position, byte[] into, int offset, int length) throws IOException;
}

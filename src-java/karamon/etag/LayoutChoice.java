package karamon.etag;

import java.util.Locale;

/**
 * How the command line says files are split into parts: as a client does, or in parts of one size, or not at all.
 *
 * @param client null if it isn't a client's layout
 * @param partSize bytes of each part but the last; 0 if files aren't split
 */
record LayoutChoice(UploadClient client, long partSize) {
    static final LayoutChoice AUTO = new LayoutChoice(UploadClient.AWS_CLI, 0);

    /** Returns the choice that a text names, or null. */
    static LayoutChoice parse(String text) {
        if (text.equals("auto")) {
            return AUTO;
        }
        if (text.equals("md5")) {
            return new LayoutChoice(null, 0);
        }
        for (UploadClient client : UploadClient.values()) {
            if (text.equals(client.name().toLowerCase(Locale.ROOT).replace('_', '-'))) {
                return new LayoutChoice(client, 0);
            }
        }
        long size = SizeText.bytes(text);
        return size > 0 ? new LayoutChoice(null, size) : null;
    }

    /** Returns the layout of a file; its size is 0 if unknown. */
    PartLayout layout(long size) {
        if (client != null) {
            return client.layout(size);
        }
        return partSize == 0 ? PartLayout.whole() : PartLayout.upload(partSize);
    }
}

package karamon.etag;

import java.util.List;
import java.util.Set;

/**
 * What a call of {@code etag} asks for.
 *
 * @param layout null if none is given
 * @param like the ETag to compare with, as typed; null if none is given
 * @param list the list to check, - for standard input; null if none is given
 * @param recursive whether to hash the files in directories
 * @param json whether to print JSON
 * @param help whether to print only how the command is used
 * @param threads the number of threads that hash
 * @param checksums the checksums to print too
 * @param files the names given, - for standard input
 */
record CommandOptions(LayoutChoice layout, String like, String list, boolean recursive, boolean json, boolean help, int threads,
        Set<Checksum> checksums, List<String> files) {
    private static final String USAGE = """
            Usage: karamon etag FILE… [OPTIONS]

              -p, --part-size SIZE  The size of a part, such as 8MiB or 17179870; auto, the size that aws s3 cp picks
                                     (the default; --like and --check find the size themselves); or one of
                                     console, md5, minio, rclone, s3cmd, s5cmd, sdk-go, sdk-java-2
              -l, --like ETAG       Compare with this ETag; tries the usual part sizes
              -c, --check LIST      Compare files with a list that this command wrote (- for standard input)
              -r, --recursive       Hash all files in directories
              -s, --checksum NAME   With --json: print a checksum too, crc32, crc32c, crc64nvme, sha1 or sha256; may be given several times
              -t, --threads N       The number of threads that hash (default: one for each core)
                  --json            Print a JSON object for each file
              -h, --help            Print this
            """;

    /** Returns how the command is used; the launcher passes the name by which the user called it. */
    static String usage() {
        return USAGE.replace("karamon etag", program() + " etag");
    }

    private static String program() {
        return System.getProperty("karamon.command", "karamon");
    }

    /**
     * Returns these options if they fit each other.
     *
     * @throws UsageError when they don't
     */
    CommandOptions checked() {
        if (like != null) {
            checkLike();
        }
        if (list != null && (like != null || !files.isEmpty())) {
            throw new UsageError("--check LIST names the files and their ETags: give no FILE and no --like with it");
        }
        if (!checksums.isEmpty() && like != null && layout == null) {
            throw new UsageError("--checksum with --like needs the --part-size");
        }
        if (!checksums.isEmpty() && !json) {
            throw new UsageError("--checksum needs --json: without it a line has only the ETag");
        }
        if (list == null && files.isEmpty()) {
            throw new UsageError("Expected a FILE, - for standard input, or --check LIST; see " + program() + " etag --help");
        }
        return this;
    }

    private void checkLike() {
        ETag tag;
        try {
            tag = ETag.parse(like);
        } catch (IllegalArgumentException e) {
            throw new UsageError("--like: " + e.getMessage());
        }
        if (tag.md5() == null && tag.parts() == 0) {
            throw new UsageError(
                    "--like " + like + " isn't an MD5 and has no number of parts: it can't be compared with a file");
        }
    }
}

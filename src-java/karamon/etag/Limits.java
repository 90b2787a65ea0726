package karamon.etag;

/**
 * S3's limits, from "Amazon S3 multipart upload limits" in the Amazon S3 User Guide
 * (docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html) unless another page is named. In places that page says GB for
 * GiB. The largest object, of 48.8 TiB, has {@link #MAX_PARTS} parts of {@link #MAX_PART} bytes.
 */
public final class Limits {
    /** The maximum number of parts of an upload. */
    public static final int MAX_PARTS = 10_000;

    /** The minimum size of a part, in bytes: 5 MiB. The last part may be smaller. */
    public static final long MIN_PART = 5L << 20;

    /** The maximum size of a part, in bytes: 5 GiB. */
    public static final long MAX_PART = 5L << 30;

    /** The maximum size of an object for a single PUT, in bytes: 5 GiB ("Uploading objects" in the user guide). */
    public static final long MAX_PUT = 5L << 30;

    /** The maximum size of an object for CopyObject, in bytes: 5 GiB ("CopyObject" in the Amazon S3 API Reference). */
    public static final long MAX_COPY = 5L << 30;

    private Limits() {}
}

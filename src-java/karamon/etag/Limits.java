package karamon.etag;

/**
 * What S3 takes at most and at least, from "Amazon S3 multipart upload limits" in the Amazon S3 User Guide
 * (docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html) unless another page is named. AWS says GB there in places and
 * means GiB. The largest object, of 48.8 TiB, has {@link #MAX_PARTS} parts of {@link #MAX_PART} bytes.
 */
public final class Limits {
    /** How many parts an upload has at most. */
    public static final int MAX_PARTS = 10_000;

    /** Bytes of the smallest part but the last, which may be smaller: 5 MiB. */
    public static final long MIN_PART = 5L << 20;

    /** Bytes of the largest part: 5 GiB. */
    public static final long MAX_PART = 5L << 30;

    /** Bytes of the largest object that a single PUT takes: 5 GiB ("Uploading objects" in the user guide). */
    public static final long MAX_PUT = 5L << 30;

    /** Bytes of the largest object that CopyObject copies: 5 GiB ("CopyObject" in the Amazon S3 API Reference). */
    public static final long MAX_COPY = 5L << 30;

    private Limits() {}
}

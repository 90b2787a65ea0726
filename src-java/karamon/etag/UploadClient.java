package karamon.etag;

import java.util.List;

/**
 * The common clients for uploads, with the default layout of each and its source. If a client's own rule for more than 10,000
 * parts isn't given, the part size is a ten-thousandth of the object's.
 */
public enum UploadClient {
    /** 8 MiB, doubled until there are at most 10,000 parts; s3transfer, manager.py and utils.py. Also boto3. */
    AWS_CLI(8L << 20, 8L << 20) {
        @Override
        long partSize(long size) {
            long partSize = 8L << 20;
            while (parts(size, partSize) > Limits.MAX_PARTS) {
                partSize *= 2;
            }
            return partSize;
        }
    },
    /** 8 MiB, or a ten-thousandth; aws-sdk-java-v2, MultipartConfiguration and GenericMultipartHelper. */
    SDK_JAVA_2(8L << 20, 8L << 20),
    /** 17,179,870 bytes, from 16 MB on; observed, see Stack Overflow's answer 43819225. */
    CONSOLE(17_179_870, 16_000_000),
    /** 5 MiB, or a byte more than a ten-thousandth; aws-sdk-go, service/s3/s3manager/upload.go. */
    SDK_GO(5L << 20, (5L << 20) + 1) {
        @Override
        long partSize(long size) {
            return size / (5L << 20) >= Limits.MAX_PARTS ? size / Limits.MAX_PARTS + 1 : 5L << 20;
        }
    },
    /** 5 MiB, from 200 MiB on, or a ten-thousandth in whole MiB; rclone, backend/s3 and fs/chunksize. */
    RCLONE(5L << 20, 200L << 20) {
        @Override
        long partSize(long size) {
            return roundedUp(SDK_JAVA_2.ceiling(size), 5L << 20, 1L << 20);
        }
    },
    /** 50 MiB; s5cmd, command/cp.go. */
    S5CMD(50L << 20, (50L << 20) + 1),
    /** 15 MiB; s3cmd, S3/Config.py and S3/S3.py. */
    S3CMD(15L << 20, (15L << 20) + 1),
    /** 16 MiB or a multiple of it; minio-go, constants.go and api-put-object-common.go. */
    MINIO(16L << 20, 16L << 20) {
        @Override
        long partSize(long size) {
            return roundedUp(SDK_JAVA_2.ceiling(size), 16L << 20, 16L << 20);
        }
    };

    private final long partSize;
    private final long multipartFrom;

    UploadClient(long partSize, long multipartFrom) {
        this.partSize = partSize;
        this.multipartFrom = multipartFrom;
    }

    /**
     * Returns the client's default layout for an object.
     *
     * @param size bytes of the object
     * @return the layout
     */
    public PartLayout layout(long size) {
        return new PartLayout(partSize(size), multipartFrom, List.of());
    }

    long partSize(long size) {
        return Math.max(partSize, ceiling(size));
    }

    long ceiling(long size) {
        return parts(size, Limits.MAX_PARTS);
    }

    private static long parts(long size, long partSize) {
        return size / partSize + (size % partSize == 0 ? 0 : 1);
    }

    private static long roundedUp(long size, long min, long step) {
        return Math.max(min, parts(size, step) * step);
    }
}

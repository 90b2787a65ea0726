/**
 * S3's ETags: the value, the ways to split an object into parts, and fast hashing: part by part on all cores, and many parts at a
 * time in the vector lanes of each core. {@link karamon.etag.Main} is the command {@code etag}. Needs only the JDK and
 * {@code karamon.text}; uses the module {@code jdk.incubator.vector} if it is present.
 */
package karamon.etag;

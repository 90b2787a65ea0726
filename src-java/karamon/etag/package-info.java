/**
 * S3's ETags: the value, the ways an object is cut into parts, and hashing as fast as the machine can. Part by part on all
 * cores, and many parts at a time in the vector lanes of each. Needs the JDK alone, and takes the module
 * {@code jdk.incubator.vector} where it is there.
 */
package karamon.etag;

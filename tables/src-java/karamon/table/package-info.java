/** Mends CarbonData for JDK 9 and later, at build time, and sees that a cluster's executors have it mended. */
package karamon.table;

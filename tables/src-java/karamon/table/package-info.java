/**
 * Patches CarbonData for JDK 9 and later at build time, checks that a cluster's executors have the patched classes, and reads CSV
 * files.
 */
package karamon.table;

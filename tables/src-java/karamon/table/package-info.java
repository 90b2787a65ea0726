/** Patches CarbonData for JDK 9 and later at build time, and checks that a cluster's executors have the patched classes. */
package karamon.table;

/** Mends CarbonData for JDK 9 and later, at build time. */
package karamon.table;

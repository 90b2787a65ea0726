/** Files that other users can neither read nor plant, and that replace others only when they are complete. Needs only the JDK. */
package karamon.file;

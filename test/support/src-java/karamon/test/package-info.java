/** What the tests of all modules share. */
package karamon.test;

/** Test support shared by all modules. */
package karamon.test;

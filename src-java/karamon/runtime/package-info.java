/**
 * What AWS starts: the handler class of the managed Java runtimes, which finds the user's var, calls it for each
 * invocation and turns what goes wrong into what the source of the event expects.
 */
package karamon.runtime;

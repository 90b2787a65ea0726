/**
 * What AWS starts: the handler class of the managed Java runtimes, and a runtime of our own for the others. Both find
 * the user's var, call it for each invocation and turn what goes wrong into what the source of the event expects.
 */
package karamon.runtime;

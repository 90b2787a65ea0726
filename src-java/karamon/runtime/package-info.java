/**
 * The classes that AWS starts: the handler for the managed Java runtimes, and Karamon's own runtime for the others. Both find
 * the user's var, call it for each invocation, and convert failures to the form that the event's source expects.
 */
package karamon.runtime;

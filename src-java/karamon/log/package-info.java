/**
 * What a function says while it runs: which invocation a thread works for, a log event as one line, and the bridges by which
 * other loggers' events become such lines. Knows {@code json} only.
 */
package karamon.log;

/**
 * A function's log: the current invocation of a thread, log events as lines, and bridges that send other loggers' events to this
 * log. Depends only on {@code json} and {@code text}.
 */
package karamon.log;

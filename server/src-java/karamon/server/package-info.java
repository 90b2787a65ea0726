/**
 * Runs handlers in containers, without Lambda: {@link karamon.server.Main} serves HTTP, {@link karamon.server.Sqs} consumes a
 * queue, {@link karamon.server.Once} handles one event. Each makes events of what comes in, and calls the same handlers as Lambda.
 */
package karamon.server;

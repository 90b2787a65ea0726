/**
 * HTTP events: detects an event's source, makes its request map, and writes the reply that the source expects. The forms of
 * events and replies are taken from AWS's developer guides for API Gateway (REST, HTTP and WebSocket APIs), Lambda function URLs
 * and Lambda targets of Application Load Balancers; {@code docs/handlers.md} describes the maps in full.
 */
package karamon.http;

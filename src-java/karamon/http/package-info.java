/**
 * The HTTP events: which source sent one, its request map, and the reply that source reads. Facts about what AWS sends
 * and accepts come from AWS's developer guides for API Gateway (REST, HTTP and WebSocket APIs), Lambda function URLs
 * and Lambda targets of Application Load Balancers; {@code docs/handlers.md} tells the maps in full.
 */
package karamon.http;

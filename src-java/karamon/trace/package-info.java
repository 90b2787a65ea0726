/** Traces of invocations: X-Ray's header as W3C's, and spans of people's own if OpenTelemetry's API is on the class path. */
package karamon.trace;

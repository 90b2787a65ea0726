/**
 * What Ring's SPEC asks for beyond the request and response maps: a client's certificate, a body stream that is awaited, and
 * responses in Ring's form. Knows {@code http}, {@code json} and {@code text}.
 */
package karamon.ring;

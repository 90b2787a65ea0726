/**
 * The parts of Ring's SPEC beyond request and response maps: a client's certificate, a body stream that callers wait for, and
 * responses in Ring's form. Depends on {@code http}, {@code json} and {@code text}.
 */
package karamon.ring;

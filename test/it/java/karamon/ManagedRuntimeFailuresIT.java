package karamon;

/** Tests the answers of functions on AWS's own runtime interface client. */
class ManagedRuntimeFailuresIT extends RuntimeFailures {}

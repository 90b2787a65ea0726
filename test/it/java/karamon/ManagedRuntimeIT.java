package karamon;

/** Tests the answers of functions on AWS's own runtime interface client. */
class ManagedRuntimeIT extends RuntimeAnswers {}

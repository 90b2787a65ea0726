package karamon;

/** What functions answer under AWS's own runtime interface client. */
class ManagedRuntimeIT extends RuntimeAnswers {}

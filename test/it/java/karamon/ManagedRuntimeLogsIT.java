package karamon;

/** What functions log under AWS's own runtime interface client. */
class ManagedRuntimeLogsIT extends RuntimeLogs {}

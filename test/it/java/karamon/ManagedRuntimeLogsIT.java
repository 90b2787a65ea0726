package karamon;

/** Tests the logs of functions on AWS's own runtime interface client. */
class ManagedRuntimeLogsIT extends RuntimeLogs {}

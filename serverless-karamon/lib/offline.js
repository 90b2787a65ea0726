'use strict';

// `serverless offline`: serverless-offline sends the events of Java functions to the server at JAVA_OFFLINE_SERVER. Here that is
// one JVM with all handlers loaded.

const readline = require('node:readline');
const { variables } = require('./functions');
const { explainStart, startGateway } = require('./java');

const READY = /^karamon-offline: port (\d+)$/;
const RUNNABLE = 'java17'; // The latest Java that serverless-offline knows. The JVM that runs is the machine's own.

class Offline {
  constructor(plugin) {
    this.plugin = plugin;
    this.started = null;
  }

  /** Starts the JVM, once: both of serverless-offline's start commands call this. */
  start() {
    this.started ??= this.begin();
    return this.started;
  }

  async begin() {
    const { plugin } = this;
    const functions = plugin.functions();
    if (functions.length === 0) return;
    const env = { ...plugin.sharedEnvironment(), IS_OFFLINE: 'true' };
    const java = await startGateway(plugin, ['offline'], ['pipe', 'pipe', 'inherit'], env);
    java.stdin.on('error', () => {});
    java.stdin.write(`${JSON.stringify(this.task(functions))}\n`); // The input stays open: the JVM ends when this process does.
    process.env.JAVA_OFFLINE_SERVER = await this.port(java);
    java.on('exit', (code, signal) => {
      plugin.log.error(`The JVM that runs the handlers has ended (${code ?? signal}): serverless offline ends too`);
      process.kill(process.pid, 'SIGTERM');
    });
    const { service } = plugin.serverless;
    if (functions.length === Object.keys(service.functions).length) delete service.package.artifact;
    for (const [, f] of functions) {
      f.runtime = RUNNABLE;
      delete f.package.artifact; // serverless-offline would unpack it for each function; the sources run instead
    }
  }

  task(functions) {
    const { service } = this.plugin.serverless;
    const entries = functions.map(([, f]) => [
      f.name,
      {
        handler: f.clj,
        timeout: Number(f.timeout ?? service.provider.timeout),
        memory: Number(f.memorySize ?? service.provider.memorySize),
        environment: variables(service, f),
      },
    ]);
    return { functions: Object.fromEntries(entries), sources: this.plugin.settings.sources };
  }

  /** Returns a promise of the port that the JVM prints. Forwards the output of handlers to standard output. */
  port(java) {
    return new Promise((resolve, reject) => {
      java.on('error', (e) => reject(explainStart(this.plugin, e)));
      java.on('exit', (code, signal) =>
        reject(this.plugin.error(`The JVM that runs the handlers ended (${code ?? signal}): see above`, 'KARAMON_OFFLINE')),
      );
      readline.createInterface({ input: java.stdout }).on('line', (line) => {
        const port = READY.exec(line)?.[1];
        if (port) resolve(port);
        else process.stdout.write(`${line}\n`);
      });
    });
  }
}

module.exports = Offline;

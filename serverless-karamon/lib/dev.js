'use strict';

// `serverless karamon dev`: runs Karamon's local gateway with the service as Serverless reads it, with variables resolved.

const path = require('node:path');
const { explainStart, startKaramon } = require('./java');

/** Returns the service in the form that the local gateway reads, with the functions written in Clojure only. */
function service(plugin) {
  const { service: name, provider } = plugin.serverless.service;
  const functions = plugin.functions().map(([key, f]) => {
    const { clj, events, url, timeout, memorySize } = f;
    return [key, { clj, events, url: Boolean(url), timeout, memorySize }];
  });
  return {
    service: name,
    provider: { timeout: provider.timeout, memorySize: provider.memorySize },
    functions: Object.fromEntries(functions),
  };
}

/** Serves until the process gets a signal to end. The JVM ends when its standard input does, so always with this process. */
async function dev(plugin) {
  const { port, host } = plugin.options;
  const given = Object.entries({ port, host }).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
  const sources = plugin.settings.sources.join(path.delimiter);
  const args = ['serve', '--config', '-', '--sources', sources, ...given];
  const env = plugin.environment((warning) => plugin.log.warning(warning));
  const java = await startKaramon(plugin, args, ['pipe', 'inherit', 'inherit'], env);
  java.stdin.on('error', () => {});
  java.stdin.write(`${JSON.stringify(service(plugin))}\n`);
  let stopped = false;
  const stop = () => {
    stopped = true; // A terminal's Ctrl-C reaches the JVM too, which then ends with its own exit code.
    java.stdin.end();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  const code = await new Promise((resolve, reject) =>
    java.on('exit', resolve).on('error', (e) => reject(explainStart(plugin, e))),
  );
  if (code && !stopped) throw plugin.error(`The local gateway ended with exit code ${code}: see above`, 'KARAMON_DEV');
}

module.exports = { dev, service };

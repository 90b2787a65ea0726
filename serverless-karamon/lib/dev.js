'use strict';

// `serverless karamon dev`: Karamon's local gateway over the service as Serverless reads it, variables and all.

const { explainStart, startKaramon } = require('./java');

/** Returns the service as the local gateway reads it: its functions written in Clojure. */
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

/** Serves until the process is told to end. Its end, however it comes, ends the JVM: that follows its standard input. */
async function dev(plugin) {
  const { port, host } = plugin.options;
  const given = Object.entries({ port, host }).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
  const sources = plugin.settings.sources.join(require('node:path').delimiter);
  const java = await startKaramon(
    plugin,
    ['serve', '--config', '-', '--sources', sources, ...given],
    ['pipe', 'inherit', 'inherit'],
  );
  java.stdin.on('error', () => {});
  java.stdin.write(`${JSON.stringify(service(plugin))}\n`);
  const stop = () => java.stdin.end();
  process.on('SIGINT', stop).on('SIGTERM', stop);
  const code = await new Promise((resolve, reject) =>
    java.on('exit', resolve).on('error', (e) => reject(explainStart(plugin, e))),
  );
  if (code) throw plugin.error(`The local gateway ended with ${code}, as told above`, 'KARAMON_DEV');
}

module.exports = { dev, service };

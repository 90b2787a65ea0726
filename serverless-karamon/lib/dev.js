'use strict';

// `serverless karamon dev`: runs Karamon's local gateway with the service as Serverless reads it, with variables resolved.

const path = require('node:path');
const { variables } = require('./functions');
const { explainStart, startGateway } = require('./java');

/** Returns the service in the form that the local gateway reads, with the functions written in Clojure only. */
function service(plugin) {
  const { service: name, provider } = plugin.serverless.service;
  const functions = plugin.functions().map(([key, f]) => {
    const { clj, events, url, timeout, memorySize, httpApi } = f;
    const environment = variables(plugin.serverless.service, f);
    return [key, { clj, events, url, timeout, memorySize, environment, httpApi }];
  });
  const { timeout, memorySize, httpApi, apiGateway } = provider;
  const stage = plugin.options.stage ?? provider.stage;
  const websockets = Object.entries(provider).filter(([key]) => key.startsWith('websocket'));
  return {
    service: name,
    provider: { stage, timeout, memorySize, httpApi, apiGateway, ...Object.fromEntries(websockets) },
    functions: Object.fromEntries(functions),
  };
}

/** Serves until the process gets a signal to end. The JVM ends when its standard input does, so always with this process. */
async function dev(plugin) {
  const { port, host, jwks, origin, schedules } = plugin.options;
  const given = Object.entries({ port, host, jwks, origin }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, value],
  );
  if (schedules) given.push('--schedules');
  const sources = plugin.settings.sources.join(path.delimiter);
  const args = ['serve', '--config', '-', '--sources', sources, ...given];
  const java = await startGateway(plugin, args, ['pipe', 'inherit', 'inherit'], plugin.sharedEnvironment());
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

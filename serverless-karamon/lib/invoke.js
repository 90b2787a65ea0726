'use strict';

// `serverless invoke local`: the handler in a JVM, under the marshalling that it has on Lambda.

const { explainStart, startKaramon } = require('./java');
const { finished } = require('./shell');

/** Prints the function's reply to the event that `options` give; logs go to standard error. */
async function invokeLocal(plugin, { data, context, docker }) {
  const name = plugin.options.function;
  const f = plugin.named();
  if (docker) throw plugin.error('--docker runs no function written in Clojure: leave it out', 'KARAMON_INVOKE');
  if (context)
    throw plugin.error('--context is for other languages: a function written in Clojure has its own here', 'KARAMON_INVOKE');
  const { provider } = plugin.serverless.service;
  const args = [
    'invoke',
    f.clj,
    '--event',
    '-',
    '--raw',
    '--function-name',
    f.name,
    '--timeout',
    f.timeout ?? provider.timeout,
    '--memory',
    f.memorySize ?? provider.memorySize,
  ];
  const java = await startKaramon(plugin, args.map(String), ['pipe', 'pipe', 'inherit'], process.env); // which has its variables by now
  const done = finished(java);
  java.stdin.on('error', () => {}); // It may end before it has read all: its own message tells why.
  java.stdin.end(typeof data === 'string' ? data || '{}' : JSON.stringify(data));
  const { code, out } = await done.catch((e) => {
    throw explainStart(plugin, e);
  });
  if (code !== 0) throw plugin.error(`${name} (${f.clj}) failed, as told above`, 'KARAMON_INVOKE');
  plugin.writeText(JSON.stringify(JSON.parse(out), null, 4));
}

module.exports = { invokeLocal };

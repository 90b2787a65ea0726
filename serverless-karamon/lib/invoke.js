'use strict';

// `serverless invoke local`: runs the handler in a JVM, with the same marshalling as on Lambda.

const { explainStart, startKaramon } = require('./java');
const { finished } = require('./shell');

/** Prints the function's reply to the event in `options`. Logs go to standard error. */
async function invokeLocal(plugin, { data, context, docker }) {
  const name = plugin.options.function;
  const f = plugin.named();
  if (docker) throw plugin.error("--docker can't run functions written in Clojure: leave it out", 'KARAMON_INVOKE');
  if (context)
    throw plugin.error(
      '--context is for other languages: functions written in Clojure get a context made here',
      'KARAMON_INVOKE',
    );
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
  // Serverless has added the function's variables to process.env.
  const java = await startKaramon(plugin, args.map(String), ['pipe', 'pipe', 'inherit'], process.env);
  const done = finished(java);
  java.stdin.on('error', () => {}); // The JVM may end before it has read everything; it prints why.
  java.stdin.end(typeof data === 'string' ? data || '{}' : JSON.stringify(data));
  const { code, out } = await done.catch((e) => {
    throw explainStart(plugin, e);
  });
  if (code !== 0) throw plugin.error(`${name} (${f.clj}) failed: see above`, 'KARAMON_INVOKE');
  plugin.writeText(JSON.stringify(JSON.parse(out), null, 4));
}

module.exports = { invokeLocal };

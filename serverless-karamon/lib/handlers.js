'use strict';

// Looks for each handler in the function package itself, by what Lambda will look for it with: the package's own classes,
// unpacked, in a JVM. Nothing else is on its class path.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { explainStart, startJava } = require('./java');
const { finished } = require('./shell');

function unpack(entries, folder) {
  for (const { name, read } of entries) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, read());
  }
}

// A namespace may load on Lambda only: by jars in a layer, or by variables that CloudFormation fills in.
function advice(faults) {
  return faults.some((fault) => /failed to load|doesn't compile/.test(fault))
    ? ['Where it can load on Lambda only, custom.karamon.check: false deploys without looking.']
    : [];
}

/** Throws when one of `functions`, [name, function] pairs, has no handler in the package `artifact` of those `entries`, and says which is near. */
async function findHandlers(plugin, artifact, entries, functions) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'serverless-karamon-'));
  try {
    unpack(entries, folder);
    const classpath = [folder, path.join(folder, 'lib', '*')]; // as on Lambda
    const names = [...new Set(functions.map(([, f]) => f.clj))];
    const env = plugin.environment();
    const stdio = ['ignore', 'pipe', 'pipe'];
    const java = startJava(classpath, ['karamon.runtime.CheckHandlers', ...names], { cwd: folder, env, stdio });
    const { code, out, all } = await finished(java).catch((e) => {
      throw explainStart(plugin, e);
    });
    if (code !== 0) {
      const doubt = `The handlers in ${artifact} can't be looked for (exit code ${code}): does it hold Karamon?`;
      throw plugin.error(`${doubt}\n\n${all}`, 'KARAMON_ARTIFACT');
    }
    const faults = Object.entries(JSON.parse(out)).map(([clj, message]) => {
      const [name] = functions.find(([, f]) => f.clj === clj);
      return `functions.${name}.clj: ${message}`;
    });
    if (faults.length) throw plugin.error([...faults, ...advice(faults)].join('\n'), 'KARAMON_NO_HANDLER');
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

module.exports = { findHandlers };

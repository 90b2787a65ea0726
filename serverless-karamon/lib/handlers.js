'use strict';

// Checks that the function package has each handler. Like Lambda, it uses the package's own classes: it unpacks them and runs
// a JVM with nothing else on the class path.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { explainStart, startJava } = require('./java');
const { finished } = require('./shell');
const { inTemporaryFolder } = require('./temporary');

function unpack(entries, folder) {
  for (const { name, read } of entries) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, read());
  }
}

// A namespace may load only on Lambda, because of jars in a layer or variables that CloudFormation fills in.
function advice(faults) {
  return faults.some((fault) => /failed to load|doesn't compile/.test(fault))
    ? ['If it loads only on Lambda, deploy without this check: set custom.karamon.check to false.']
    : [];
}

/**
 * Throws if the package `artifact` with the files `entries` lacks the handler of one of `functions`, [name, function] pairs. The
 * error suggests the nearest name.
 */
async function findHandlers(plugin, artifact, entries, functions) {
  await inTemporaryFolder(path.join(os.tmpdir(), 'serverless-karamon-'), async (folder) => {
    unpack(entries, folder);
    const classpath = [folder, path.join(folder, 'lib', '*')]; // as on Lambda
    const names = [...new Set(functions.map(([, f]) => f.clj))];
    // Lambda's locale, in which Java finds only files whose names are ASCII. This folder's own name may have other letters.
    const locale = /^[ -~]*$/.test(folder) ? 'C' : 'C.UTF-8';
    const env = { ...plugin.environment(), LC_ALL: locale };
    const java = startJava(classpath, ['karamon.runtime.CheckHandlers'], { cwd: folder, env, stdio: 'pipe' });
    java.stdin.on('error', () => {}); // it ended early: its exit code says so
    java.stdin.end(names.join('\n'));
    const { code, out, all } = await finished(java).catch((e) => {
      throw explainStart(plugin, e);
    });
    if (code !== 0) {
      const doubt = `Can't check the handlers in ${artifact} (exit code ${code}): does it contain Karamon?`;
      throw plugin.error(`${doubt}\n\n${all}`, 'KARAMON_ARTIFACT');
    }
    const faults = Object.entries(JSON.parse(out)).map(([clj, message]) => {
      const [name] = functions.find(([, f]) => f.clj === clj);
      return `functions.${name}.clj: ${message}`;
    });
    if (faults.length) throw plugin.error([...faults, ...advice(faults)].join('\n'), 'KARAMON_NO_HANDLER');
  });
}

module.exports = { findHandlers };

'use strict';

// Looks for each handler in the function package itself, by what Lambda will look for it with: the package's own classes,
// unpacked, in a JVM. Nothing else is on its class path.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { explainStart, finished, startJava } = require('./java');

const MARK = 'karamon-missing:';

// Prints a line for each name that is no handler, as JSON: Clojure escapes strings as that does. The mark tells it from what
// namespaces print while they load.
const program = (names) => `
  (doseq [n [${names.map((name) => JSON.stringify(name)).join(' ')}]]
    (try
      (karamon.runtime.Handlers/load n)
      (catch Throwable e
        (println (str "\\n${MARK}[" (pr-str n) "," (pr-str (str (.getMessage e))) "]")))))
  (flush)
  (System/exit 0)`;

function unpack(entries, folder) {
  for (const { name, read } of entries) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, read());
  }
}

function missing(out) {
  return out
    .split('\n')
    .filter((line) => line.startsWith(MARK))
    .map((line) => JSON.parse(line.slice(MARK.length)));
}

/** Throws when one of `functions`, [name, function] pairs, has no handler in the package, and says which is near. */
async function findHandlers(plugin, functions, entries) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'serverless-karamon-'));
  try {
    unpack(entries, folder);
    const classpath = [folder, path.join(folder, 'lib', '*')]; // as on Lambda
    const names = [...new Set(functions.map(([, f]) => f.clj))];
    const env = { ...process.env, ...plugin.environment() };
    const java = startJava(classpath, ['clojure.main', '-e', program(names)], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { code, out, all } = await finished(java).catch((e) => {
      throw explainStart(plugin, e);
    });
    if (code !== 0) {
      throw plugin.error(
        `The handlers in ${plugin.settings.artifact} can't be looked for (exit code ${code}): does it hold Karamon and Clojure?\n\n${all}`,
        'KARAMON_ARTIFACT',
      );
    }
    const faults = missing(out).map(([clj, message]) => {
      const [name] = functions.find(([, f]) => f.clj === clj);
      return `functions.${name}.clj: ${message}`;
    });
    if (faults.length) throw plugin.error(faults.join('\n'), 'KARAMON_NO_HANDLER');
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

module.exports = { findHandlers };

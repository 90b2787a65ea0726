'use strict';

// The build tools of Clojure projects, and how each one runs Karamon. Its file in the folder of the service says which it is.

const fs = require('node:fs');
const path = require('node:path');

// The build command, and the command that prints the class path of development; Maven's class path is in classpath.js. The plugin
// checks the handlers itself, with the variables of serverless.yml.
const TOOLS = [
  { file: 'deps.edn', build: 'clojure -M:karamon package --no-check', classpath: 'clojure -Spath -M:karamon' },
  { file: 'project.clj', build: 'lein karamon package --no-check', classpath: 'lein with-profile +karamon classpath' },
  { file: 'pom.xml', build: 'mvn -B -q -DskipTests -Dkaramon.package.options=--no-check package' },
];

/** Returns the build tool of a folder: the first whose file is there, else Maven. */
function buildTool(folder) {
  return TOOLS.find(({ file }) => fs.existsSync(path.join(folder, file))) ?? TOOLS.at(-1);
}

/** Returns the usual folders of Clojure sources that a folder has. Maven's own layout has more than those in src. */
function sourceFolders(folder) {
  const is = (name) => fs.existsSync(path.join(folder, name));
  const usual = ['src-clj', ...(is('src/main') ? [] : ['src'])].filter(is);
  return usual.length ? usual : ['src-clj'];
}

module.exports = { buildTool, sourceFolders };

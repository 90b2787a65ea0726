'use strict';

// Starts JVMs.

const { spawn } = require('node:child_process');
const path = require('node:path');
const { devClasspath } = require('./classpath');

// The fastest start: only the C1 compiler, a single-threaded collector, and the JDK's archive of classes.
const FLAGS = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto'];

// Lets the gateway give each function environment variables of its own.
const OWN_VARIABLES = ['--add-opens', 'java.base/java.util=ALL-UNNAMED'];

function javaCommand() {
  return process.env.JAVA_HOME ? path.join(process.env.JAVA_HOME, 'bin', 'java') : 'java';
}

/** Starts a JVM with `classpath`, a list, and returns its process. */
function startJava(classpath, args, options) {
  return spawn(javaCommand(), [...FLAGS, '-cp', classpath.join(path.delimiter), ...args], options);
}

/** Returns a clear error for one from starting a JVM. */
function explainStart(plugin, e) {
  return e.code === 'ENOENT'
    ? plugin.error(`No java found (${javaCommand()}): install a JDK, 17 or later, or set JAVA_HOME to one`, 'KARAMON_NO_JAVA')
    : e;
}

/** Starts one of Karamon's commands in the project's folder, with the project's class path. */
async function startKaramon(plugin, args, stdio, env, options = []) {
  const progress = plugin.progress.get('karamon');
  progress.notice('Starting the JVM');
  try {
    const command = [...options, 'clojure.main', '-m', 'karamon.dev.main', ...args];
    return startJava(await devClasspath(plugin), command, { cwd: plugin.folder, env, stdio });
  } finally {
    progress.remove();
  }
}

/** Starts the command that runs the gateway. */
function startGateway(plugin, args, stdio, env) {
  return startKaramon(plugin, args, stdio, env, OWN_VARIABLES);
}

module.exports = { explainStart, startGateway, startJava, startKaramon };

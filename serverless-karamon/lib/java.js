'use strict';

// Starts JVMs.

const { spawn } = require('node:child_process');
const path = require('node:path');
const { devClasspath } = require('./classpath');

// C1 alone, one collector thread and the JDK's archive start fastest.
const FLAGS = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto'];

function javaCommand() {
  return process.env.JAVA_HOME ? path.join(process.env.JAVA_HOME, 'bin', 'java') : 'java';
}

/** Starts a JVM with `classpath`, a list, and returns its process. */
function startJava(classpath, args, options) {
  return spawn(javaCommand(), [...FLAGS, '-cp', classpath.join(path.delimiter), ...args], options);
}

/** Returns an error in words for one that a process couldn't be started with. */
function explainStart(plugin, e) {
  return e.code === 'ENOENT'
    ? plugin.error(`No java found (${javaCommand()}): install a JDK, 17 or later, or set JAVA_HOME to one`, 'KARAMON_NO_JAVA')
    : e;
}

/** Starts one of Karamon's commands over the project, in its folder. */
async function startKaramon(plugin, args, stdio, env) {
  const progress = plugin.progress.get('karamon');
  progress.notice('Starting the JVM');
  try {
    const command = ['clojure.main', '-m', 'karamon.dev.main', ...args];
    return startJava(await devClasspath(plugin), command, { cwd: plugin.folder, env, stdio });
  } finally {
    progress.remove();
  }
}

module.exports = { explainStart, startJava, startKaramon };

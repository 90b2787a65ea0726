'use strict';

// Runs commands and JVMs.

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

// C1 alone, one collector thread and the JDK's archive start fastest.
const FLAGS = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto'];

function javaCommand() {
  return process.env.JAVA_HOME ? path.join(process.env.JAVA_HOME, 'bin', 'java') : 'java';
}

/** Starts a JVM with `classpath`, a list, and returns its process. */
function startJava(classpath, args, options) {
  return spawn(javaCommand(), [...FLAGS, '-cp', classpath.join(path.delimiter), ...args], options);
}

/**
 * Returns the exit code of a process and what it printed, as `{ code, out, err, all }`; `all` has both in their order.
 * A command that can't be started rejects.
 */
function finished(child) {
  return new Promise((resolve, reject) => {
    const text = { out: '', err: '', all: '' };
    for (const [name, stream] of [
      ['out', child.stdout],
      ['err', child.stderr],
    ]) {
      stream?.setEncoding('utf8').on('data', (chunk) => {
        text[name] += chunk;
        text.all += chunk;
      });
    }
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code: code ?? signal, ...text }));
  });
}

/** Runs a shell command in a folder, as `finished` tells; it ends when this process does. */
async function runShell(command, cwd) {
  const child = spawn(command, { cwd, shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = () => child.kill();
  process.on('exit', stop);
  try {
    return await finished(child);
  } finally {
    process.off('exit', stop);
  }
}

function explainStart(plugin, e) {
  return e.code === 'ENOENT'
    ? plugin.error(`No java found (${javaCommand()}): install a JDK, 17 or later, or set JAVA_HOME to one`, 'KARAMON_NO_JAVA')
    : e;
}

function newer(file, time) {
  return fs.existsSync(file) && fs.statSync(file).mtimeMs > time;
}

function anyNewer(folder, time) {
  if (!fs.existsSync(folder)) return false;
  return fs.readdirSync(folder, { recursive: true }).some((name) => newer(path.join(folder, name), time));
}

async function commandClasspath(plugin) {
  const { classpath } = plugin.settings;
  const { code, out, all } = await runShell(classpath, plugin.folder);
  if (code !== 0 || !out.trim()) {
    throw plugin.error(`custom.karamon.classpath failed (exit code ${code}): ${classpath}\n\n${all}`, 'KARAMON_CLASSPATH');
  }
  return out.trim().split('\n').pop().split(path.delimiter);
}

// Maven takes seconds to tell the class path, which changes with pom.xml only: it is kept under target.
async function mavenClasspath(plugin) {
  const there = (name) => path.join(plugin.folder, name);
  if (!fs.existsSync(there('pom.xml'))) {
    throw plugin.error(
      `There is no pom.xml in ${plugin.folder}: set custom.karamon.classpath to a command that prints the class path, such as clojure -Spath`,
      'KARAMON_CLASSPATH',
    );
  }
  const kept = there('target/serverless-karamon.classpath');
  const time = fs.existsSync(kept) ? fs.statSync(kept).mtimeMs : 0;
  const stale =
    !time ||
    !fs.existsSync(there('target/classes')) ||
    newer(there('pom.xml'), time) ||
    ['src-java', 'src/main/java'].some((folder) => anyNewer(there(folder), time));
  if (stale) {
    const next = `${kept}.${process.pid}`;
    const command = `mvn -B -q -DskipTests compile dependency:build-classpath -DincludeScope=compile -Dmdep.outputFile="${next}"`;
    const { code, all } = await runShell(command, plugin.folder);
    if (code !== 0) throw plugin.error(`The build failed (exit code ${code}): ${command}\n\n${all}`, 'KARAMON_BUILD');
    fs.renameSync(next, kept);
  }
  return [there('target/classes'), ...fs.readFileSync(kept, 'utf8').trim().split(path.delimiter)];
}

/** Returns the class path for people's machines: the sources first, so that what is saved is what runs. */
async function devClasspath(plugin) {
  const sources = plugin.settings.sources.map((folder) => path.join(plugin.folder, folder));
  return [...sources, ...(plugin.settings.classpath ? await commandClasspath(plugin) : await mavenClasspath(plugin))];
}

/** Starts one of Karamon's commands over the project, in its folder. */
async function startKaramon(plugin, args, stdio, env) {
  const progress = plugin.progress.get('karamon');
  progress.notice('Starting the JVM');
  try {
    return startJava(await devClasspath(plugin), ['clojure.main', '-m', 'karamon.dev.main', ...args], {
      cwd: plugin.folder,
      env,
      stdio,
    });
  } finally {
    progress.remove();
  }
}

module.exports = { explainStart, finished, runShell, startJava, startKaramon };

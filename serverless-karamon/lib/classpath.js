'use strict';

// The class path of the JVMs on a development machine.

const fs = require('node:fs');
const path = require('node:path');
const { buildOutput } = require('./maven');
const { runShell } = require('./shell');

const JAVA_FOLDERS = ['src-java', 'src/main/java'];

function newer(file, time) {
  return fs.existsSync(file) && fs.statSync(file).mtimeMs > time;
}

function anyNewer(folder, time) {
  return (
    fs.existsSync(folder) && fs.readdirSync(folder, { recursive: true }).some((name) => newer(path.join(folder, name), time))
  );
}

async function byCommand(plugin) {
  const { classpath } = plugin.settings;
  const { code, out, all } = await runShell(classpath, plugin.folder);
  if (code !== 0 || !out.trim()) {
    throw plugin.error(`custom.karamon.classpath failed (exit code ${code}): ${classpath}\n\n${all}`, 'KARAMON_CLASSPATH');
  }
  return out.trim().split('\n').pop().split(path.delimiter);
}

async function runMaven(plugin, kept) {
  const start = new Date(); // Files saved while Maven runs are newer than this.
  const next = `${kept}.${process.pid}`;
  const command = `mvn -B -q -DskipTests compile dependency:build-classpath -DincludeScope=compile -Dmdep.outputFile="${next}"`;
  const { code, all } = await runShell(command, plugin.folder);
  if (code !== 0) throw plugin.error(`The build failed (exit code ${code}): ${command}\n\n${buildOutput(all)}`, 'KARAMON_BUILD');
  fs.utimesSync(next, start, start);
  fs.renameSync(next, kept);
}

// Maven takes seconds to print the class path, which changes only with pom.xml: it is cached in target.
async function byMaven(plugin) {
  const there = (name) => path.join(plugin.folder, name);
  if (!fs.existsSync(there('pom.xml'))) {
    const way = 'set custom.karamon.classpath to a command that prints the class path, such as clojure -Spath';
    throw plugin.error(`There is no pom.xml in ${plugin.folder}: ${way}`, 'KARAMON_CLASSPATH');
  }
  const kept = there('target/serverless-karamon.classpath');
  const time = fs.existsSync(kept) ? fs.statSync(kept).mtimeMs : 0;
  const changed = newer(there('pom.xml'), time) || JAVA_FOLDERS.some((folder) => anyNewer(there(folder), time));
  if (!time || changed || !fs.existsSync(there('target/classes'))) await runMaven(plugin, kept);
  return [there('target/classes'), ...fs.readFileSync(kept, 'utf8').trim().split(path.delimiter)];
}

/** Returns the class path, a list. The sources come first, so that saved code runs. */
async function devClasspath(plugin) {
  const sources = plugin.settings.sources.map((folder) => path.join(plugin.folder, folder));
  const missing = plugin.serverless.service.custom?.karamon?.sources?.find((folder, i) => !fs.existsSync(sources[i]));
  if (missing)
    throw plugin.error(`custom.karamon.sources has ${missing}: there is no such folder in ${plugin.folder}`, 'KARAMON_SETTING');
  return [...sources, ...(plugin.settings.classpath ? await byCommand(plugin) : await byMaven(plugin))];
}

module.exports = { devClasspath };

'use strict';

// The class path of the JVMs on a development machine.

const fs = require('node:fs');
const path = require('node:path');
const { buildOutput } = require('./maven');
const { runProgram, runShell } = require('./shell');
const { inTemporaryFolder } = require('./temporary');

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
    const other = 'Set custom.karamon.classpath to another command that prints it.';
    throw plugin.error(`No class path (exit code ${code}): ${classpath}\n${other}\n\n${all}`, 'KARAMON_CLASSPATH');
  }
  return out.trim().split('\n').pop().split(path.delimiter);
}

async function runMaven(plugin, kept) {
  const start = new Date(); // Files saved while Maven runs are newer than this.
  const target = path.dirname(kept);
  fs.mkdirSync(target, { recursive: true });
  await inTemporaryFolder(path.join(target, '.karamon-'), async (folder) => {
    const next = path.join(folder, 'classpath');
    // Relative to the project: its path may have any characters.
    const output = `-Dmdep.outputFile=${path.relative(plugin.folder, next)}`;
    const args = ['-B', '-q', '-DskipTests', 'compile', 'dependency:build-classpath', '-DincludeScope=compile', output];
    const { code, all } = await runProgram('mvn', args, plugin.folder).catch((e) => {
      throw e.code === 'ENOENT' ? plugin.error('No mvn found: install Maven, 3.8 or later', 'KARAMON_BUILD') : e;
    });
    if (code !== 0) {
      const command = ['mvn', ...args].join(' ');
      throw plugin.error(`The build failed (exit code ${code}): ${command}\n\n${buildOutput(all)}`, 'KARAMON_BUILD');
    }
    fs.utimesSync(next, start, start);
    fs.renameSync(next, kept);
  });
}

// Maven takes seconds to print the class path, which changes only with pom.xml: it is cached in target.
async function byMaven(plugin) {
  const there = (name) => path.join(plugin.folder, name);
  if (!fs.existsSync(there('pom.xml'))) {
    const way = 'set custom.karamon.classpath to a command that prints the class path, such as clojure -Spath';
    throw plugin.error(`There is no deps.edn, project.clj or pom.xml in ${plugin.folder}: ${way}`, 'KARAMON_CLASSPATH');
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

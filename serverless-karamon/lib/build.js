'use strict';

// Builds the function package, once a process, and looks into it before anything is uploaded.

const fs = require('node:fs');
const path = require('node:path');
const { findHandlers } = require('./handlers');
const { runShell } = require('./java');
const { readZip } = require('./zip');

// Lambda's limit for a function and its layers: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const MOST_BYTES = 250 * 1024 * 1024;
const LARGEST_TOLD = 5;

const megabytes = (bytes) => `${(bytes / 1024 / 1024).toFixed(1)} MB`;

/** Returns a warning for a package that is too large unzipped, with what is big in it; undefined for others. */
function sizeWarning(artifact, entries) {
  const size = entries.reduce((sum, entry) => sum + entry.size, 0);
  if (size <= MOST_BYTES) return undefined;
  const largest = [...entries].sort((a, b) => b.size - a.size).slice(0, LARGEST_TOLD);
  return (
    `${artifact} is ${megabytes(size)} unzipped, Lambda takes ${megabytes(MOST_BYTES)} with the layers. The largest in it:\n` +
    largest.map((entry) => `  ${megabytes(entry.size).padStart(9)}  ${entry.name}`).join('\n')
  );
}

class Build {
  constructor(plugin) {
    this.plugin = plugin;
    this.made = null;
    this.done = null;
  }

  /** Starts the build command, once, and doesn't wait for it: Serverless takes its time to get where that is needed. */
  start() {
    this.made ??= this.make(this.plugin.settings);
    this.made.catch(() => {}); // told by run
  }

  /** Builds the package that `functions` are in, looks into it, and tells once what was set by default. */
  run(functions) {
    this.done ??= this.finish(functions);
    return this.done;
  }

  async finish(functions) {
    const { settings, progress } = this.plugin;
    const ours = functions.filter(([, f]) => f.package.artifact === settings.artifact);
    if (ours.length === 0) return;
    this.tellDefaults();
    const running = progress.get('karamon');
    try {
      running.notice('Building the function package');
      this.start();
      await this.made;
      running.notice('Looking for the handlers');
      const entries = this.open(settings.artifact);
      const warning = sizeWarning(settings.artifact, entries);
      if (warning) this.plugin.log.warning(warning);
      if (settings.check) await findHandlers(this.plugin, ours, entries);
      this.plugin.log.info(`serverless-karamon: ${settings.artifact} has ${ours.map(([, f]) => f.clj).join(', ')}`);
    } finally {
      running.remove();
    }
  }

  async make({ build, artifact }) {
    if (build === false) return;
    const { code, all } = await runShell(build, this.plugin.folder);
    if (code !== 0) throw this.plugin.error(`The build failed (exit code ${code}): ${build}\n\n${all.trim()}`, 'KARAMON_BUILD');
    if (!fs.existsSync(path.resolve(this.plugin.folder, artifact))) {
      throw this.plugin.error(
        `The build made no ${artifact}: ${build}\n` +
          'Set custom.karamon.artifact to the zip that it makes, or custom.karamon.build to what makes it.',
        'KARAMON_BUILD',
      );
    }
  }

  open(artifact) {
    const file = path.resolve(this.plugin.folder, artifact);
    try {
      return readZip(file);
    } catch (e) {
      throw this.plugin.error(
        e.code === 'ENOENT'
          ? `There is no ${artifact}, and custom.karamon.build is false: build it first`
          : `${artifact} can't be read: ${e.message}`,
        'KARAMON_ARTIFACT',
      );
    }
  }

  tellDefaults() {
    for (const [key, { value, names }] of this.plugin.defaults) {
      this.plugin.log.notice(`serverless-karamon: ${key} is ${value} by default${names.length ? ` (${names.join(', ')})` : ''}`);
    }
  }
}

module.exports = Build;

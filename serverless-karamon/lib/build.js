'use strict';

// Builds the function package, once per process, and checks it before anything is uploaded.

const path = require('node:path');
const { findHandlers } = require('./handlers');
const { buildOutput } = require('./maven');
const { startShell } = require('./shell');
const { readZip } = require('./zip');

// Lambda's limit for a function and its layers: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const MAX_BYTES = 250 * 1024 * 1024;
const LARGEST_LISTED = 5;

const megabytes = (bytes) => `${(bytes / 1024 / 1024).toFixed(1)} MB`;

/** Returns a warning with the largest files if a package is too large unzipped; undefined otherwise. */
function sizeWarning(artifact, entries) {
  const size = entries.reduce((sum, entry) => sum + entry.size, 0);
  if (size <= MAX_BYTES) return undefined;
  const largest = [...entries].sort((a, b) => b.size - a.size).slice(0, LARGEST_LISTED);
  return (
    `${artifact} is ${megabytes(size)} unzipped; Lambda's limit is ${megabytes(MAX_BYTES)} with the layers. The largest files:\n` +
    largest.map((entry) => `  ${megabytes(entry.size).padStart(9)}  ${entry.name}`).join('\n')
  );
}

// Returns [artifact, functions] of each package on this machine.
function byArtifact(functions) {
  const local = functions.filter(([, f]) => !/^(s3|https?):/.test(f.package.artifact));
  const artifacts = [...new Set(local.map(([, f]) => f.package.artifact))];
  return artifacts.map((artifact) => [artifact, local.filter(([, f]) => f.package.artifact === artifact)]);
}

class Build {
  constructor(plugin) {
    this.plugin = plugin;
    this.wait = null;
    this.done = null;
  }

  /** Starts the build command, once, without waiting for it: Serverless does other work before it needs the package. */
  start() {
    const { build } = this.plugin.settings;
    if (build !== false) this.wait ??= startShell(build, this.plugin.folder);
  }

  /** Builds, checks the packages of `functions`, and logs the default settings, once. */
  run(functions) {
    this.done ??= this.finish(functions);
    return this.done;
  }

  async finish(functions) {
    if (functions.length === 0) return;
    const { log, progress, settings } = this.plugin;
    this.logDefaults();
    const running = progress.get('karamon');
    try {
      running.notice('Building the function package');
      await this.make();
      running.notice('Looking for the handlers');
      for (const [artifact, ours] of byArtifact(functions)) {
        const entries = this.open(artifact);
        const warning = sizeWarning(artifact, entries);
        if (warning) log.warning(warning);
        if (settings.check) await findHandlers(this.plugin, artifact, entries, ours);
        log.info(`serverless-karamon: ${artifact} has ${ours.map(([, f]) => f.clj).join(', ')}`);
      }
    } finally {
      running.remove();
    }
  }

  async make() {
    const { build } = this.plugin.settings;
    if (build === false) return;
    this.start();
    const { code, all } = await this.wait();
    if (code !== 0) {
      throw this.plugin.error(`The build failed (exit code ${code}): ${build}\n\n${buildOutput(all)}`, 'KARAMON_BUILD');
    }
  }

  open(artifact) {
    const { build } = this.plugin.settings;
    try {
      return readZip(path.resolve(this.plugin.folder, artifact));
    } catch (e) {
      const missing =
        build === false
          ? `There is no ${artifact}, and custom.karamon.build is false: build it first`
          : `The build made no ${artifact}: ${build}\n` +
            'Set custom.karamon.artifact to the zip that it makes, or custom.karamon.build to the command that makes it.';
      throw this.plugin.error(e.code === 'ENOENT' ? missing : `${artifact} can't be read: ${e.message}`, 'KARAMON_ARTIFACT');
    }
  }

  logDefaults() {
    for (const [key, { value, names }] of this.plugin.defaults) {
      this.plugin.log.notice(`serverless-karamon: ${key} is ${value} by default${names.length ? ` (${names.join(', ')})` : ''}`);
    }
  }
}

module.exports = Build;

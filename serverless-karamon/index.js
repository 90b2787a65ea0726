'use strict';

// The plugin's interface to Serverless: its commands and its hooks, and the modules that do the work.

const Artifacts = require('./lib/artifacts');
const Build = require('./lib/build');
const { clojureFunctions, environment, isVariable, wire } = require('./lib/functions');
const { dev } = require('./lib/dev');
const { invokeLocal } = require('./lib/invoke');
const { list } = require('./lib/list');
const Offline = require('./lib/offline');
const { defineSchema, readSettings } = require('./lib/settings');

class ServerlessKaramon {
  constructor(serverless, options, utils) {
    this.serverless = serverless;
    this.options = options;
    this.log = utils.log;
    this.progress = utils.progress;
    this.writeText = utils.writeText;
    this.defaults = new Map();

    this.commands = {
      karamon: {
        usage: 'Work with functions written in Clojure',
        commands: {
          dev: {
            usage: 'Serve the functions on this machine like the services that their events declare; saved code is live',
            lifecycleEvents: ['dev'],
            options: {
              port: { usage: 'Port to listen on (default 3000; 0 picks a free one)', shortcut: 'p', type: 'string' },
              host: { usage: 'Address to listen on (default 127.0.0.1)', type: 'string' },
              jwks: { usage: 'File or URL with the keys of tokens, by which JWT authorizers check signatures', type: 'string' },
              origin: { usage: 'Origin of web pages that may open WebSockets, besides those of this machine', type: 'string' },
              schedules: { usage: 'Fire the schedules of the functions', type: 'boolean' },
            },
          },
          list: { usage: 'List the functions written in Clojure', lifecycleEvents: ['list'] },
          build: { usage: 'Build the function package and check that it has each handler', lifecycleEvents: ['build'] },
        },
      },
    };

    const build = () => this.build.run(this.functions());
    this.hooks = {
      initialize: () => {
        this.wire();
        this.warnAboutPatterns();
      },
      'before:package:createDeploymentArtifacts': build,
      'before:deploy:function:packageFunction': async () => {
        if (this.named() && !options['update-config']) await build();
      },
      'before:aws:deploy:deploy:checkForChanges': () => this.artifacts.show(),
      'after:aws:deploy:deploy:checkForChanges': () => this.artifacts.hide(),
      'after:deploy:function:deploy': () => this.logVersionNote(),
      'before:invoke:local:invoke': () => this.takeOverInvokeLocal(),
      'before:offline:start': () => this.offline.start(),
      'before:offline:start:init': () => this.offline.start(),
      'karamon:dev:dev': () => dev(this),
      'karamon:list:list': () => list(this),
      'karamon:build:build': build,
    };

    defineSchema(serverless.configSchemaHandler);
    this.artifacts = new Artifacts(serverless);
    this.build = new Build(this);
    this.offline = new Offline(this);
    this.wire(); // Also here, so that `serverless print` shows the settings.
    if (this.willBuild()) this.build.start();
  }

  /** Returns true if the command needs the function package and the build command is known by now. */
  willBuild() {
    const command = this.serverless.processedInput?.commands?.join(' ');
    const { package: packaged, help, 'update-config': updateConfig } = this.options;
    const builds =
      ['package', 'deploy', 'deploy function', 'karamon build'].includes(command) && !packaged && !help && !updateConfig;
    const any = command === 'deploy function' ? this.named() : this.functions().length > 0;
    return builds && any && !isVariable(this.settings.build);
  }

  /** Returns an error that Serverless prints as a message, without a stack trace. */
  error(message, code = 'KARAMON') {
    return new this.serverless.classes.Error(message, code);
  }

  get folder() {
    return this.serverless.serviceDir;
  }

  /** Returns [name, function] of each function written in Clojure. */
  functions() {
    return clojureFunctions(this.serverless.service);
  }

  /** Returns the function that `--function` names if it is written in Clojure; undefined otherwise. */
  named() {
    return this.functions().find(([name]) => name === this.options.function)?.[1];
  }

  /** Returns this process's environment with the variables of all functions written in Clojure, which one JVM loads. */
  environment() {
    return this.withVariables(environment(this.serverless.service, this.functions()).values);
  }

  /**
   * Returns this process's environment with the variables that all functions written in Clojure share. The gateway gives each
   * function its own. Warns of those that nobody here knows.
   */
  sharedEnvironment() {
    const { shared, unknown } = environment(this.serverless.service, this.functions());
    unknown.forEach((key) => this.log.warning(`${key} isn't set here: only CloudFormation knows its value`));
    return this.withVariables(shared);
  }

  withVariables(variables) {
    const region = this.serverless.getProvider('aws').getRegion();
    return { ...process.env, AWS_REGION: region, AWS_DEFAULT_REGION: region, ...variables };
  }

  wire() {
    const { service } = this.serverless;
    this.settings = readSettings(service, this.folder, (message) => this.error(message, 'KARAMON_SETTING'));
    wire(service, this.settings, this.defaults, (message) => this.error(message, 'KARAMON_FUNCTION'));
  }

  warnAboutPatterns() {
    for (const [name, f] of this.functions().filter(([, f]) => f.package?.patterns)) {
      this.log.warning(
        `functions.${name}.package.patterns add nothing: the build decides which files are in ${f.package.artifact}`,
      );
    }
  }

  takeOverInvokeLocal() {
    const aws = this.serverless.pluginManager.plugins.find((plugin) => typeof plugin.invokeLocal === 'function');
    const theirs = aws.invokeLocal;
    aws.invokeLocal = () => (this.named() ? invokeLocal(this, aws.options) : theirs.call(aws));
  }

  logVersionNote() {
    if (this.named()?.snapStart) {
      this.log.notice(
        `serverless-karamon: ${this.options.function} has SnapStart, so its endpoints run the version that "serverless ` +
          'deploy" published last; "deploy function" changed only $LATEST.',
      );
    }
  }
}

module.exports = ServerlessKaramon;

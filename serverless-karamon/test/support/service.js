'use strict';

// Services in temporary folders, and Serverless on them as a separate process, for each framework that the plugin supports.

const { execFileSync, spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');

const PLUGIN = path.resolve(__dirname, '../..');
const KARAMON = path.dirname(PLUGIN);
const ZIP = path.join(KARAMON, 'example/target/karamon-function.zip');

const FRAMEWORKS = {
  'osls 4': path.join(KARAMON, 'node_modules'),
  'osls 3': path.join(PLUGIN, 'test/frameworks/osls-3/node_modules'),
  'serverless 3': path.join(PLUGIN, 'test/frameworks/serverless-3/node_modules'),
};

const AWS = { AWS_REGION: 'eu-west-1', AWS_EC2_METADATA_DISABLED: 'true' };

function environment(more) {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_PROFILE, ...own } = process.env;
  return {
    ...own,
    ...AWS,
    SLS_TELEMETRY_DISABLED: '1',
    SLS_TRACKING_DISABLED: '1',
    SLS_NOTIFICATIONS_MODE: 'off',
    NO_COLOR: '1',
    ...more,
  };
}

let classpath;

/** Returns the class path of Karamon's commands, which the launcher builds first if it is stale. */
function karamonClasspath() {
  classpath ??= execFileSync(path.join(KARAMON, 'karamon'), ['classpath'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();
  return classpath;
}

const HANDLERS = `(ns shop.core
  (:require [karamon.gateway :refer [defgateway]]))

(defgateway echo [event ctx]
  {:body (:body event)})

(defgateway hello [event ctx]
  {:body {:hello (get-in event [:query :name] "world"), :table (System/getenv "TABLE")}})

(defn plain [event ctx]
  (println "a log line")
  {:name (:function-name ctx), :event event})

(defn boom [event ctx]
  (throw (IllegalStateException. "boom")))
`;

/**
 * Makes a service from the data of a serverless.yml (JSON is YAML) and returns `{ folder, read, run, start, write, remove }`.
 * Its functions are Karamon's example, in the package that Karamon's build made, or those of shop.core, from sources.
 */
function service(framework, config) {
  const modules = FRAMEWORKS[framework];
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'karamon-service-'));
  const write = (name, text) => {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  };
  fs.mkdirSync(path.join(folder, 'node_modules'));
  fs.symlinkSync(PLUGIN, path.join(folder, 'node_modules/serverless-karamon'));
  fs.symlinkSync(path.join(modules, 'serverless-offline'), path.join(folder, 'node_modules/serverless-offline'));
  write('src-clj/shop/core.clj', HANDLERS);
  write('karamon.classpath', karamonClasspath());
  write(
    'serverless.yml',
    JSON.stringify(
      {
        service: 'shop',
        plugins: ['serverless-karamon', 'serverless-offline'],
        ...config,
        provider: { name: 'aws', region: 'eu-west-1', ...config.provider },
        custom: { karamon: { build: false, artifact: ZIP, classpath: 'cat karamon.classpath', ...config.custom?.karamon } },
      },
      null,
      2,
    ),
  );
  const start = (args, { env, ...options } = {}) =>
    spawn(process.execPath, [path.join(modules, 'serverless/bin/serverless.js'), ...args], {
      cwd: folder,
      env: environment(env),
      ...options,
    });
  return {
    folder,
    write,
    start,
    read: (name) => fs.readFileSync(path.join(folder, name), 'utf8'),
    run: (args, { input = '', env } = {}) => finished(start(args, { env }), input),
    remove: () => fs.rmSync(folder, { recursive: true, force: true }),
  };
}

/** Returns a promise of a process's exit code and output. `input` is its standard input. */
function finished(child, input = '') {
  return new Promise((resolve, reject) => {
    const text = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text.out += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      text.err += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...text, all: text.out + text.err }));
    child.stdin.end(input);
  });
}

/** Returns a promise of the first match of `pattern` in a process's output or errors. Rejects if it ends, or after a minute. */
function printed(child, pattern) {
  return new Promise((resolve, reject) => {
    let text = '';
    const late = () => reject(new Error(`It hasn't printed ${pattern}:\n${text}`));
    setTimeout(late, 60_000).unref();
    const take = (chunk) => {
      text += chunk;
      const found = pattern.exec(text);
      if (found) resolve(found);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('exit', (code) => reject(new Error(`It ended with ${code} and never printed ${pattern}:\n${text}`)));
  });
}

/** Returns a promise of a free port. */
function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Returns the ids of a process's children, their children, and so on. */
function descendants(pid) {
  const pairs = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent) => pairs.filter(([, ppid]) => ppid === parent).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Waits until none of `pids` is alive; rejects after ten seconds. */
async function allEnded(pids) {
  for (let tries = 0; tries < 100; tries++) {
    if (!pids.some(alive)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`Still running: ${pids.filter(alive).join(', ')}`);
}

module.exports = { FRAMEWORKS, KARAMON, ZIP, allEnded, descendants, freePort, printed, service };

'use strict';

// Runs shell commands, such as builds, and leaves none of them running.

const { spawn } = require('node:child_process');

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const GROUPS = process.platform !== 'win32';

/**
 * Returns the exit code of a process and what it printed, as `{ code, out, err, all }`; `all` has both in their order.
 * A command that can't be started rejects.
 */
function finished(child) {
  return new Promise((resolve, reject) => {
    const text = { out: '', err: '', all: '' };
    for (const name of ['out', 'err']) {
      child[`std${name}`]?.setEncoding('utf8').on('data', (chunk) => {
        text[name] += chunk;
        text.all += chunk;
      });
    }
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code: code ?? signal, ...text }));
  });
}

// Ends a command and what it started when this process ends, by itself or by a signal; returns what calls that off.
function endWithThisProcess(child) {
  const end = () => {
    try {
      GROUPS ? process.kill(-child.pid) : child.kill();
    } catch {
      // It has ended already.
    }
  };
  const onSignal = (signal) => {
    callOff();
    end();
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  const callOff = () => {
    process.off('exit', end);
    SIGNALS.forEach((signal) => process.off(signal, onSignal));
  };
  process.on('exit', end);
  SIGNALS.forEach((signal) => process.on(signal, onSignal));
  return callOff;
}

/**
 * Starts a shell command in a folder and returns what waits for it, and gives its result as `finished` does. While nobody
 * waits, the command doesn't keep this process.
 */
function startShell(command, cwd) {
  const child = spawn(command, { cwd, shell: true, detached: GROUPS, stdio: ['ignore', 'pipe', 'pipe'] });
  const handles = [child, child.stdout, child.stderr];
  handles.forEach((handle) => handle.unref());
  const result = finished(child).finally(endWithThisProcess(child));
  result.catch(() => {}); // told to whoever waits
  return () => {
    handles.forEach((handle) => handle.ref());
    return result;
  };
}

/** Runs a shell command in a folder, as `finished` tells. */
function runShell(command, cwd) {
  return startShell(command, cwd)();
}

module.exports = { finished, runShell, startShell };

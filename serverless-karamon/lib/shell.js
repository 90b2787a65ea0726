'use strict';

// Runs shell commands, such as builds, and leaves none of them running.

const { spawn } = require('node:child_process');

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const GROUPS = process.platform !== 'win32';

/**
 * Returns a promise of a process's exit code and output, `{ code, out, err, all }`; `all` is both outputs in the order printed.
 * Rejects if the process can't be started.
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

/** Calls `end` once when this process exits or gets a signal. Returns a function that cancels this. */
function onEnd(end) {
  const onSignal = (signal) => {
    cancel();
    end();
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  const cancel = () => {
    process.off('exit', end);
    SIGNALS.forEach((signal) => process.off(signal, onSignal));
  };
  process.on('exit', end);
  SIGNALS.forEach((signal) => process.on(signal, onSignal));
  return cancel;
}

// Kills a command and its child processes.
function kill(child) {
  try {
    GROUPS ? process.kill(-child.pid) : child.kill();
  } catch {
    // It has ended already.
  }
}

function start(command, args, options) {
  const child = spawn(command, args, { ...options, detached: GROUPS, stdio: ['ignore', 'pipe', 'pipe'] });
  const handles = [child, child.stdout, child.stderr];
  handles.forEach((handle) => handle.unref());
  const result = finished(child).finally(onEnd(() => kill(child)));
  result.catch(() => {}); // the function that waits rejects
  return () => {
    handles.forEach((handle) => handle.ref());
    return result;
  };
}

/**
 * Starts a shell command in a folder. Returns a function that waits for it and returns the result of `finished`. Until that is
 * called, a running command doesn't keep this process from exiting.
 */
function startShell(command, cwd) {
  return start(command, [], { cwd, shell: true });
}

/** Runs a shell command, which a user has written, in a folder. Returns the result of `finished`. */
function runShell(command, cwd) {
  return startShell(command, cwd)();
}

/** Runs a program in a folder, without a shell. Returns the result of `finished`. */
function runProgram(program, args, cwd) {
  return start(program, args, { cwd, shell: !GROUPS })(); // Windows runs Maven's mvn.cmd only in a shell
}

module.exports = { finished, onEnd, runProgram, runShell, startShell };

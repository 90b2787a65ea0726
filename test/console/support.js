// The local gateway as a process, and Chromium. KARAMON names another command line, CHROMIUM another browser.
'use strict';

const { spawn } = require('node:child_process');
const path = require('node:path');
const { chromium } = require('playwright-core');

const karamon = process.env.KARAMON ?? path.join(__dirname, '../../karamon');
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

// Starts the gateway in a folder. Resolves to its address, once it prints that, and a function that stops it.
function serve(cwd, ...more) {
  return new Promise((resolve, reject) => {
    const child = spawn(karamon, ['serve', '--port', '0', '--sources', 'src', ...more], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = (code) => reject(new Error(`serve ended with ${code}:\n${text}`));
    const stop = () => child.off('exit', ended) && child.kill();
    let text = '';
    const read = (chunk) => {
      text += chunk;
      const found = /Console: (http:\/\/127\.0\.0\.1:\d+)\/_karamon\//.exec(text);
      if (found) resolve({ base: found[1], stop });
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('exit', ended);
  });
}

// Runs a command of karamon, and resolves to its exit code and output.
function run(command, args, cwd = __dirname) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('close', (code) => resolve({ code, output }));
  });
}

const launch = () =>
  chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

module.exports = { karamon, launch, run, serve };

'use strict';

// What Maven prints when a build fails ends with its own stack trace and with advice on Maven: neither is about the project.

const FRAME = /^\s+at (org\.apache\.|org\.codehaus\.|java\.|jdk\.|sun\.)/;
const ADVICE = /^\[ERROR\] *($|-> \[Help|\[Help|To see the full stack trace|Re-run Maven|For more information)/;
const COLOURS = /\u001b\[[0-9;]*m/g;

/** Returns what a build printed without those lines. */
function buildOutput(text) {
  return text
    .replace(COLOURS, '')
    .split('\n')
    .filter((line) => !FRAME.test(line) && !ADVICE.test(line))
    .join('\n')
    .trim();
}

module.exports = { buildOutput };

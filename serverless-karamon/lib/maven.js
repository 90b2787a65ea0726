'use strict';

// Removes Maven's own stack traces and its advice about Maven from the output of a failed build: neither is about the project.

const FRAME = /^\s+at (org\.apache\.|org\.codehaus\.|java\.|jdk\.|sun\.)/;
const ADVICE = /^\[ERROR\] *($|-> \[Help|\[Help|To see the full stack trace|Re-run Maven|For more information)/;
const COLOURS = /\u001b\[[0-9;]*m/g;

/** Returns the output of a build without those lines and without colours. */
function buildOutput(text) {
  return text
    .replace(COLOURS, '')
    .split('\n')
    .filter((line) => !FRAME.test(line) && !ADVICE.test(line))
    .join('\n')
    .trim();
}

module.exports = { buildOutput };

'use strict';

// Folders for temporary files.

const fs = require('node:fs');
const { onEnd } = require('./shell');

/**
 * Calls `f` with a new folder, which nobody else can read and whose name begins with `prefix`. Returns what `f` returns. Deletes the
 * folder afterwards, or when this process ends.
 */
async function inTemporaryFolder(prefix, f) {
  const folder = fs.mkdtempSync(prefix);
  const remove = () => fs.rmSync(folder, { recursive: true, force: true });
  const cancel = onEnd(remove);
  try {
    return await f(folder);
  } finally {
    cancel();
    remove();
  }
}

module.exports = { inTemporaryFolder };

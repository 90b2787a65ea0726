'use strict';

// What `serverless print` finds for the variables in test/variables. Karamon's own reader is tested against the same file.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { FRAMEWORKS } = require('./support/service');

const FOLDER = path.join(__dirname, 'variables');

test('print.json is what osls prints', () => {
  const serverless = path.join(FRAMEWORKS['osls 4'], '.bin/serverless');
  const args = ['print', '--format', 'json', '--stage', 'prod', '--param=q=Q=1'];
  const printed = execFileSync(serverless, args, { cwd: FOLDER, encoding: 'utf8' });
  assert.deepEqual(JSON.parse(printed), JSON.parse(fs.readFileSync(path.join(FOLDER, 'print.json'), 'utf8')));
});

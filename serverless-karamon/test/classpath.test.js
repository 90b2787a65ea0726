'use strict';

// The class path of a project whose path a shell would evaluate; Maven is a program of ours.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { devClasspath } = require('../lib/classpath');
const { buildTool, sourceFolders } = require('../lib/tools');
const { allEnded, printed } = require('./support/service');

const MAVEN = `#!/usr/bin/env node
const fs = require('node:fs');
if (fs.existsSync('broken')) {
  console.log('[ERROR] broken');
  process.exit(1);
}
const file = process.argv.find((argument) => argument.startsWith('-Dmdep.outputFile=')).split('=')[1];
fs.mkdirSync('target/classes', { recursive: true });
fs.writeFileSync(file, 'a.jar:b c.jar');
fs.writeFileSync('mode', (fs.statSync(require('node:path').dirname(file)).mode & 0o777).toString(8));
`;

/** Returns a project in a new folder, `{ folder, plugin, remove }`, and puts our Maven first on the PATH until `remove`. */
function project(name) {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'karamon-classpath-'));
  const folder = path.join(root, name);
  fs.mkdirSync(path.join(root, 'bin'));
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, 'pom.xml'), '<project/>');
  fs.writeFileSync(path.join(root, 'bin/mvn'), MAVEN, { mode: 0o755 });
  const before = process.env.PATH;
  process.env.PATH = `${path.join(root, 'bin')}:${before}`;
  const plugin = {
    folder,
    settings: { sources: ['src-clj'] },
    serverless: { service: {} },
    error: (message, code) => Object.assign(new Error(message), { code }),
  };
  const remove = () => {
    process.env.PATH = before;
    fs.rmSync(root, { recursive: true, force: true });
  };
  return { root, folder, plugin, remove };
}

test('no shell evaluates the path of a project', async (t) => {
  for (const name of ['proj$(touch there)', '`touch there`', '"; touch there; "', "it's a project"]) {
    const { folder, plugin, remove } = project(name);
    t.after(remove);
    const expected = ['src-clj', 'target/classes'].map((folderName) => path.join(folder, folderName));
    assert.deepEqual(await devClasspath(plugin), [...expected, 'a.jar', 'b c.jar'], name);
    assert.deepEqual(fs.readdirSync(folder).sort(), ['mode', 'pom.xml', 'target'], name);
    remove();
  }
});

test('the class path is written where nobody else can plant a link, and then moved', async (t) => {
  const { folder, plugin, remove } = project('project');
  t.after(remove);
  const precious = path.join(folder, 'precious');
  fs.writeFileSync(precious, 'mine');
  fs.mkdirSync(path.join(folder, 'target'));
  for (const name of [`serverless-karamon.classpath.${process.pid}`, 'serverless-karamon.classpath']) {
    fs.symlinkSync(precious, path.join(folder, 'target', name));
  }
  fs.utimesSync(precious, 0, 0);
  await devClasspath(plugin);
  assert.equal(fs.readFileSync(precious, 'utf8'), 'mine');
  assert.equal(fs.readFileSync(path.join(folder, 'mode'), 'utf8'), '700');
  const names = ['classes', 'serverless-karamon.classpath', `serverless-karamon.classpath.${process.pid}`];
  assert.deepEqual(fs.readdirSync(path.join(folder, 'target')).sort(), names);
});

test('the build tool and the sources are those whose files are there', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'karamon-tools-'));
  const found = () => [buildTool(folder).file, ...sourceFolders(folder)];
  try {
    assert.deepEqual(found(), ['pom.xml', 'src-clj']);
    fs.mkdirSync(path.join(folder, 'src'));
    fs.writeFileSync(path.join(folder, 'project.clj'), '');
    assert.deepEqual(found(), ['project.clj', 'src']);
    fs.writeFileSync(path.join(folder, 'deps.edn'), '');
    fs.mkdirSync(path.join(folder, 'src-clj'));
    assert.deepEqual(found(), ['deps.edn', 'src-clj', 'src']);
    fs.mkdirSync(path.join(folder, 'src/main'));
    assert.deepEqual(found(), ['deps.edn', 'src-clj']);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test('a failed build is reported and leaves nothing', async (t) => {
  const { folder, plugin, remove } = project('project');
  t.after(remove);
  fs.writeFileSync(path.join(folder, 'broken'), '');
  await assert.rejects(devClasspath(plugin), {
    code: 'KARAMON_BUILD',
    message: /^The build failed \(exit code 1\): mvn -B .*\n\n\[ERROR\] broken$/,
  });
  assert.deepEqual(fs.readdirSync(path.join(folder, 'target')), []);
  process.env.PATH = path.join(folder, 'nowhere');
  await assert.rejects(devClasspath(plugin), { code: 'KARAMON_BUILD', message: 'No mvn found: install Maven, 3.8 or later' });
});

test('a signal deletes temporary folders', async (t) => {
  const { folder, remove } = project('project');
  t.after(remove);
  const temporary = path.resolve(__dirname, '../lib/temporary.js');
  const code = `require(${JSON.stringify(temporary)}).inTemporaryFolder('./t-', (f) => {
    require('node:fs').writeFileSync(f + '/a', 'a');
    console.log('ready');
    return new Promise((resolve) => setTimeout(resolve, 60000));
  })`;
  for (const signal of ['SIGINT', 'SIGTERM']) {
    const child = spawn(process.execPath, ['-e', code], { cwd: folder });
    await printed(child, /ready/);
    assert.deepEqual(fs.readdirSync(folder).filter((name) => name.startsWith('t-')).length, 1);
    child.kill(signal);
    await allEnded([child.pid]);
    assert.deepEqual(fs.readdirSync(folder), ['pom.xml'], signal);
  }
});

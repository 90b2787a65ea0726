'use strict';

// `serverless invoke local`: runs handlers from their sources in a JVM.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { FRAMEWORKS, KARAMON, service } = require('./support/service');

const functions = {
  hello: { clj: 'shop.core/hello', memorySize: 512, environment: { TABLE: 'shop' } },
  plain: { clj: 'shop.core/plain' },
  boom: { clj: 'shop.core/boom' },
  other: { handler: 'other.main', runtime: 'nodejs20.x' },
};

const event = fs.readFileSync(path.join(KARAMON, 'example/events/hello.json'), 'utf8');

for (const framework of Object.keys(FRAMEWORKS)) {
  test(`${framework}: the event comes from --data, --path or standard input`, async (t) => {
    const shop = service(framework, { functions });
    t.after(shop.remove);
    shop.write('event.json', event);
    const invoke = ['invoke', 'local', '-f', 'hello'];
    for (const result of [
      await shop.run([...invoke, '--data', event]),
      await shop.run([...invoke, '--path', 'event.json']),
      await shop.run(invoke, { input: event }),
    ]) {
      assert.equal(result.code, 0, result.all);
      const { statusCode, body } = JSON.parse(result.out);
      assert.deepEqual([statusCode, JSON.parse(body)], [200, { hello: 'hoge', table: 'shop' }]);
    }
  });
}

test('--env takes precedence over the environment of the function', async (t) => {
  const shop = service('osls 4', { functions });
  t.after(shop.remove);
  const { out } = await shop.run(['invoke', 'local', '-f', 'hello', '--data', event, '--env', 'TABLE=other']);
  assert.equal(JSON.parse(JSON.parse(out).body).table, 'other');
});

test('the output of a handler stays out of the result', async (t) => {
  const shop = service('osls 4', { functions });
  t.after(shop.remove);
  const { code, out, err } = await shop.run(['invoke', 'local', '-f', 'plain', '-d', '{"a":1}']);
  assert.equal(code, 0, err);
  assert.deepEqual(JSON.parse(out), { name: 'shop-dev-plain', event: { a: 1 } });
  assert.match(err, /a log line/);
});

test('a failure is reported, with an exit code other than 0', async (t) => {
  const shop = service('osls 4', { functions });
  t.after(shop.remove);
  const run = async (...args) => {
    const { code, all } = await shop.run(['invoke', 'local', ...args]);
    assert.notEqual(code, 0, all);
    return all;
  };
  const boom = await run('-f', 'boom', '-d', '{}');
  assert.match(boom, /shop\.core\/boom threw java\.lang\.IllegalStateException: boom/);
  assert.match(boom, /boom \(shop\.core\/boom\) failed: see above/);
  assert.match(await run('-f', 'hello', '-d', '{}'), /This event isn't from an HTTP source/);
  assert.match(await run('-f', 'hello', '-d', 'text'), /isn't JSON/);
  assert.match(await run('-f', 'hello', '-d', '{}', '--context', '{}'), /--context is for other languages/);
  assert.match(await run('-f', 'hello', '-d', '{}', '--docker'), /--docker can't run functions written in Clojure/);
});

test('functions in other languages are invoked by Serverless itself', async (t) => {
  const shop = service('osls 4', { functions });
  t.after(shop.remove);
  shop.write('other.js', 'exports.main = async (event) => ({ got: event });');
  const { code, out, all } = await shop.run(['invoke', 'local', '-f', 'other', '-d', '{"a":1}']);
  assert.equal(code, 0, all);
  assert.deepEqual(JSON.parse(out), { got: { a: 1 } });
});

test('errors about the class path name the setting', async (t) => {
  const shop = service('osls 4', { functions, custom: { karamon: { classpath: 'echo wrong; exit 4' } } });
  t.after(shop.remove);
  assert.match(
    (await shop.run(['invoke', 'local', '-f', 'hello', '-d', event])).all,
    /No class path \(exit code 4\): echo wrong; exit 4\nSet custom\.karamon\.classpath to another command that prints it\.\n\nwrong/,
  );
  const bare = service('osls 4', { functions, custom: { karamon: { classpath: undefined } } });
  t.after(bare.remove);
  assert.match(
    (await bare.run(['invoke', 'local', '-f', 'hello', '-d', event])).all,
    /There is no deps\.edn, project\.clj or pom\.xml in .*: set custom\.karamon\.classpath/,
  );
});

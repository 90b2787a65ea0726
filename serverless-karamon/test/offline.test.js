'use strict';

// `serverless offline` and `serverless karamon dev`: saved code is live, and nothing is left running.

const assert = require('node:assert/strict');
const test = require('node:test');
const { setTimeout: sleep } = require('node:timers/promises');
const { FRAMEWORKS, allEnded, descendants, freePort, printed, service } = require('./support/service');

const functions = {
  echo: { clj: 'shop.core/echo', events: [{ http: 'POST /echo' }, { httpApi: 'POST /echo2' }] },
  hello: { clj: 'shop.core/hello', environment: { TABLE: 'shop' }, events: [{ http: 'GET /hello' }] },
  other: { handler: 'other.main', runtime: 'nodejs20.x', events: [{ http: 'GET /other' }] },
};

// Writes a file of the service, and waits until the server has had time to see it: it looks at most every 50 ms.
async function save(shop, file, text) {
  shop.write(file, text);
  await sleep(100);
}

// Starts serverless-offline on free ports. Returns a function that sends it requests, its process and the ids of all processes.
async function offline(t, framework, command = ['offline'], config = { functions }) {
  const shop = service(framework, config);
  t.after(shop.remove);
  shop.write('other.js', "exports.main = async () => ({ statusCode: 200, body: 'from node' });");
  const [port, lambdaPort] = [await freePort(), await freePort()];
  const base = `http://127.0.0.1:${port}`;
  const child = shop.start([
    ...command,
    '--host',
    '127.0.0.1',
    '--httpPort',
    `${port}`,
    '--lambdaPort',
    `${lambdaPort}`,
    '--noPrependStageInUrl',
  ]);
  t.after(() => child.kill('SIGKILL'));
  await printed(child, /Server ready/);
  const ask = async (path, options) => (await fetch(base + path, options)).text();
  return { shop, child, ask, all: [child.pid, ...descendants(child.pid)] };
}

for (const framework of Object.keys(FRAMEWORKS)) {
  test(`${framework}: offline answers from one JVM, saved code is live, and no process is left`, async (t) => {
    const { shop, child, ask, all } = await offline(t, framework);
    assert.equal(all.length, 2, 'one JVM');
    assert.equal(await ask('/hello?name=hoge'), '{"hello":"hoge","table":"shop"}');
    assert.equal(await ask('/hello?name=%E5%A4%AA%E9%83%8E'), '{"hello":"太郎","table":"shop"}');
    for (const path of ['/echo', '/echo2']) {
      assert.equal(
        await ask(path, { method: 'POST', body: '{"a":"太郎"}', headers: { 'content-type': 'application/json' } }),
        '{"a":"太郎"}',
      );
    }
    assert.equal(await ask('/other'), 'from node');

    const file = 'src-clj/shop/core.clj';
    const good = shop.read(file);
    await save(shop, file, good.replace('"world"', '"Welt!"'));
    assert.equal(await ask('/hello'), '{"hello":"Welt!","table":"shop"}');
    await save(shop, file, good.replace('(defgateway hello', '(defgateway hello ('));
    assert.match(await ask('/hello'), /shop\.core doesn't load/);
    await save(shop, file, good);
    assert.equal(await ask('/hello'), '{"hello":"world","table":"shop"}');

    child.kill('SIGINT');
    await allEnded(all);
  });
}

for (const signal of ['SIGTERM', 'SIGKILL']) {
  test(`offline start leaves nothing running after ${signal}`, async (t) => {
    const { child, ask, all } = await offline(t, 'osls 4', ['offline', 'start']);
    assert.equal(await ask('/hello'), '{"hello":"world","table":"shop"}');
    assert.equal(all.length, 2, 'one JVM');
    child.kill(signal);
    await allEnded(all);
  });
}

test('when the JVM dies, offline logs an error and ends', async (t) => {
  const { child, all } = await offline(t, 'osls 4');
  const logged = printed(child, /The JVM that runs the handlers has ended \(SIGKILL\)/);
  process.kill(all[1], 'SIGKILL');
  await logged;
  await allEnded(all);
});

test('a missing handler is an error, and the others answer', async (t) => {
  const { ask } = await offline(t, 'osls 4', ['offline'], {
    functions: { ...functions, helo: { clj: 'shop.core/helo', events: [{ http: 'GET /helo' }] } },
  });
  assert.equal(await ask('/hello'), '{"hello":"world","table":"shop"}');
  assert.match(await ask('/helo'), /Did you mean hello\?/);
});

test('each function of karamon dev has its own environment variables', async (t) => {
  const shop = service('osls 4', {
    functions: {
      hello: functions.hello,
      other: {
        clj: 'shop.core/hello',
        events: [{ http: 'GET /other' }],
        environment: { TABLE: 'other', QUEUE: { Ref: 'Queue' } },
      },
    },
  });
  t.after(shop.remove);
  const child = shop.start(['karamon', 'dev', '--port', '0']);
  t.after(() => child.kill('SIGKILL'));
  const [[, url]] = await Promise.all([
    printed(child, /(http:\S+)\/other[^]*Saved code is live/),
    printed(child, /Functions have different values of TABLE: each has its own while it runs/),
    printed(child, /QUEUE isn't set here: only CloudFormation knows its value/),
  ]);
  assert.equal(await (await fetch(`${url}/hello`)).text(), '{"hello":"world","table":"shop"}');
  assert.equal(await (await fetch(`${url}/other`)).text(), '{"hello":"world","table":"other"}');
  child.kill('SIGTERM');
});

test('each function of offline has its own environment variables', async (t) => {
  const { ask } = await offline(t, 'osls 4', ['offline'], {
    functions: {
      ...functions,
      other: { clj: 'shop.core/hello', events: [{ http: 'GET /other' }], environment: { TABLE: 'other' } },
    },
  });
  assert.equal(await ask('/other'), '{"hello":"world","table":"other"}');
  assert.equal(await ask('/hello'), '{"hello":"world","table":"shop"}');
});

test("a terminal's Ctrl-C, which reaches the JVM too, ends karamon dev without an error", async (t) => {
  const shop = service('osls 4', { functions: { hello: functions.hello } });
  t.after(shop.remove);
  const child = shop.start(['karamon', 'dev', '--port', '0'], { detached: true });
  t.after(() => child.kill('SIGKILL'));
  await printed(child, /Saved code is live/);
  let after = '';
  child.stderr.on('data', (chunk) => (after += chunk));
  const ended = new Promise((resolve) => child.on('close', resolve));
  process.kill(-child.pid, 'SIGINT');
  await ended;
  assert.doesNotMatch(after, /Error|^ +at /m);
});

test('a missing source folder is an error', async (t) => {
  const shop = service('osls 4', { functions, custom: { karamon: { sources: ['src-clj', 'scr'] } } });
  t.after(shop.remove);
  assert.match((await shop.run(['karamon', 'dev'])).all, /custom\.karamon\.sources has scr: there is no such folder/);
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL']) {
  test(`karamon dev serves the service as Serverless reads it, and ends with ${signal}`, async (t) => {
    const shop = service('osls 4', { functions: { hello: { ...functions.hello, events: [{ http: 'GET /${self:service}' }] } } });
    t.after(shop.remove);
    const child = shop.start(['karamon', 'dev', '--port', '0']);
    t.after(() => child.kill('SIGKILL'));
    const [, url] = await printed(child, /GET +(http:\S+\/shop) +REST API +shop\.core\/hello[^]*Saved code is live/);
    const all = [child.pid, ...descendants(child.pid)];
    assert.equal(await (await fetch(url)).text(), '{"hello":"world","table":"shop"}');
    child.kill(signal);
    await allEnded(all);
  });
}

test('karamon dev prints the errors of the local gateway', async (t) => {
  const shop = service('osls 4', { functions });
  t.after(shop.remove);
  const { code, all } = await shop.run(['karamon', 'dev', '--port', 'x']);
  assert.notEqual(code, 0);
  assert.match(all, /must be a number from 0 to 65535/);
});

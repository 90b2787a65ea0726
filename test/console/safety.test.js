// What the console keeps from others: secrets, markup, and pages of other origins.
'use strict';

const assert = require('node:assert/strict');
const http = require('node:http');
const { test } = require('node:test');
const { choose, clipboard, greet, pane, raw, rows, view } = require('./view');

const attack = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;

test('secrets are masked until they are asked for', async () => {
  await greet('masked');
  await choose('/greet/masked');
  const shown = () => view.page.locator('#detail').innerText();
  assert.doesNotMatch(await shown(), /t0ps3cret|s3cr3t/);
  await view.page.getByRole('button', { name: 'Copy as curl' }).click();
  assert.doesNotMatch(await clipboard(), /t0ps3cret/);
  await view.page.getByRole('button', { name: 'Show secrets' }).click();
  await view.page.waitForFunction(() => document.querySelector('#detail').innerText.includes('t0ps3cret'));
  assert.match(await shown(), /session=s3cr3t/);
});

test('markup in path, query, header, body and log stays text', async () => {
  await greet(attack, { mood: attack, body: attack, headers: { 'x-test': attack } });
  // Not the row before it, which may still be the newest.
  await choose('/greet/%3Cimg');
  for (const name of ['Event', 'Request map', 'Response map', 'Reply']) assert.match(await pane(name).innerText(), /<img src=x/);
  assert.match(await view.page.locator('pre.log').innerText(), /<img src=x/);
  assert.equal(await view.page.locator('img').count(), 0);
  assert.equal(await view.page.title(), 'Karamon console');
  assert.deepEqual(view.problems, []);
});

test('a browser that asks for / sees the routes, other clients see JSON', async () => {
  const { status, headers, text } = await raw({ path: '/' });
  assert.deepEqual([status, headers['content-type'], JSON.parse(text).message], [404, 'application/json', 'No route for GET /']);
  await view.page.goto(view.base);
  await view.page.getByRole('cell', { name: 'kiosk.core/count-up' }).waitFor();
  if (process.env.SCREENSHOTS) await view.page.screenshot({ path: `${process.env.SCREENSHOTS}/routes.png` });
  await view.page.getByRole('link', { name: 'console' }).click();
  await view.page.locator('#state.live').waitFor();
  assert.equal(
    await rows()
      .filter({ hasText: /404\s+GET\s+\/\s/ })
      .count(),
    0,
  );
});

test('foreign pages, hosts and actions without the token are refused', async () => {
  const json = { 'content-type': 'application/json' };
  const own = { ...json, 'x-karamon-token': await view.page.locator('meta[name=karamon-token]').getAttribute('content') };
  const send = (path, headers, body) => raw({ path: `/_karamon/${path}`, method: body ? 'POST' : 'GET', headers }, body);
  for (const place of ['', 'requests', 'requests/1', 'functions', 'samples/sqs', 'events']) {
    assert.equal((await send(place, { host: 'evil.example' })).status, 421, place);
    assert.equal((await send(place, { origin: 'http://evil.example' })).status, 403, place);
    assert.equal((await send(place, { 'sec-fetch-site': 'cross-site' })).status, 403, place);
  }
  for (const [action, body] of Object.entries({ replay: '{"id":1}', send: '{"function":"count","event":{}}', clear: '{}' })) {
    assert.equal((await send(action, json, body)).status, 403, action);
    assert.equal((await send(action, { ...json, 'x-karamon-token': 'x' }, body)).status, 403, action);
    assert.equal((await send(action, { ...own, origin: 'http://evil.example' }, body)).status, 403, action);
    assert.equal((await send(action, { ...own, 'content-type': 'text/plain' }, body)).status, 415, action);
  }
  assert.equal((await send('requests/1?secrets=true', {})).status === 200, false);
  const policy = (await send('', {})).headers['content-security-policy'];
  assert.match(policy, /default-src 'none'; script-src 'nonce-[\w-]{22}'/);
  assert.doesNotMatch(policy, /unsafe/);
  const foreign = http.createServer((_, response) => response.setHeader('content-type', 'text/html').end('<p>foreign'));
  await new Promise((resolve) => foreign.listen(0, '127.0.0.1', resolve));
  const other = await view.context.newPage();
  await other.goto(`http://127.0.0.1:${foreign.address().port}/`);
  const read = (url) =>
    other.evaluate(
      (u) =>
        fetch(u).then(
          (r) => r.text(),
          () => 'refused',
        ),
      url,
    );
  assert.equal(await read(`${view.base}/_karamon/requests`), 'refused');
  assert.equal(await read(`${view.base}/_karamon/`), 'refused');
  foreign.close();
});

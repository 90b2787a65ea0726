// The console of the local gateway in Chromium.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { after, before, beforeEach, test } = require('node:test');
const { karamon, launch, run, serve } = require('./support');

const attack = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
let gateway, base, port, browser, context, page, problems;

// A request with any headers, as fetch can't make it.
function raw(options, body) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, ...options }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

before(async () => {
  [gateway, browser] = await Promise.all([serve(__dirname), launch()]);
  base = gateway.base;
  port = Number(new URL(base).port);
});

after(async () => {
  await browser?.close();
  gateway?.stop();
});

async function open(options = {}) {
  await context?.close();
  context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  });
  page = await context.newPage();
  page.setDefaultTimeout(10000);
  problems = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  await page.goto(`${base}/_karamon/`);
  await page.locator('#state.live').waitFor();
}

beforeEach(() => open());

const rows = () => page.locator('#rows tr');
const pane = (name) =>
  page
    .locator('section.pane', { has: page.getByRole('heading', { name, exact: true }) })
    .locator('pre')
    .first();
const clipboard = () => page.evaluate(() => navigator.clipboard.readText());

async function choose(text) {
  await rows().filter({ hasText: text }).first().locator('button').click();
  await page.locator('#detail h2').filter({ hasText: text }).waitFor();
}

function greet(name, { mood = 'fine', body = 'hi', headers = {} } = {}) {
  return fetch(`${base}/greet/${encodeURIComponent(name)}?mood=${encodeURIComponent(mood)}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'text/plain', authorization: 'Bearer t0ps3cret', ...headers },
  });
}

test('a request appears live, and its panes hold the event, the maps and the reply', async () => {
  await greet('live');
  await rows().filter({ hasText: '/greet/live' }).waitFor();
  assert.match(
    await rows().first().innerText(),
    /201\s+POST\s+\/greet\/live\?mood=fine\s+REST API\s+greet\s+[\d.]+\s+(cold|warm)/,
  );
  await choose('/greet/live');
  assert.match(await pane('Event').innerText(), /"resource" "\/greet\/\{name\}"/);
  assert.match(await pane('Request map').innerText(), /:path-parameters \{:name "live"\}/);
  assert.match(await pane('Response map').innerText(), /\{:status 201/);
  assert.match(await pane('Reply').innerText(), /"statusCode" 201/);
  assert.match(await page.locator('pre.log').innerText(), /greeting \{"name":"live","body":"hi"\}/);
  await page.getByRole('button', { name: 'JSON', exact: true }).click();
  const event = JSON.parse(await pane('Event').innerText());
  assert.deepEqual(event.multiValueQueryStringParameters, { mood: ['fine'] });
  assert.equal(JSON.parse(await pane('Request map').innerText())['path-parameters'].name, 'live');
  await page.getByRole('button', { name: 'Copy Reply' }).click();
  assert.equal(JSON.parse(await clipboard()).statusCode, 201);
  assert.deepEqual(problems, []);
});

test('secrets are masked until they are asked for', async () => {
  await greet('masked');
  await choose('/greet/masked');
  const shown = () => page.locator('#detail').innerText();
  assert.doesNotMatch(await shown(), /t0ps3cret|s3cr3t/);
  await page.getByRole('button', { name: 'Copy as curl' }).click();
  assert.doesNotMatch(await clipboard(), /t0ps3cret/);
  await page.getByRole('button', { name: 'Show secrets' }).click();
  await page.waitForFunction(() => document.querySelector('#detail').innerText.includes('t0ps3cret'));
  assert.match(await shown(), /session=s3cr3t/);
});

test('a replay calls the function again, and an edited event changes the answer', async () => {
  await fetch(`${base}/count`);
  await choose('/count');
  const counted = async () => Number(/"count\\":(\d+)/.exec(await pane('Reply').innerText())[1]);
  const first = await counted();
  await page.getByRole('button', { name: 'Replay' }).click();
  await page.locator('#detail').filter({ hasText: 'sent from request' }).waitFor();
  assert.equal(await counted(), first + 1);
  await greet('edited');
  await choose('/greet/edited');
  await page.getByRole('button', { name: 'Edit and send…' }).click();
  await page.locator('dialog[open]').waitFor();
  const editor = page.getByLabel('Event (JSON)');
  const event = JSON.parse(await editor.inputValue());
  assert.equal(event.headers.Authorization, 'Bearer t0ps3cret');
  event.body = 'changed';
  await editor.fill(JSON.stringify(event));
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.locator('#detail').filter({ hasText: 'sent from request' }).waitFor();
  assert.match(await pane('Reply').innerText(), /\\"body\\":\\"changed\\"/);
});

test('any function is invoked with a sample event, and an event that is not JSON is an error in the form', async () => {
  await page.getByRole('button', { name: 'Invoke a function…' }).click();
  await page.locator('dialog[open]').waitFor();
  await page.getByLabel('Function', { exact: true }).selectOption('settle');
  const editor = page.getByLabel('Event (JSON)');
  await editor.fill('{');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  assert.match(await page.locator('#form-error').innerText(), /isn't JSON/);
  await page.getByLabel('Sample event').selectOption('sqs');
  await page.waitForFunction(() => document.querySelector('#form-event').value.includes('aws:sqs'));
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.locator('#detail h2').filter({ hasText: 'EVENT settle' }).waitFor();
  assert.match(await pane('Reply').innerText(), /\{"settled" \d\}/);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save event' }).click()]);
  assert.equal(JSON.parse(fs.readFileSync(await download.path(), 'utf8')).Records[0].eventSource, 'aws:sqs');
});

test('what was thrown comes with the lines of the source', async () => {
  await fetch(`${base}/fail`);
  await choose('/fail');
  const thrown = page.getByRole('region', { name: 'Thrown' });
  assert.match(await thrown.innerText(), /java\.lang\.ArithmeticException: Divide by zero/);
  assert.match(await thrown.locator('li.own').first().innerText(), /kiosk\.core\/price \(src\/kiosk\/core\.clj:\d+\)/);
  assert.match(await thrown.locator('.at').first().innerText(), /\(\/ 100 n\)/);
});

test('copied tests pass in a test namespace', async () => {
  const texts = [];
  await greet('tested');
  await fetch(`${base}/fail`);
  for (const name of ['/greet/tested', '/fail']) {
    await choose(name);
    await page.getByRole('button', { name: 'Show secrets' }).click();
    await page.locator('#secrets[aria-pressed=true]').waitFor();
    await page.getByRole('button', { name: 'Copy as test' }).click();
    texts.push(await clipboard());
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'console-test-'));
  const ns = '(ns pasted-test (:require [clojure.test :refer [deftest is]] [karamon.local] [kiosk.core]))\n';
  fs.writeFileSync(path.join(folder, 'pasted_test.clj'), ns + texts.join('\n'));
  const { code, output } = await run(karamon, ['test', '--sources', 'src', '--tests', folder]);
  fs.rmSync(folder, { recursive: true });
  assert.equal(code, 0, `${output}\n${texts.join('\n')}`);
  assert.match(output, /2 tests|Ran 2|2 passed/);
});

test('a copied curl command makes the same request', async () => {
  await greet("it's", { body: `{"a": "'$(id)"}` });
  await choose('/greet/it');
  await page.getByRole('button', { name: 'Show secrets' }).click();
  await page.locator('#secrets[aria-pressed=true]').waitFor();
  await page.getByRole('button', { name: 'Copy as curl' }).click();
  const { output } = await run('bash', ['-c', await clipboard()]);
  assert.match(output, /HTTP\/1\.1 201/);
  assert.match(output, /"hello":"it's","mood":"fine","body":"\{\\"a\\": \\"'\$\(id\)\\"\}"/);
});

test('markup in path, query, header, body and log stays text', async () => {
  await greet(attack, { mood: attack, body: attack, headers: { 'x-test': attack } });
  await choose('/greet/');
  for (const name of ['Event', 'Request map', 'Response map', 'Reply']) assert.match(await pane(name).innerText(), /<img src=x/);
  assert.match(await page.locator('pre.log').innerText(), /<img src=x/);
  assert.equal(await page.locator('img').count(), 0);
  assert.equal(await page.title(), 'Karamon console');
  assert.deepEqual(problems, []);
});

test('filter, pause and clear', async () => {
  await greet('one');
  await fetch(`${base}/nowhere`);
  await rows().filter({ hasText: '/nowhere' }).waitFor();
  await page.getByLabel('Filter').fill('4xx nowhere');
  assert.equal(await rows().count(), 1);
  await page.getByLabel('Filter').fill('');
  await page.getByRole('button', { name: 'Pause' }).click();
  await greet('while-paused');
  await page.locator('#count').filter({ hasText: '1 waiting' }).waitFor();
  assert.equal(await rows().filter({ hasText: 'while-paused' }).count(), 0);
  await page.getByRole('button', { name: 'Pause' }).click();
  await rows().filter({ hasText: 'while-paused' }).waitFor();
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.getByText('No requests yet.').waitFor();
  assert.equal(await rows().count(), 0);
});

test('the keyboard reaches everything', async () => {
  await greet('first');
  await greet('second');
  await rows().filter({ hasText: '/greet/second' }).waitFor();
  const focused = () =>
    page.evaluate(() => document.activeElement.innerText || document.activeElement.id || document.activeElement.tagName);
  const walk = [];
  await page.evaluate(() => document.activeElement.blur());
  for (let i = 0; i < 12 && !walk.at(-1)?.startsWith('/greet/second'); i++) {
    await page.keyboard.press('Tab');
    walk.push(await focused());
  }
  assert.deepEqual(walk.slice(0, 5), ['Skip to the request', 'Invoke a function…', 'filter', 'Pause', 'Clear']);
  assert.match(walk.at(-1), /^\/greet\/second/);
  await page.keyboard.press('ArrowDown');
  assert.match(await focused(), /^\/greet\/first/);
  await page.keyboard.press('Enter');
  await page.locator('#detail h2').filter({ hasText: '/greet/first' }).waitFor();
  await page.locator('#replay').focus();
  await page.keyboard.press('Enter');
  await page.locator('#detail').filter({ hasText: 'sent from request' }).waitFor();
  await page.waitForFunction(() => document.activeElement.id === 'replay');
  await page.locator('#edit').focus();
  await page.keyboard.press('Enter');
  await page.locator('dialog[open]').waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('dialog[open]').count(), 0);
  await page.waitForFunction(() => document.activeElement.id === 'edit');
});

for (const [colorScheme, width] of [
  ['light', 1440],
  ['dark', 420],
]) {
  test(`axe finds nothing serious in ${colorScheme} at ${width} px`, async () => {
    await open({ colorScheme, viewport: { width, height: 900 } });
    await fetch(`${base}/fail`);
    await greet('seen');
    await fetch(`${base}/nowhere`);
    await choose('/fail');
    if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/${colorScheme}-${width}-thrown.png` });
    await choose('/greet/seen');
    if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/${colorScheme}-${width}.png` });
    const violations = async () => {
      await page.evaluate(fs.readFileSync(require.resolve('axe-core'), 'utf8'));
      const { violations: found } = await page.evaluate(() => window.axe.run());
      return found
        .filter(({ impact }) => ['serious', 'critical'].includes(impact))
        .map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join(' ')}`);
    };
    assert.deepEqual(await violations(), []);
    await page.getByRole('button', { name: 'Edit and send…' }).click();
    await page.locator('dialog[open]').waitFor();
    if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/${colorScheme}-${width}-form.png` });
    assert.deepEqual(await violations(), []);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(overflow <= 0, `the page is ${overflow} px too wide`);
  });
}

test('a browser that asks for / sees the routes, other clients see JSON', async () => {
  const { status, headers, text } = await raw({ path: '/' });
  assert.deepEqual([status, headers['content-type'], JSON.parse(text).message], [404, 'application/json', 'No route for GET /']);
  await page.goto(base);
  await page.getByRole('cell', { name: 'kiosk.core/count-up' }).waitFor();
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/routes.png` });
  await page.getByRole('link', { name: 'console' }).click();
  await page.locator('#state.live').waitFor();
  assert.equal(
    await rows()
      .filter({ hasText: /404\s+GET\s+\/\s/ })
      .count(),
    0,
  );
});

test('foreign pages, hosts and actions without the token are refused', async () => {
  const json = { 'content-type': 'application/json' };
  const own = { ...json, 'x-karamon-token': await page.locator('meta[name=karamon-token]').getAttribute('content') };
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
  const other = await context.newPage();
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
  assert.equal(await read(`${base}/_karamon/requests`), 'refused');
  assert.equal(await read(`${base}/_karamon/`), 'refused');
  foreign.close();
});

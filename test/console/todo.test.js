// The todo service in ./todo under `serve`, and its browser app on another origin in Chromium.
'use strict';

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { karamon, launch, run, serve } = require('./support');

const service = path.join(__dirname, 'todo');
const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'todo-test-'));
const keys = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
let app, gateway, api, browser;

function token(claims, { privateKey } = keys) {
  const now = Math.floor(Date.now() / 1000);
  const part = (data) => Buffer.from(JSON.stringify(data)).toString('base64url');
  const signed = [
    { alg: 'RS256', kid: 'test' },
    { iss: 'https://login.todo.example', aud: 'todo', iat: now, exp: now + 600, ...claims },
  ].map(part);
  return [...signed, crypto.sign('sha256', Buffer.from(signed.join('.')), privateKey).toString('base64url')].join('.');
}

before(async () => {
  const jwks = path.join(temporary, 'jwks.json');
  const key = { ...keys.publicKey.export({ format: 'jwk' }), kid: 'test', alg: 'RS256', use: 'sig' };
  fs.writeFileSync(jwks, JSON.stringify({ keys: [key] }));
  const html = fs.readFileSync(path.join(service, 'app.html'));
  app = http.createServer((_, response) => response.setHeader('content-type', 'text/html; charset=utf-8').end(html));
  await new Promise((resolve) => app.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${app.address().port}`;
  [gateway, browser] = await Promise.all([
    serve(service, '--stage', 'prod', '--param', `origin=${origin}`, '--jwks', jwks),
    launch(),
  ]);
  api = `${gateway.base}/prod`;
});

after(async () => {
  await browser?.close();
  gateway?.stop();
  app?.close();
  fs.rmSync(temporary, { recursive: true });
});

async function open(host = '127.0.0.1') {
  const page = await browser.newPage();
  page.setDefaultTimeout(10000);
  await page.goto(`http://${host}:${app.address().port}/#${api}`);
  return page;
}

async function login(page, value) {
  await page.getByLabel('Token').fill(value);
  await page.getByRole('button', { name: 'Log in' }).click();
}

async function loggedIn(user) {
  const page = await open();
  await login(page, token({ sub: user }));
  await page.locator('#state', { hasText: 'live' }).waitFor();
  return page;
}

async function add(page, title) {
  await page.getByLabel('Title').fill(title);
  await page.getByRole('button', { name: 'Add' }).click();
}

const todo = (page, title) => page.getByLabel(title);

test('a page of another origin lists, adds and completes todos, and every page of the user is notified', async () => {
  const [one, two, other] = [await loggedIn('ann'), await loggedIn('ann'), await loggedIn('ben')];
  assert.equal(await one.locator('#who').innerText(), 'ann (prod)');
  await add(one, 'milk');
  for (const page of [one, two]) await todo(page, 'milk').waitFor(); // only notifications put it there
  await todo(two, 'milk').click();
  await one.waitForFunction(() => document.querySelector('#todos input').checked);
  assert.equal(await other.locator('#todos li').count(), 0);
  const later = await loggedIn('ann');
  assert.equal(await todo(later, 'milk').isChecked(), true);
  await add(one, ' '.repeat(201));
  await one.getByText('400 title must be a text of 1 to 200 characters').waitFor();
  await two.close();
  await add(one, 'bread'); // a connection that is gone does no harm
  await todo(one, 'bread').waitFor();
});

test('only tokens that are signed by the key, for this audience and not expired are accepted', async () => {
  const page = await open();
  const forged = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
  for (const bad of [token({ sub: 'ann' }, forged), token({ sub: 'ann', aud: 'shop' }), token({ sub: 'ann', exp: 1 }), 'x']) {
    await page.locator('#problem').evaluate((element) => (element.textContent = ''));
    await login(page, bad);
    await page.getByText('401 Unauthorized').waitFor();
  }
  const refused = page.waitForEvent('websocket').then((socket) => socket.waitForEvent('socketerror'));
  await page.evaluate((url) => void new WebSocket(url), `${api.replace('http', 'ws')}/?ticket=wrong`);
  assert.match(await refused, /Authentication failed/); // what Chromium makes of a 401
});

test('a page of an origin that CORS does not allow reads nothing', async () => {
  const page = await open('localhost');
  await login(page, token({ sub: 'ann' }));
  await page.getByText('Failed to fetch').waitFor();
});

test('a batch of messages adds todos, from the URL and from the button of the console', async () => {
  const page = await loggedIn('cat');
  const event = await (await fetch(`${gateway.base}/_karamon/samples/sqs`)).json();
  const [record] = event.Records;
  const batch = (...bodies) => ({
    Records: bodies.map((body, i) => ({ ...record, messageId: `m${i}`, body: JSON.stringify(body) })),
  });
  const response = await fetch(`${gateway.base}/_karamon/invoke/import`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(batch({ user: 'cat', title: 'fish' }, { user: 'cat' })),
  });
  assert.deepEqual(await response.json(), { batchItemFailures: [{ itemIdentifier: 'm1' }] });
  await todo(page, 'fish').waitFor();
  const console = await browser.newPage();
  await console.goto(`${gateway.base}/_karamon/`);
  await console.locator('#state.live').waitFor();
  await console.getByRole('button', { name: 'Invoke a function…' }).click();
  await console.locator('dialog[open]').waitFor();
  await console.getByLabel('Function', { exact: true }).selectOption('import');
  await console.getByLabel('Event (JSON)').fill(JSON.stringify(batch({ user: 'cat', title: 'cream' })));
  await console.getByRole('button', { name: 'Send', exact: true }).click();
  await todo(page, 'cream').waitFor();
  const rows = console.locator('#rows tr');
  for (const text of ['EVENT import', 'CONNECT $connect', 'POST /prod/@connections/', 'GET /prod/todos'])
    await rows
      .filter({ hasText: new RegExp(text.replace(/[$]/g, '\\$&').replaceAll(' ', '\\s*')) })
      .first()
      .waitFor();
});

test('another stage has other environment variables', async () => {
  const event = {
    version: '2.0',
    routeKey: 'GET /todos',
    rawPath: '/todos',
    rawQueryString: '',
    headers: {},
    requestContext: {
      http: { method: 'GET', path: '/todos' },
      authorizer: { jwt: { claims: { sub: 'ann' } } },
    },
  };
  const file = path.join(temporary, 'event.json');
  fs.writeFileSync(file, JSON.stringify(event));
  const { output } = await run(karamon, ['invoke', 'list', '--sources', 'src', '--event', file], service);
  assert.match(output, /"stage":"dev","user":"ann"/);
});

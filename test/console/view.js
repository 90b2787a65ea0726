// The console of the local gateway, opened in Chromium for each test of a file.
'use strict';

const http = require('node:http');
const { after, before, beforeEach } = require('node:test');
const { launch, serve } = require('./support');

const view = {}; // `base` address and `port`, and of each test `context`, `page` and `problems`
let gateway, browser;

// A request with any headers, as fetch can't make it.
function raw(options, body) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port: view.port, ...options }, (response) => {
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
  view.base = gateway.base;
  view.port = Number(new URL(view.base).port);
});

after(async () => {
  await browser?.close();
  gateway?.stop();
});

async function open(options = {}) {
  await view.context?.close();
  view.context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  });
  view.page = await view.context.newPage();
  view.page.setDefaultTimeout(10000);
  view.problems = [];
  view.page.on('pageerror', (error) => view.problems.push(error.message));
  view.page.on('console', (message) => message.type() === 'error' && view.problems.push(message.text()));
  await view.page.goto(`${view.base}/_karamon/`);
  await view.page.locator('#state.live').waitFor();
}

beforeEach(() => open());

const rows = () => view.page.locator('#rows tr');
const pane = (name) =>
  view.page
    .locator('section.pane', { has: view.page.getByRole('heading', { name, exact: true }) })
    .locator('pre')
    .first();
const clipboard = () => view.page.evaluate(() => navigator.clipboard.readText());

async function choose(text) {
  await rows().filter({ hasText: text }).first().locator('button').click();
  await view.page.locator('#detail h2').filter({ hasText: text }).waitFor();
}

function greet(name, { mood = 'fine', body = 'hi', headers = {} } = {}) {
  return fetch(`${view.base}/greet/${encodeURIComponent(name)}?mood=${encodeURIComponent(mood)}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'text/plain', authorization: 'Bearer t0ps3cret', ...headers },
  });
}

module.exports = { choose, clipboard, greet, open, pane, raw, rows, view };

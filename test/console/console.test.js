// The console of the local gateway in Chromium.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { karamon, run } = require('./support');
const { choose, clipboard, greet, open, pane, rows, view } = require('./view');

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
  assert.match(await view.page.locator('pre.log').innerText(), /greeting \{"name":"live","body":"hi"\}/);
  await view.page.getByRole('button', { name: 'JSON', exact: true }).click();
  const event = JSON.parse(await pane('Event').innerText());
  assert.deepEqual(event.multiValueQueryStringParameters, { mood: ['fine'] });
  assert.equal(JSON.parse(await pane('Request map').innerText())['path-parameters'].name, 'live');
  await view.page.getByRole('button', { name: 'Copy Reply' }).click();
  assert.equal(JSON.parse(await clipboard()).statusCode, 201);
  assert.deepEqual(view.problems, []);
});

test('a replay calls the function again, and an edited event changes the answer', async () => {
  await fetch(`${view.base}/count`);
  await choose('/count');
  const counted = async () => Number(/"count\\":(\d+)/.exec(await pane('Reply').innerText())[1]);
  const first = await counted();
  await view.page.getByRole('button', { name: 'Replay' }).click();
  await view.page.locator('#detail').filter({ hasText: 'sent from request' }).waitFor();
  assert.equal(await counted(), first + 1);
  await greet('edited');
  await choose('/greet/edited');
  await view.page.getByRole('button', { name: 'Edit and send…' }).click();
  await view.page.locator('dialog[open]').waitFor();
  const editor = view.page.getByLabel('Event (JSON)');
  const event = JSON.parse(await editor.inputValue());
  assert.equal(event.headers.Authorization, 'Bearer t0ps3cret');
  event.body = 'changed';
  await editor.fill(JSON.stringify(event));
  await view.page.getByRole('button', { name: 'Send', exact: true }).click();
  await view.page.locator('#detail').filter({ hasText: 'sent from request' }).waitFor();
  assert.match(await pane('Reply').innerText(), /\\"body\\":\\"changed\\"/);
});

test('any function is invoked with a sample event, and an event that is not JSON is an error in the form', async () => {
  await view.page.getByRole('button', { name: 'Invoke a function…' }).click();
  await view.page.locator('dialog[open]').waitFor();
  await view.page.getByLabel('Function', { exact: true }).selectOption('settle');
  const editor = view.page.getByLabel('Event (JSON)');
  await editor.fill('{');
  await view.page.getByRole('button', { name: 'Send', exact: true }).click();
  assert.match(await view.page.locator('#form-error').innerText(), /isn't JSON/);
  await view.page.getByLabel('Sample event').selectOption('sqs');
  await view.page.waitForFunction(() => document.querySelector('#form-event').value.includes('aws:sqs'));
  await view.page.getByRole('button', { name: 'Send', exact: true }).click();
  await view.page.locator('#detail h2').filter({ hasText: 'EVENT settle' }).waitFor();
  assert.match(await pane('Reply').innerText(), /\{"settled" \d\}/);
  const [download] = await Promise.all([
    view.page.waitForEvent('download'),
    view.page.getByRole('button', { name: 'Save event' }).click(),
  ]);
  assert.equal(JSON.parse(fs.readFileSync(await download.path(), 'utf8')).Records[0].eventSource, 'aws:sqs');
});

test('what was thrown comes with the lines of the source', async () => {
  await fetch(`${view.base}/fail`);
  await choose('/fail');
  const thrown = view.page.getByRole('region', { name: 'Thrown' });
  assert.match(await thrown.innerText(), /java\.lang\.ArithmeticException: Divide by zero/);
  assert.match(await thrown.locator('li.own').first().innerText(), /kiosk\.core\/price \(src\/kiosk\/core\.clj:\d+\)/);
  assert.match(await thrown.locator('.at').first().innerText(), /\(\/ 100 n\)/);
});

test('copied tests pass in a test namespace', async () => {
  const texts = [];
  await greet('tested');
  await fetch(`${view.base}/fail`);
  for (const name of ['/greet/tested', '/fail']) {
    await choose(name);
    await view.page.getByRole('button', { name: 'Show secrets' }).click();
    await view.page.locator('#secrets[aria-pressed=true]').waitFor();
    await view.page.getByRole('button', { name: 'Copy as test' }).click();
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
  await view.page.getByRole('button', { name: 'Show secrets' }).click();
  await view.page.locator('#secrets[aria-pressed=true]').waitFor();
  await view.page.getByRole('button', { name: 'Copy as curl' }).click();
  const { output } = await run('bash', ['-c', await clipboard()]);
  assert.match(output, /HTTP\/1\.1 201/);
  assert.match(output, /"hello":"it's","mood":"fine","body":"\{\\"a\\": \\"'\$\(id\)\\"\}"/);
});

test('filter, pause and clear', async () => {
  await greet('one');
  await fetch(`${view.base}/nowhere`);
  await rows().filter({ hasText: '/nowhere' }).waitFor();
  await view.page.getByLabel('Filter').fill('4xx nowhere');
  assert.equal(await rows().count(), 1);
  await view.page.getByLabel('Filter').fill('');
  await view.page.getByRole('button', { name: 'Pause' }).click();
  await greet('while-paused');
  await view.page.locator('#count').filter({ hasText: '1 waiting' }).waitFor();
  assert.equal(await rows().filter({ hasText: 'while-paused' }).count(), 0);
  await view.page.getByRole('button', { name: 'Pause' }).click();
  await rows().filter({ hasText: 'while-paused' }).waitFor();
  await view.page.getByRole('button', { name: 'Clear' }).click();
  await view.page.getByText('No requests yet.').waitFor();
  assert.equal(await rows().count(), 0);
});

test('the keyboard reaches everything', async () => {
  await greet('first');
  await greet('second');
  await rows().filter({ hasText: '/greet/second' }).waitFor();
  const focused = () =>
    view.page.evaluate(() => document.activeElement.innerText || document.activeElement.id || document.activeElement.tagName);
  const walk = [];
  await view.page.evaluate(() => document.activeElement.blur());
  for (let i = 0; i < 12 && !walk.at(-1)?.startsWith('/greet/second'); i++) {
    await view.page.keyboard.press('Tab');
    walk.push(await focused());
  }
  assert.deepEqual(walk.slice(0, 5), ['Skip to the request', 'Invoke a function…', 'filter', 'Pause', 'Clear']);
  assert.match(walk.at(-1), /^\/greet\/second/);
  await view.page.keyboard.press('ArrowDown');
  assert.match(await focused(), /^\/greet\/first/);
  await view.page.keyboard.press('Enter');
  await view.page.locator('#detail h2').filter({ hasText: '/greet/first' }).waitFor();
  await view.page.locator('#replay').focus();
  await view.page.keyboard.press('Enter');
  await view.page.locator('#detail').filter({ hasText: 'sent from request' }).waitFor();
  await view.page.waitForFunction(() => document.activeElement.id === 'replay');
  await view.page.locator('#edit').focus();
  await view.page.keyboard.press('Enter');
  await view.page.locator('dialog[open]').waitFor();
  await view.page.keyboard.press('Escape');
  assert.equal(await view.page.locator('dialog[open]').count(), 0);
  await view.page.waitForFunction(() => document.activeElement.id === 'edit');
});

for (const [colorScheme, width] of [
  ['light', 1440],
  ['dark', 420],
]) {
  test(`axe finds nothing serious in ${colorScheme} at ${width} px`, async () => {
    await open({ colorScheme, viewport: { width, height: 900 } });
    await fetch(`${view.base}/fail`);
    await greet('seen');
    await fetch(`${view.base}/nowhere`);
    await choose('/fail');
    if (process.env.SCREENSHOTS)
      await view.page.screenshot({ path: `${process.env.SCREENSHOTS}/${colorScheme}-${width}-thrown.png` });
    await choose('/greet/seen');
    if (process.env.SCREENSHOTS) await view.page.screenshot({ path: `${process.env.SCREENSHOTS}/${colorScheme}-${width}.png` });
    const violations = async () => {
      await view.page.evaluate(fs.readFileSync(require.resolve('axe-core'), 'utf8'));
      const { violations: found } = await view.page.evaluate(() => window.axe.run());
      return found
        .filter(({ impact }) => ['serious', 'critical'].includes(impact))
        .map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join(' ')}`);
    };
    assert.deepEqual(await violations(), []);
    await view.page.getByRole('button', { name: 'Edit and send…' }).click();
    await view.page.locator('dialog[open]').waitFor();
    if (process.env.SCREENSHOTS)
      await view.page.screenshot({ path: `${process.env.SCREENSHOTS}/${colorScheme}-${width}-form.png` });
    assert.deepEqual(await violations(), []);
    const overflow = await view.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(overflow <= 0, `the page is ${overflow} px too wide`);
  });
}

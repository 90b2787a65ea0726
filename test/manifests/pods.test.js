// Pods of the manifests in the file MANIFESTS, run by podman and probed as kubelet does. BAD_IMAGE is a release that can't start.
// test/kubernetes runs this.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { after, before, test } = require('node:test');
const { setTimeout: sleep } = require('node:timers/promises');
const YAML = require('yaml');
const { Pod } = require('./kubelet');

const speed = 4;
const objects = YAML.parseAllDocuments(fs.readFileSync(process.env.MANIFESTS, 'utf8'), { version: '1.1' }).map((d) => d.toJS());
const pods = [];

async function start(name, image) {
  const pod = new Pod(objects, { deployment: 'shop', name, image, speed });
  pods.push(pod);
  return pod.start();
}

before(async () => {
  for (const pod of [await start('shop-a'), await start('shop-b')]) {
    assert.ok(await pod.until(() => pod.ready, 60_000), `${pod.name} isn't ready`);
  }
});

after(() => Promise.all(pods.filter((pod) => !pod.ended).map((pod) => pod.stop())));

test('a release that is bad never gets ready, and the others serve on', async () => {
  const bad = await start('shop-bad', process.env.BAD_IMAGE);
  const ids = new Set();
  await bad.until(async () => {
    ids.add(await bad.processId());
    assert.ok(pods[0].ready && pods[1].ready && (await pods[0].serves('/hello')));
    return false;
  }, 10_000);
  assert.equal(bad.readyTimes, 0);
  assert.ok(ids.size > 1, 'it is started again and again');
  await bad.stop();
});

test('a killed process is started again and gets ready again', async () => {
  const [pod] = pods;
  process.kill(await pod.processId(), 'SIGKILL');
  assert.ok(await pod.until(() => pod.readyTimes === 2 && pod.ready, 60_000));
  assert.equal(pod.restarts, 0, 'podman does it');
  assert.ok(await pod.serves('/hello'));
});

test('a process that hangs stops being ready and is restarted', async () => {
  const [, pod] = pods;
  process.kill(await pod.processId(), 'SIGSTOP');
  assert.ok(await pod.until(() => !pod.ready, 30_000));
  assert.ok(await pod.until(() => pod.readyTimes === 2 && pod.ready, 90_000));
  assert.equal(pod.restarts, 1);
  assert.ok(await pod.serves('/hello'));
});

test('a deleted pod answers until it is drained, and ends with 0', async () => {
  const [pod] = pods;
  const stopped = pod.stop();
  while (await pod.probe(pod.probes.readiness)) await sleep(50);
  assert.ok(await pod.serves('/hello'), 'within KARAMON_DRAIN_DELAY');
  assert.equal(await stopped, 0);
  assert.ok(!(await pod.serves('/hello')));
  assert.ok(pods[1].ready);
});

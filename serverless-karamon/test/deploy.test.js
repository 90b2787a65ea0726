'use strict';

// `serverless deploy`, to test/aws-simulator. Only osls 4 takes the address of AWS from the environment.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { KARAMON, freePort, printed, service } = require('./support/service');

const EMPTY_ZIP = Buffer.from('504b0506000000000000000000000000000000000000', 'hex');

/** Starts the simulator and returns the environment that leads Serverless to it. */
async function simulator(t) {
  const port = await freePort();
  const simulated = spawn(process.execPath, [path.join(KARAMON, 'test/aws-simulator/main.js'), port, 'no runtime']);
  t.after(() => simulated.kill());
  await printed(simulated, /Running on/);
  return { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
}

test('a deployment without changes is skipped, and one with changes isn’t', async (t) => {
  const env = { ...(await simulator(t)), AWS_REGION: 'us-east-1', SLS_AWS_MONITORING_FREQUENCY: '300' };
  const shop = service('osls 4', {
    provider: { region: 'us-east-1', runtime: 'java21' },
    custom: { karamon: { artifact: 'target/shop.zip', check: false } },
    functions: {
      hats: { clj: 'shop.core/hello' },
      caps: { clj: 'shop.core/echo' },
      more: { clj: 'shop.core/echo', package: { artifact: 'target/more.zip' } },
    },
  });
  t.after(shop.remove);
  shop.write('target/shop.zip', EMPTY_ZIP);
  shop.write('target/more.zip', EMPTY_ZIP);
  const deploy = async () => {
    const { code, all } = await shop.run(['deploy'], { env });
    assert.equal(code, 0, all);
    return all;
  };
  assert.match(await deploy(), /Service deployed/);
  assert.match(await deploy(), /No changes to deploy/);
  for (const zip of ['target/more.zip', 'target/shop.zip']) {
    // A zip may have a comment at its end: here one of a byte.
    shop.write(zip, Buffer.concat([EMPTY_ZIP.subarray(0, 20), Buffer.from([1, 0, 33])]));
    assert.match(await deploy(), /Service deployed/, `${zip} has changed`);
  }
  assert.deepEqual(
    fs.readdirSync(path.join(shop.folder, '.serverless')).filter((name) => name.endsWith('.zip')),
    [],
    'nothing is left',
  );
});

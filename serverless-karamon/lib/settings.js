'use strict';

// `custom.karamon` of serverless.yml, and what Serverless is to accept of it and of `clj`.

const { isVariable } = require('./functions');

const DEFAULTS = {
  build: 'mvn -B -q -DskipTests package',
  artifact: 'target/karamon-function.zip',
  sources: ['src-clj'],
  check: true,
};

const isText = (x) => typeof x === 'string' && x.trim() !== '';

// Each setting: what it is in JSON schema, for editors and `serverless` itself; and in words, for an error of ours.
const SETTINGS = {
  build: {
    schema: { anyOf: [{ const: false }, { type: 'string' }] },
    expected: 'a command, or false',
    valid: (x) => x === false || isText(x),
  },
  artifact: { schema: { type: 'string' }, expected: 'the path of a zip file', valid: isText },
  sources: {
    schema: { type: 'array', items: { type: 'string' } },
    expected: 'a list of folders',
    valid: (x) => Array.isArray(x) && x.every(isText),
  },
  classpath: { schema: { type: 'string' }, expected: 'a command that prints the class path', valid: isText },
  check: { schema: { type: 'boolean' }, expected: 'true or false', valid: (x) => typeof x === 'boolean' },
};

/** Tells Serverless what `clj` and `custom.karamon` may be. Serverless 4 and osls 4 fail at anything else, older ones warn. */
function defineSchema(handler) {
  const properties = Object.fromEntries(Object.entries(SETTINGS).map(([key, { schema }]) => [key, schema]));
  handler.defineFunctionProperties('aws', { properties: { clj: { type: 'string' } } });
  handler.defineCustomProperties({ properties: { karamon: { type: 'object', properties, additionalProperties: false } } });
}

/** Returns `custom.karamon` with the defaults for what it doesn't say; throws at what it can't say. Variables may be left in it. */
function readSettings(service, error) {
  const given = service.custom?.karamon ?? {};
  if (typeof given !== 'object' || Array.isArray(given)) {
    throw error(`custom.karamon is ${JSON.stringify(given)}, expected a map of settings: ${Object.keys(SETTINGS).join(', ')}`);
  }
  for (const [key, value] of Object.entries(given)) {
    if (!Object.hasOwn(SETTINGS, key)) throw error(`custom.karamon has ${key}, expected ${Object.keys(SETTINGS).join(', ')}`);
    const { expected, valid } = SETTINGS[key];
    if (!isVariable(value) && !valid(value))
      throw error(`custom.karamon.${key} is ${JSON.stringify(value)}, expected ${expected}`);
  }
  const own = service.package?.artifact ? { artifact: service.package.artifact } : {};
  return { ...DEFAULTS, ...own, ...given };
}

module.exports = { defineSchema, readSettings };

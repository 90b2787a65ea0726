'use strict';

// Reads `custom.karamon` of serverless.yml, and defines its schema and that of `clj` for Serverless.

const { isVariable } = require('./functions');
const { buildTool, sourceFolders } = require('./tools');

const DEFAULTS = {
  artifact: 'target/karamon-function.zip',
  check: true,
};

const isText = (x) => typeof x === 'string' && x.trim() !== '';

// Each setting: its JSON schema, for editors and for Serverless itself; and for our errors what is expected, in words.
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

/** Defines the schema of `clj` and `custom.karamon`. Serverless 4 and osls 4 fail if they don't match it, older ones warn. */
function defineSchema(handler) {
  const properties = Object.fromEntries(Object.entries(SETTINGS).map(([key, { schema }]) => [key, schema]));
  handler.defineFunctionProperties('aws', { properties: { clj: { type: 'string' } } });
  handler.defineCustomProperties({ properties: { karamon: { type: 'object', properties, additionalProperties: false } } });
}

/**
 * Returns `custom.karamon` with defaults for missing settings, some of them those of the build tool in `folder`. Throws if a setting
 * is invalid. Variables may be unresolved.
 */
function readSettings(service, folder, error) {
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
  const { build, classpath } = buildTool(folder);
  return { ...DEFAULTS, build, classpath, sources: sourceFolders(folder), ...own, ...given };
}

module.exports = { defineSchema, readSettings };

'use strict';

// `custom.karamon` of serverless.yml, and what Serverless is to accept of it and of `clj`.

const DEFAULTS = {
  build: 'mvn -B -q -DskipTests package',
  artifact: 'target/karamon-function.zip',
  sources: ['src-clj'],
  check: true,
};

const PROPERTIES = {
  build: {
    description: 'Command that builds the function package; false for one that is built already',
    anyOf: [{ const: false }, { type: 'string', minLength: 1 }],
  },
  artifact: { description: 'The function package, relative to the service', type: 'string', minLength: 1 },
  sources: {
    description: 'Folders of Clojure that saving makes live in dev and offline',
    type: 'array',
    items: { type: 'string', minLength: 1 },
  },
  classpath: {
    description: 'Command that prints the class path for dev, offline and invoke local',
    type: 'string',
    minLength: 1,
  },
  check: { description: 'Whether each handler is looked for in the function package', type: 'boolean' },
};

/** Tells Serverless what `clj` and `custom.karamon` may be. Serverless 4 and osls 4 fail at anything else, older ones warn. */
function defineSchema(handler) {
  handler.defineFunctionProperties('aws', { properties: { clj: { type: 'string' } } });
  handler.defineCustomProperties({
    properties: { karamon: { type: 'object', properties: PROPERTIES, additionalProperties: false } },
  });
}

/** Returns `custom.karamon` with the defaults for what it doesn't say; throws at a setting that there isn't. */
function readSettings(service, error) {
  for (const key of Object.keys(service.custom?.karamon ?? {})) {
    if (!(key in PROPERTIES)) {
      throw error(`custom.karamon has ${key}, expected ${Object.keys(PROPERTIES).join(', ')}`, 'KARAMON_SETTING');
    }
  }
  const own = service.package?.artifact ? { artifact: service.package.artifact } : {};
  return { ...DEFAULTS, ...own, ...service.custom?.karamon };
}

module.exports = { defineSchema, readSettings };

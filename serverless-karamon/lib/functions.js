'use strict';

// Expands `clj: namespace/name` into the settings that Lambda needs: handler, environment, package, and defaults for Clojure.

const SHIM = 'karamon.runtime.GatewayHandler';
const HANDLER = /^[^/\s]+\/\S+$/;
const JAVA = /^java(\d+)/;
const OLDEST_JAVA = 17;

// Defaults for settings that neither the function nor the provider has: the runtime with the longest support that every
// supported Serverless knows; API Gateway's own 29 seconds; one whole vCPU
// (https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html).
const DEFAULT_RUNTIME = 'java21';
const DEFAULT_TIMEOUT = 29;
const DEFAULT_MEMORY = 1769;

const isMap = (x) => x !== null && typeof x === 'object' && !Array.isArray(x);
const isVariable = (x) => typeof x === 'string' && x.includes('${');

/** Returns [name, function] of every function; `functions` may be a map or a list of maps. */
function allFunctions(service) {
  return [service.functions]
    .flat()
    .filter(isMap)
    .flatMap(Object.entries)
    .filter(([, f]) => isMap(f));
}

/** Returns [name, function] of each function written in Clojure. */
function clojureFunctions(service) {
  return allFunctions(service).filter(([, f]) => 'clj' in f);
}

function check(name, f, error) {
  const { clj, handler, image, environment, runtime } = f;
  if (typeof clj !== 'string' || !HANDLER.test(clj)) {
    throw error(`functions.${name}.clj is ${JSON.stringify(clj)}, expected namespace/name, such as example.core/hello`);
  }
  if (image || (handler && handler !== SHIM)) {
    throw error(
      `functions.${name} has clj and ${image ? 'image' : `handler: ${handler}`}: leave one of them out; with clj the handler is set for you`,
    );
  }
  if (environment !== undefined && environment !== null && !isMap(environment)) {
    throw error(`functions.${name}.environment is ${JSON.stringify(environment)}, expected a map of names to values`);
  }
  const named = environment?.KARAMON_HANDLER;
  if (named !== undefined && named !== clj) {
    throw error(
      `functions.${name} has clj: ${clj} and KARAMON_HANDLER: ${named} in its environment: leave that out, it is set for you`,
    );
  }
  if (runtime && !isVariable(runtime) && !(JAVA.exec(runtime)?.[1] >= OLDEST_JAVA)) {
    throw error(`functions.${name}.runtime is ${runtime}, expected java${OLDEST_JAVA}, java21 or later: Clojure runs on those`);
  }
}

// Checks a function without `clj`. One without a handler but with a key like clj is a mistake: `cljs:` of the ClojureScript
// plugin, or a typo.
function checkOther(name, f, error) {
  const [key, value] = Object.entries(f).find(([k, v]) => /^c/i.test(k) && typeof v === 'string' && HANDLER.test(v)) ?? [];
  if (key && !f.handler && !f.image)
    throw error(`functions.${name} has ${key}: ${value} and no handler: did you mean clj: ${value}?`);
}

function takesSnapshots(f, provider) {
  return !(
    f.provisionedConcurrency ||
    f.fileSystemConfig ||
    f.durableConfig ||
    (f.ephemeralStorageSize ?? provider.ephemeralStorageSize) > 512
  );
}

function wireFunction(name, f, provider, settings, note) {
  f.handler = SHIM;
  f.environment = { ...f.environment, KARAMON_HANDLER: f.clj };
  f.package = { ...(isVariable(settings.artifact) ? {} : { artifact: settings.artifact }), ...f.package, individually: true };
  if (!f.runtime && !isVariable(provider.runtime) && !(JAVA.exec(provider.runtime)?.[1] >= OLDEST_JAVA)) {
    f.runtime = note('runtime', DEFAULT_RUNTIME, name);
  }
  if (f.timeout === undefined && provider.timeout === undefined) f.timeout = note('timeout', DEFAULT_TIMEOUT, name);
  if (f.memorySize === undefined && provider.memorySize === undefined) f.memorySize = note('memorySize', DEFAULT_MEMORY, name);
  if (f.snapStart === undefined && takesSnapshots(f, provider)) f.snapStart = note('snapStart', true, name);
}

const hasRestEvent = ([, f]) => [f.events ?? []].flat().some((event) => isMap(event) && 'http' in event);

// A REST API passes bytes on only for its configured media types, and those apply to all of its functions. So they are set only
// if all of its functions are written in Clojure, which read base64, and the API is this service's own.
function wireRestApi(service, note) {
  const rest = allFunctions(service).filter(hasRestEvent);
  const { provider } = service;
  if (rest.length === 0 || !rest.every(([, f]) => 'clj' in f)) return;
  if (provider.apiGateway !== undefined && !isMap(provider.apiGateway)) return;
  if (provider.apiGateway?.binaryMediaTypes !== undefined || provider.apiGateway?.restApiId !== undefined) return;
  provider.apiGateway = { ...provider.apiGateway, binaryMediaTypes: [note('provider.apiGateway.binaryMediaTypes', '*/*')] };
}

/**
 * Adds the settings that Lambda needs to each function written in Clojure. Idempotent.
 *
 * @param defaults a Map to which each default is added: setting to its value and the functions that got it
 * @param error a function that makes an error of a message
 */
function wire(service, settings, defaults, error) {
  const note = (key, value, name) => {
    const { names } = defaults.get(key) ?? { names: [] };
    defaults.set(key, { value, names: name ? [...names, name] : names });
    return value;
  };
  for (const [name, f] of allFunctions(service).filter(([, f]) => !('clj' in f))) checkOther(name, f, error);
  // Functions with variables are wired when Serverless has resolved those.
  const resolved = clojureFunctions(service).filter(([, f]) => !isVariable(f.clj) && !isVariable(f.environment));
  for (const [name, f] of resolved) {
    check(name, f, error);
    wireFunction(name, f, service.provider, settings, note);
  }
  wireRestApi(service, note);
}

/** Returns the environment variables of a function, as strings: without those whose values only CloudFormation knows. */
function variables(service, f) {
  const { KARAMON_HANDLER, ...declared } = { ...service.provider.environment, ...f.environment };
  const known = Object.entries(declared).filter(([, value]) => value !== null && value !== undefined && !isMap(value));
  return Object.fromEntries(known.map(([key, value]) => [key, String(value)]));
}

/**
 * Returns the environment variables of all functions as one map, `values`, of which `shared` are those that all functions have with
 * the same value, and `unknown`, the names of those whose values only CloudFormation knows.
 */
function environment(service, functions) {
  const all = functions.map(([, f]) => variables(service, f));
  const shared = Object.entries(all[0] ?? {}).filter(([key, value]) => all.every((one) => one[key] === value));
  const declared = functions.flatMap(([, f]) => Object.entries({ ...service.provider.environment, ...f.environment }));
  return {
    values: Object.assign({}, ...all.reverse()), // of several values, the first
    shared: Object.fromEntries(shared),
    unknown: [...new Set(declared.filter(([, value]) => isMap(value)).map(([key]) => key))],
  };
}

module.exports = { clojureFunctions, environment, isVariable, variables, wire };

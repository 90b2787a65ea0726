'use strict';

/** AWS's error for an invalid request. */
class AwsError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The error for a request that the simulator doesn't support. */
class Unknown extends Error {}

/** Throws Unknown if `object` has a key that isn't in `names`. A name that ends with a dot allows all keys that begin with it. */
function known(what, object, names) {
  for (const key of Object.keys(object)) {
    if (!names.some((name) => key === name || (name.endsWith('.') && key.startsWith(name)))) {
      throw new Unknown(`${what}: ${key} isn't simulated, only ${names.join(', ')}`);
    }
  }
}

/** Throws an AwsError, a validation error, unless `valid`. */
function check(valid, message) {
  if (!valid) throw new AwsError(400, 'ValidationError', message);
}

module.exports = { AwsError, Unknown, check, known };

'use strict';

/** What AWS answers to a request that it refuses. */
class AwsError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** What is asked for and isn't simulated. */
class Unknown extends Error {}

/** Throws Unknown for keys of `object` other than those named; a name that ends with a dot stands for all that begin so. */
function known(what, object, names) {
  for (const key of Object.keys(object)) {
    if (!names.some((name) => key === name || (name.endsWith('.') && key.startsWith(name)))) {
      throw new Unknown(`${what}: ${key} isn't simulated, only ${names.join(', ')}`);
    }
  }
}

/** Throws AwsError, a validation error, unless `valid`. */
function check(valid, message) {
  if (!valid) throw new AwsError(400, 'ValidationError', message);
}

module.exports = { AwsError, Unknown, check, known };

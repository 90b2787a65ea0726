'use strict';

const { createHash } = require('crypto');
const { AwsError, Unknown, check, known } = require('./errors');
const { Runtime } = require('./runtime');

const runtimes = ['java17', 'java21', 'java25'];
const path = /^\/2015-03-31\/functions\/([A-Za-z0-9-_]{1,64})(?:\/(code|configuration|invocations))?$/;
const maxRequestBytes = 50 * 1024 * 1024;

/** The properties of a function in CloudFormation. */
const properties = [
  ...['Code', 'Environment', 'FunctionName', 'Handler', 'MemorySize', 'Role', 'Runtime', 'SnapStart', 'Timeout'],
  ...['Architectures', 'Description', 'Tags'],
];

function checked(props) {
  known('a function', props, properties);
  check(
    runtimes.includes(props.Runtime),
    `Value ${props.Runtime} at 'runtime' failed to satisfy constraint: ${runtimes.join(', ')}`,
  );
  check(/^\S{1,128}$/.test(props.Handler), 'A function needs a handler');
  check(props.MemorySize >= 128 && props.MemorySize <= 10240, `MemorySize ${props.MemorySize} isn't from 128 to 10240`);
  check(props.Timeout >= 1 && props.Timeout <= 900, `Timeout ${props.Timeout} isn't from 1 to 900`);
  check(
    ['None', 'PublishedVersions'].includes(props.SnapStart?.ApplyOn ?? 'None'),
    `SnapStart ${JSON.stringify(props.SnapStart)}`,
  );
  for (const [key, value] of Object.entries(props.Environment?.Variables ?? {})) {
    check(/^[a-zA-Z]\w+$/.test(key) && typeof value === 'string', `No environment variable can be ${key}=${value}`);
  }
  return props;
}

/** Functions with their versions and aliases. */
class Lambda {
  constructor({ account, region, classPath, s3 }) {
    Object.assign(this, { account, region, classPath, s3, functions: new Map() });
  }

  /** Creates a function, or updates it. */
  put(props) {
    const name = props.FunctionName;
    const fn = this.functions.get(name) ?? {
      name,
      arn: `arn:aws:lambda:${this.region}:${this.account}:function:${name}`,
      versions: [],
      aliases: new Map(),
      permissions: [],
    };
    fn.props = checked(props);
    this.setCode(fn, this.s3.object(props.Code.S3Bucket, props.Code.S3Key));
    this.functions.set(name, fn);
    return fn;
  }

  setCode(fn, code) {
    fn.code = code;
    fn.sha256 = createHash('sha256').update(code).digest('base64');
    this.stop(fn);
  }

  remove(name) {
    this.stop(this.functions.get(name));
    this.functions.delete(name);
  }

  /** Returns the function with a name or ARN. A qualifier must be one of its versions or aliases. */
  find(nameOrArn) {
    const [, name, qualifier] =
      new RegExp(`^(?:arn:aws:lambda:${this.region}:${this.account}:function:)?([^:]+)(?::([^:]+))?$`).exec(nameOrArn) ?? [];
    const fn = this.functions.get(name);
    if (!fn || (qualifier && !fn.aliases.has(qualifier) && !fn.versions.includes(qualifier))) {
      throw new AwsError(404, 'ResourceNotFoundException', `Function not found: ${nameOrArn}`);
    }
    return fn;
  }

  publish(nameOrArn, sha256) {
    const fn = this.find(nameOrArn);
    check(
      sha256 === undefined || sha256 === fn.sha256,
      `CodeSHA256 (${sha256}) is different from current CodeSHA256 in $LATEST (${fn.sha256})`,
    );
    const version = String(fn.versions.length + 1);
    fn.versions.push(version);
    return { fn, version };
  }

  answer(request, url, body) {
    const [, name, what] = path.exec(url.pathname) ?? [];
    known('parameters of Lambda', Object.fromEntries(url.searchParams), []);
    if (!name) throw new Unknown(`Lambda has no ${request.method} ${url.pathname} here`);
    const fn = this.find(name);
    const asked = `${request.method} ${what ?? ''}`;
    if (asked === 'GET ') return this.json({ Configuration: this.configuration(fn), Code: { RepositoryType: 'S3' } });
    if (asked === 'POST invocations') return this.invoke(fn, request.headers, body);
    const parameters = JSON.parse(body.toString());
    if (asked === 'PUT code') {
      known('new code', parameters, ['ZipFile']);
      check(
        body.length < maxRequestBytes * 1.4,
        'Request must be smaller than 70167211 bytes for the UpdateFunctionCode operation',
      );
      this.setCode(fn, Buffer.from(parameters.ZipFile, 'base64'));
    } else if (asked === 'PUT configuration') {
      fn.props = checked({ ...fn.props, ...parameters });
      this.stop(fn);
    } else {
      throw new Unknown(`Lambda has no ${asked} here`);
    }
    return this.json(this.configuration(fn));
  }

  async invoke(fn, headers, body) {
    const kind = headers['x-amz-invocation-type'] ?? 'RequestResponse';
    if (kind !== 'RequestResponse') throw new Unknown(`Invocations are not ${kind} here`);
    JSON.parse(body.toString());
    fn.runtime ??= new Runtime(fn, this.classPath, this.region);
    const { error, body: answer, log } = await fn.runtime.invoke(body);
    if (fn.runtime?.ended) this.stop(fn);
    return {
      type: 'application/json',
      headers: {
        ...(error ? { 'x-amz-function-error': 'Unhandled' } : {}),
        ...(headers['x-amz-log-type'] === 'Tail' ? { 'x-amz-log-result': Buffer.from(log.slice(-4096)).toString('base64') } : {}),
      },
      body: answer,
    };
  }

  configuration(fn) {
    const { Runtime: runtime, Handler, MemorySize, Timeout, Role, SnapStart, Environment } = fn.props;
    return {
      ...{ FunctionName: fn.name, FunctionArn: fn.arn, Runtime: runtime, Handler, MemorySize, Timeout, Role, Environment },
      ...{
        CodeSha256: fn.sha256,
        CodeSize: fn.code.length,
        Version: '$LATEST',
        PackageType: 'Zip',
        State: 'Active',
        LastUpdateStatus: 'Successful',
      },
      SnapStart: { ApplyOn: SnapStart?.ApplyOn ?? 'None', OptimizationStatus: 'Off' },
    };
  }

  json(data) {
    return { type: 'application/json', body: JSON.stringify(data) };
  }

  stop(fn) {
    fn.runtime?.close();
    fn.runtime = undefined;
  }

  close() {
    for (const fn of this.functions.values()) this.stop(fn);
  }
}

module.exports = { Lambda };

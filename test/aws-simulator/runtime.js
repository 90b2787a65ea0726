'use strict';

const { spawn } = require('child_process');
const { randomUUID } = require('crypto');
const fs = require('fs');
const http = require('http');
const os = require('os');
const path = require('path');
const { unzip } = require('./unzip');

const client = 'com.amazonaws.services.lambda.runtime.api.client.AWSLambda';
const prefix = '/2018-06-01/runtime/';
const maxUnzippedBytes = 250 * 1024 * 1024;

/** One warm JVM of a function, and its Runtime API: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html */
class Runtime {
  constructor(fn, classPath, region) {
    this.fn = fn;
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'function-'));
    this.log = '';
    this.queue = [];
    this.waiting = null;
    this.running = new Map();
    if (unzip(fn.code, this.folder) > maxUnzippedBytes) throw new Error('Unzipped size must be smaller than 262144000 bytes');
    this.server = http.createServer((request, response) => this.handle(request, response));
    this.started = new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve)).then(() =>
      this.start(classPath, region),
    );
  }

  start(classPath, region) {
    const { name, props } = this.fn;
    const memory = Math.floor(props.MemorySize * 0.85);
    this.process = spawn(
      'java',
      [`-Xmx${memory}m`, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', classPath, client, props.Handler],
      {
        cwd: this.folder,
        env: {
          ...props.Environment?.Variables,
          PATH: process.env.PATH,
          TZ: ':UTC',
          AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${this.server.address().port}`,
          _HANDLER: props.Handler,
          LAMBDA_TASK_ROOT: this.folder,
          AWS_REGION: region,
          AWS_LAMBDA_FUNCTION_NAME: name,
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(props.MemorySize),
          AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
          AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        },
      },
    );
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on('data', (data) => (this.log += data));
    this.process.on('exit', (code) => {
      const error = {
        errorMessage: `RequestId Error: Runtime exited with error: exit status ${code}`,
        errorType: 'Runtime.ExitError',
      };
      this.ended ??= { error: true, body: Buffer.from(JSON.stringify(error)) };
      for (const { resolve } of [...this.queue, ...this.running.values()]) resolve(this.ended);
    });
  }

  /** Returns the answer to an event: whether it is an error, its body, and the log. */
  async invoke(event) {
    await this.started;
    const from = this.log.length;
    const answer = await new Promise((resolve) => {
      if (this.ended) return resolve(this.ended);
      const timeout = setTimeout(() => {
        this.close();
        resolve({
          error: true,
          body: Buffer.from(JSON.stringify({ errorMessage: `Task timed out after ${this.fn.props.Timeout} seconds` })),
        });
      }, 1000 * this.initSeconds());
      this.queue.push({ id: randomUUID(), event, resolve: (found) => (clearTimeout(timeout), resolve(found)) });
      this.handOut();
    });
    return { ...answer, log: this.log.slice(from) };
  }

  // On AWS a cold start has ten seconds in addition to the timeout. A busy machine may be slower than AWS.
  initSeconds() {
    return 120 + this.fn.props.Timeout;
  }

  handOut() {
    if (!this.waiting || this.queue.length === 0) return;
    const invocation = this.queue.shift();
    this.running.set(invocation.id, invocation);
    this.waiting
      .writeHead(200, {
        'content-type': 'application/json',
        'lambda-runtime-aws-request-id': invocation.id,
        'lambda-runtime-deadline-ms': String(Date.now() + 1000 * this.fn.props.Timeout),
        'lambda-runtime-invoked-function-arn': this.fn.arn,
      })
      .end(invocation.event);
    this.waiting = null;
  }

  handle(request, response) {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const asked = `${request.method} ${request.url.replace(prefix, '')}`;
      const [, id, kind] = /^POST invocation\/([^/]+)\/(response|error)$/.exec(asked) ?? [];
      const answer = { error: kind === 'error', body: Buffer.concat(chunks) };
      if (asked === 'GET invocation/next' && !this.waiting) {
        this.waiting = response;
        return this.handOut();
      }
      const invocation = this.running.get(id);
      const initError = asked === 'POST init/error';
      response.writeHead(invocation || initError ? 202 : 403, { 'content-type': 'application/json' }).end('{"status":"OK"}');
      if (initError) this.ended = { error: true, body: answer.body };
      this.running.delete(id);
      invocation?.resolve(answer);
      if (initError) for (const { resolve } of this.queue) resolve(this.ended);
    });
  }

  close() {
    this.process?.kill('SIGKILL');
    this.server.close();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

module.exports = { Runtime };

'use strict';

// The same as example.core/hello, on Node: a runtime and its handler in one file, with the http module.

const http = require('node:http');

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function call(method, path, body, done) {
  const headers = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const request = http.request(
    { host, port, agent, method, path: `/2018-06-01/runtime/invocation/${path}`, headers },
    (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => done(answer, Buffer.concat(chunks)));
    },
  );
  request.end(body);
}

function hello(event) {
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ hello: event.queryStringParameters?.name ?? 'world' }),
  };
}

function next() {
  call('GET', 'next', undefined, (answer, event) => {
    const reply = JSON.stringify(hello(JSON.parse(event.toString())));
    call('POST', `${answer.headers['lambda-runtime-aws-request-id']}/response`, reply, next);
  });
}

next();

'use strict';

// The same service under serverless-offline and under Karamon's local gateway gets the same requests. Each difference between
// their answers, and between the events that the functions get, is a row of the table in docs/local.md.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { KARAMON, freePort, printed, service } = require('./support/service');

const HANDLERS = `(ns shop.parity
  (:import (karamon.json JsonWriter)))

(defn show [event _]
  {"statusCode" 200, "headers" {"content-type" "application/json"}, "body" (JsonWriter/string event)})

(def bytes64 "AP/+/Q==") ; 00 ff fe fd

(defn answer [{:strs [queryStringParameters]} _]
  (case (get queryStringParameters "kind")
    "repeated" {"statusCode" 200, "multiValueHeaders" {"x-a" ["1" "2"], "set-cookie" ["a=1" "b=2"]}, "body" "text"}
    "cookies"  {"statusCode" 200, "cookies" ["a=1" "b=2"], "body" "text"}
    "binary"   {"statusCode" 200, "headers" {"content-type" "image/png"}, "isBase64Encoded" true, "body" bytes64}
    "bare"     {"statusCode" 201}
    "teapot"   {"statusCode" 418, "headers" {"x-number" 7, "x-true" true}, "body" "short and stout"}
    "data"     {"a" 1}
    "text"     "plain"
    "nothing"  nil
    "odd"      {"statusCode" 200, "odd" 1, "body" "text"}
    "status"   {"statusCode" "200", "body" "text"}
    "wrong"    {"statusCode" 99, "body" "text"}
    "throw"    (throw (IllegalStateException. "no price"))))

(defn guard [{:strs [authorizationToken methodArn routeArn] :as event} _]
  (case (or authorizationToken (get-in event ["headers" "authorization"]))
    "throw" (throw (Exception. "Unauthorized"))
    "fail"  (throw (Exception. "no"))
    {"principalId"    "ann"
     "policyDocument" {"Version"   "2012-10-17"
                       "Statement" [{"Action"   "execute-api:Invoke"
                                     "Effect"   (if (= "deny" (or authorizationToken (get-in event ["headers" "authorization"]))) "Deny" "Allow")
                                     "Resource" (or methodArn routeArn)}]}
     "context"        {"tier" "gold", "size" 7}}))
`;

const config = {
  functions: {
    show: {
      clj: 'shop.parity/show',
      events: [
        { http: { path: '/show', method: 'any' } },
        { http: 'GET /show/{name}' },
        { http: 'GET /show/{name}/fixed' },
        { http: 'GET /deep/{rest+}' },
        { http: { path: '/slash/', method: 'get' } },
        { http: { path: '/cors', method: 'get', cors: true } },
        { http: { path: '/private', method: 'get', private: true } },
        { http: { path: '/guarded', method: 'get', authorizer: { name: 'guard', resultTtlInSeconds: 0 } } },
        { httpApi: 'GET /v2/show' },
        { httpApi: 'POST /v2/show' },
        { httpApi: 'GET /v2/show/{name}' },
        { httpApi: 'GET /v2/deep/{rest+}' },
        { httpApi: { path: '/v2/mine', method: 'get', authorizer: { name: 'users' } } },
      ],
    },
    answer: { clj: 'shop.parity/answer', events: [{ http: 'GET /answer' }, { httpApi: 'GET /v2/answer' }] },
    guard: { clj: 'shop.parity/guard' },
  },
  provider: {
    apiGateway: { apiKeys: [{ name: 'parity', value: 'k'.repeat(20) }] },
    httpApi: {
      cors: { allowedOrigins: ['https://shop.example'], allowedHeaders: ['x-a'], allowedMethods: ['GET'], maxAge: 60 },
      authorizers: {
        users: {
          type: 'jwt',
          identitySource: '$request.header.Authorization',
          issuerUrl: 'https://login.example',
          audience: ['shop'],
        },
      },
    },
  },
};

const part = (data) => Buffer.from(JSON.stringify(data)).toString('base64url');
const token = (claims) =>
  `${part({ alg: 'RS256', kid: 'a' })}.${part({ iss: 'https://login.example', aud: 'shop', exp: 4102444800, ...claims })}.${part('x')}`;
const bytes = Buffer.from([0, 255, 254, 253]);
const text = { 'content-type': 'text/plain' };
const preflight = {
  origin: 'https://shop.example',
  'access-control-request-method': 'GET',
  'access-control-request-headers': 'x-a',
};

/** The name of each request, and `[method, path, headers, body]`. */
const requests = {
  'a path': ['GET', '/show'],
  'a query': ['GET', '/show?a=1&a=2&b=%E5%A4%AA&c=x%20y+z&d=&e'],
  'a query that is encoded badly': ['GET', '/show?a=%zz'],
  'a path parameter': ['GET', '/show/hat'],
  'an encoded path parameter': ['GET', '/show/%E5%A4%AA%E9%83%8E%20x'],
  'an encoded slash': ['GET', '/show/a%2Fb'],
  'a fixed segment after a parameter': ['GET', '/show/hat/fixed'],
  'a greedy parameter': ['GET', '/deep/a/b%20c/d'],
  'a trailing slash': ['GET', '/show/'],
  'a route with a trailing slash': ['GET', '/slash'],
  'repeated headers': ['GET', '/show', { 'X-Twice': ['1', '2'], Cookie: 'a=1; b=2' }],
  'a text body': ['POST', '/show', text, 'caf\u00e9'],
  'a JSON body': ['PUT', '/show', { 'content-type': 'application/json' }, '{"a":1}'],
  'a binary body': ['POST', '/show', { 'content-type': 'application/octet-stream' }, bytes],
  'an empty body': ['POST', '/show', text, ''],
  'a HEAD': ['HEAD', '/show'],
  'no route': ['GET', '/none'],
  'another method': ['POST', '/cors', text, 'x'],
  'a preflight of a REST API': ['OPTIONS', '/cors', preflight],
  'a cross-origin request to a REST API': ['GET', '/cors', { origin: 'https://shop.example' }],
  'no API key': ['GET', '/private'],
  'an API key': ['GET', '/private', { 'x-api-key': 'k'.repeat(20) }],
  'an allowed request': ['GET', '/guarded', { authorization: 'allow' }],
  'a denied request': ['GET', '/guarded', { authorization: 'deny' }],
  'no identity source': ['GET', '/guarded'],
  'an authorizer that throws Unauthorized': ['GET', '/guarded', { authorization: 'throw' }],
  'an authorizer that fails': ['GET', '/guarded', { authorization: 'fail' }],
  'an HTTP API': ['GET', '/v2/show?a=1&a=2&b=%E5%A4%AA&c=x%20y+z', { Cookie: 'a=1; b=2', 'X-Twice': ['1', '2'] }],
  'an encoded path of an HTTP API': ['GET', '/v2/show/%E5%A4%AA%20x'],
  'an encoded slash of an HTTP API': ['GET', '/v2/show/a%2Fb'],
  'a greedy parameter of an HTTP API': ['GET', '/v2/deep/a/b%20c/d'],
  'a trailing slash of an HTTP API': ['GET', '/v2/show/'],
  'a text body to an HTTP API': ['POST', '/v2/show', text, 'caf\u00e9'],
  'a binary body to an HTTP API': ['POST', '/v2/show', { 'content-type': 'application/octet-stream' }, bytes],
  'no route of an HTTP API': ['GET', '/v2/none'],
  'a preflight of an HTTP API': ['OPTIONS', '/v2/show', preflight],
  'a refused preflight of an HTTP API': ['OPTIONS', '/v2/show', { ...preflight, origin: 'https://evil.example' }],
  'a cross-origin request to an HTTP API': ['GET', '/v2/show', { origin: 'https://shop.example' }],
  'a token': ['GET', '/v2/mine', { authorization: `Bearer ${token({ sub: 'ann', scope: 'a b' })}` }],
  'a token for another audience': ['GET', '/v2/mine', { authorization: `Bearer ${token({ aud: 'other' })}` }],
  'an expired token': ['GET', '/v2/mine', { authorization: `Bearer ${token({ exp: 1 })}` }],
  'no token': ['GET', '/v2/mine'],
  'a malformed token': ['GET', '/v2/mine', { authorization: 'x' }],
};
for (const kind of [
  'repeated',
  'cookies',
  'binary',
  'bare',
  'teapot',
  'data',
  'text',
  'nothing',
  'odd',
  'status',
  'wrong',
  'throw',
]) {
  requests[`the reply ${kind}`] = ['GET', `/answer?kind=${kind}`];
  requests[`the reply ${kind} of an HTTP API`] = ['GET', `/v2/answer?kind=${kind}`];
}

function ask(port, [method, path, headers = {}, body]) {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host: '127.0.0.1', port, method, path, headers: { ...headers, connection: 'close' } },
      (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

/** Names of members whose values are of one process or one moment. */
const own =
  /^(date|x-amzn-requestid|content-length|x-amzn-trace-id|Host|host|requestId|extendedRequestId|requestTime|requestTimeEpoch|time|timeEpoch)$/;

/** Returns data without the members in `own`. */
function stable(x) {
  if (Array.isArray(x)) return x.map(stable);
  if (x === null || typeof x !== 'object') return x;
  return Object.fromEntries(
    Object.entries(x)
      .filter(([key]) => !own.test(key))
      .map(([key, value]) => [key, stable(value)]),
  );
}

/** Returns an answer as data: with the event, if the body is one. */
function seen({ status, headers, body }) {
  try {
    return stable({ status, headers, body: JSON.parse(body.toString()) });
  } catch {
    return stable({ status, headers, body: body.toString('latin1') });
  }
}

/** Returns the differences of two values, as a map of paths to pairs. */
function differences(a, b, at = '') {
  const isMap = (x) => x !== null && typeof x === 'object' && !Array.isArray(x);
  if (!isMap(a) || !isMap(b)) return JSON.stringify(a) === JSON.stringify(b) ? {} : { [at]: [a, b] };
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.assign({}, ...[...keys].map((key) => differences(a[key], b[key], at ? `${at}.${key}` : key)));
}

let shop, offline, gateway;
const children = [];
before(async () => {
  shop = service('osls 4', config);
  shop.write('src-clj/shop/parity.clj', HANDLERS);
  const [port, lambdaPort] = [await freePort(), await freePort()];
  const start = async (args, ready) => {
    const child = shop.start(args);
    children.push(child);
    return { found: await printed(child, ready) };
  };
  const options = ['--host', '127.0.0.1', '--httpPort', `${port}`, '--lambdaPort', `${lambdaPort}`, '--noPrependStageInUrl'];
  [offline, gateway] = await Promise.all([
    start(['offline', ...options, '--ignoreJWTSignature'], /Server ready/),
    start(['karamon', 'dev', '--port', '0'], /http:\/\/127\.0\.0\.1:(\d+)\/[^]*Saved code is live/),
  ]);
  offline.port = port;
  gateway.port = Number(gateway.found[1]);
});

after(() => {
  for (const child of children) child.kill('SIGTERM');
  shop?.remove();
});

/** The differences: the first cell of a row in docs/local.md, what it is about, and requests if it isn't about all. */
const known = [
  ['Headers of every answer', /^headers\.(vary|cache-control|accept-ranges|access-control-expose-headers)$/],
  ['Content types', /^headers\.content-type$/],
  ['Placeholders', /requestContext\.(accountId|apiId|domainName|domainPrefix|resourceId|identity\..*)$/],
  ['Placeholders', /requestContext\.http\.userAgent$/],
  ['Case of header names', /^body\.(multiValueH|h)eaders\.(connection|content-type|origin|authorization)$/i],
  ['Headers of proxies', /^body\.(multiValueH|h)eaders\.x-forwarded-(for|port|proto)$/],
  ['`requestContext.path`', /^body\.requestContext\.path$/],
  ['`resourcePath` of a greedy parameter', /^body\.requestContext\.resourcePath$/, /^a greedy parameter$/],
  ['Path parameters of a REST API', /^body\.pathParameters\./, /^an encoded (path parameter|slash)$|^a greedy parameter$/],
  ['Paths of an HTTP API', /^body\.(rawPath|requestContext\.http\.path)$/, /of an HTTP API$/],
  ['`rawQueryString`', /^body\.rawQueryString$/, /^an HTTP API$/],
  [
    'Empty members of an HTTP API',
    /^body\.(cookies|pathParameters|queryStringParameters|stageVariables)$/,
    /HTTP API$|^a token$/,
  ],
  ['Headers of an HTTP API', /^body\.headers\.(cookie|x-twice)$/, /^an HTTP API$/],
  ['A slash at the end of a path', /./, /^a trailing slash/],
  ['Requests without a route', /^(status|body)/, /^no route|^another method$/],
  ['CORS of a REST API', /^(status|headers\.access-control-)/, /REST API$/],
  ['CORS of an HTTP API', /^headers\.access-control-/, /^a cross-origin request to an HTTP API$/],
  [
    'Refusals',
    /^(status|body|headers\.(www-authenticate|x-amzn-errortype))/,
    /^(a denied|no identity|an authorizer|a token for|an expired|no token|a malformed|no API)/,
  ],
  ['`integrationLatency`', /integrationLatency$/, /^an allowed request$/],
  ['Claims', /^body\.requestContext\.authorizer\./, /^a token$/],
  ['Replies that AWS refuses', /./, /^the reply (repeated of an HTTP API|cookies|data|text|odd|wrong|nothing$)/],
  ['A reply of nothing to an HTTP API', /./, /^the reply nothing of an HTTP API$/],
  ['Repeated headers of a reply', /^headers\.x-a$/, /^the reply repeated$/],
  ['Exceptions', /^(status|body)/, /^the reply throw/],
];

test('each difference is a row of the table in docs/local.md, and each row is one', async () => {
  const page = fs.readFileSync(path.join(KARAMON, 'docs/local.md'), 'utf8');
  const unknown = [];
  const used = new Set();
  for (const [name, request] of Object.entries(requests)) {
    const [a, b] = [seen(await ask(offline.port, request)), seen(await ask(gateway.port, request))];
    for (const [at, [x, y]] of Object.entries(differences(a, b))) {
      const row = known.find(([, place, about = /./]) => place.test(at) && about.test(name));
      if (row) used.add(row);
      else unknown.push(`${name}: ${at}: serverless-offline ${JSON.stringify(x)}, karamon ${JSON.stringify(y)}`);
    }
  }
  assert.deepEqual(unknown, []);
  const unused = known.filter((row) => !used.has(row)).map(([title, place]) => `${title} ${place}`);
  assert.deepEqual(unused, []);
  const missing = known.map(([title]) => title).filter((title) => !page.includes(`\n| ${title} |`));
  assert.deepEqual(missing, []);
});

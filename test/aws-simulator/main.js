'use strict';

// Simulates the parts of AWS that deploying a service with Serverless needs, on loopback: STS, S3, CloudFormation and Lambda.
// Deployed functions run on AWS's own runtime interface client, each in a JVM.
//
//   node test/aws-simulator/main.js PORT 'CLASSPATH OF THE RUNTIME CLIENT'
//
// It is stricter than AWS: it answers 501 to requests that it doesn't support, and refuses parameters that AWS ignores. At
// SIGTERM it prints the unsupported requests, and exits with 1 if there were any, else with 0.

const http = require('http');
const { AwsError, Unknown, known } = require('./errors');
const { CloudFormation } = require('./cloudformation');
const { Lambda } = require('./lambda');
const { S3 } = require('./s3');
const { element } = require('./xml');

const account = '123456789012';
const region = 'us-east-1';
const keyId = 'test';

const [port, classPath] = process.argv.slice(2);
const s3 = new S3(region);
const lambda = new Lambda({ account, region, classPath, s3 });
const cloudformation = new CloudFormation({ account, region, s3, lambda });
const unknown = [];

const versions = { '2010-05-15': 'cloudformation', '2011-06-15': 'sts' };

// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
function sts(parameters) {
  known('parameters of STS', parameters, ['Action', 'Version']);
  if (parameters.Action !== 'GetCallerIdentity') throw new Unknown(`STS has no ${parameters.Action} here`);
  return { UserId: 'AIDAEXAMPLE', Account: account, Arn: `arn:aws:iam::${account}:user/test` };
}

// Services whose requests are forms: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/CommonParameters.html
function query(service, body) {
  // An empty list is sent as a name without a value.
  const parameters = Object.fromEntries([...new URLSearchParams(body.toString())].filter(([, value]) => value !== ''));
  if (versions[parameters.Version] !== service) throw new Unknown(`${service} got a request for version ${parameters.Version}`);
  const action = parameters.Action;
  const namespace =
    service === 'sts' ? 'https://sts.amazonaws.com/doc/2011-06-15/' : 'http://cloudformation.amazonaws.com/doc/2010-05-15/';
  const result = service === 'sts' ? sts(parameters) : cloudformation.answer(parameters);
  const text = element(`${action}Response`, { [`${action}Result`]: result, ResponseMetadata: { RequestId: 'r-1' } }, namespace);
  return { type: 'text/xml', body: text };
}

// Serverless requests the repository of the stack's images when it removes the stack.
function ecr(request) {
  if (request.headers['x-amz-target'] !== 'AmazonEC2ContainerRegistry_V20150921.DescribeRepositories') {
    throw new Unknown(`ECR has no ${request.headers['x-amz-target']} here`);
  }
  throw new AwsError(400, 'RepositoryNotFoundException', 'There are no repositories');
}

function serviceOf(request) {
  const scope =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=.*host.*, Signature=[0-9a-f]{64}$/.exec(
      request.headers.authorization ?? '',
    );
  if (!scope || scope[1] !== keyId || scope[2] !== region)
    throw new AwsError(403, 'AccessDenied', 'The request is not signed as it should be');
  return scope[3];
}

async function answer(request, body) {
  const service = serviceOf(request);
  const url = new URL(request.url, 'http://127.0.0.1');
  if (service === 's3') return s3.answer(request, url, body);
  if (service === 'lambda') return lambda.answer(request, url, body);
  if (service === 'ecr') return ecr(request);
  if (request.method === 'POST' && url.pathname === '/' && Object.values(versions).includes(service)) return query(service, body);
  throw new Unknown(`${service} isn't here`);
}

// Errors in the form of the protocol: https://smithy.io/2.0/aws/protocols/index.html
function problem(request, e) {
  const error = e instanceof AwsError ? e : new AwsError(501, 'NotImplemented', e.message);
  if (!(e instanceof AwsError)) {
    unknown.push(`${request.method} ${request.url}: ${e instanceof Unknown ? e.message : e.stack}`);
  }
  const form = request.headers['content-type'] === 'application/x-www-form-urlencoded';
  const details = { Code: error.code, Message: error.message };
  if (form)
    return {
      status: error.status,
      type: 'text/xml',
      body: element('ErrorResponse', { Error: { Type: 'Sender', ...details }, RequestId: 'r-1' }),
    };
  if (/^\/20\d\d-|^\/$/.test(request.url)) {
    return {
      status: error.status,
      type: 'application/json',
      headers: { 'x-amzn-errortype': error.code },
      body: JSON.stringify({ __type: error.code, message: error.message, Message: error.message }),
    };
  }
  return { status: error.status, type: 'application/xml', body: request.method === 'HEAD' ? '' : element('Error', details) };
}

const server = http.createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    const found = await answer(request, Buffer.concat(chunks)).catch((e) => problem(request, e));
    const headers = { 'content-type': found.type ?? 'application/xml', 'x-amzn-requestid': 'r-1', ...found.headers };
    response.writeHead(found.status ?? 200, headers).end(found.body ?? '');
  });
});

function end() {
  lambda.close();
  for (const request of unknown) console.error(`unknown: ${request}`);
  process.exit(unknown.length === 0 ? 0 : 1);
}

process.on('SIGTERM', end);
process.on('SIGINT', end);
server.listen(Number(port), '127.0.0.1', () => console.log(`Running on http://127.0.0.1:${server.address().port}`));

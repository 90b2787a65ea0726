'use strict';

const { randomBytes } = require('crypto');
const { check } = require('./errors');

const random = (n) => randomBytes(n).toString('hex').slice(0, n);

// Returns the services that a policy allows to assume a role.
function serviceOf(document) {
  return document.Statement.filter(
    ({ Effect, Action }) => Effect === 'Allow' && [Action].flat().includes('sts:AssumeRole'),
  ).flatMap(({ Principal }) => [Principal.Service].flat());
}

// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
const integration = /^arn:aws:apigateway:([^:]+):lambda:path\/2015-03-31\/functions\/(arn:aws:lambda:[^/]+)\/invocations$/;

/**
 * The types of resources, each with its required and optional properties and its functions. `create` returns `id` and
 * `attributes`; `remove` deletes a resource; `update` changes one. A resource of a type without `update` is replaced.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
 */
const types = {
  'AWS::S3::Bucket': {
    required: [],
    optional: ['BucketEncryption'],
    create: (props, { s3, stack, logicalId }) => {
      const id = `${stack}-${logicalId}-${random(12)}`.toLowerCase();
      s3.create(id);
      return { id, attributes: { Arn: `arn:aws:s3:::${id}` } };
    },
    remove: (id, _, { s3 }) => s3.remove(id),
  },
  'AWS::S3::BucketPolicy': {
    required: ['Bucket', 'PolicyDocument'],
    optional: [],
    create: ({ Bucket }, { s3 }) => (s3.bucket(Bucket), { id: Bucket }),
    remove: () => {},
  },
  'AWS::Logs::LogGroup': {
    required: [],
    optional: ['LogGroupName', 'RetentionInDays'],
    create: ({ LogGroupName }) => ({ id: LogGroupName }),
    remove: () => {},
  },
  'AWS::IAM::Role': {
    required: ['AssumeRolePolicyDocument'],
    optional: ['Path', 'Policies', 'RoleName', 'ManagedPolicyArns'],
    create: ({ RoleName, AssumeRolePolicyDocument }, { account, roles }) => {
      const arn = `arn:aws:iam::${account}:role/${RoleName}`;
      check(!roles.has(arn), `${RoleName} already exists`);
      roles.set(arn, serviceOf(AssumeRolePolicyDocument));
      return { id: RoleName, attributes: { Arn: arn } };
    },
    remove: (id, { attributes }, { roles }) => roles.delete(attributes.Arn),
  },
  'AWS::Lambda::Function': {
    required: ['Code', 'Role'],
    optional: [
      'Architectures',
      'Description',
      'Environment',
      'FunctionName',
      'Handler',
      'MemorySize',
      'Runtime',
      'SnapStart',
      'Tags',
      'Timeout',
    ],
    create: (props, { lambda, roles }) => {
      check(!lambda.functions.has(props.FunctionName), `${props.FunctionName} already exists`);
      return types['AWS::Lambda::Function'].update(props, { lambda, roles });
    },
    update: (props, { lambda, roles }) => {
      check(
        roles.get(props.Role)?.includes('lambda.amazonaws.com'),
        'The role defined for the function cannot be assumed by Lambda.',
      );
      const { name, arn } = lambda.put(props);
      return { id: name, attributes: { Arn: arn } };
    },
    remove: (id, _, { lambda }) => lambda.remove(id),
  },
  'AWS::Lambda::Version': {
    required: ['FunctionName'],
    optional: ['CodeSha256', 'Description'],
    create: ({ FunctionName, CodeSha256 }, { lambda }) => {
      const { fn, version } = lambda.publish(FunctionName, CodeSha256);
      return { id: `${fn.arn}:${version}`, attributes: { Version: version } };
    },
    remove: () => {},
  },
  'AWS::Lambda::Alias': {
    required: ['FunctionName', 'FunctionVersion', 'Name'],
    optional: [],
    create: (props, context) => types['AWS::Lambda::Alias'].update(props, context),
    update: ({ FunctionName, FunctionVersion, Name }, { lambda }) => {
      const fn = lambda.find(FunctionName);
      check(fn.versions.includes(FunctionVersion), `Function not found: ${fn.arn}:${FunctionVersion}`);
      fn.aliases.set(Name, FunctionVersion);
      return { id: `${fn.arn}:${Name}` };
    },
    remove: () => {},
  },
  'AWS::Lambda::Permission': {
    required: ['Action', 'FunctionName', 'Principal'],
    optional: ['SourceArn'],
    create: ({ Action, FunctionName, Principal, SourceArn }, { lambda, logicalId }) => {
      check(Action === 'lambda:InvokeFunction', `Action ${Action}`);
      lambda.find(FunctionName).permissions.push({ id: logicalId, to: FunctionName, Principal, SourceArn });
      return { id: logicalId };
    },
    remove: () => {},
  },
  'AWS::ApiGateway::RestApi': {
    required: ['Name'],
    optional: ['BinaryMediaTypes', 'EndpointConfiguration', 'Policy'],
    create: ({ Name }, { apis }) => {
      check(Name, 'A REST API needs a name');
      const id = random(10);
      apis.set(id, { paths: new Map([['root', '']]), methods: [] });
      return { id, attributes: { RootResourceId: 'root' } };
    },
    remove: (id, _, { apis }) => apis.delete(id),
  },
  'AWS::ApiGateway::Resource': {
    required: ['ParentId', 'PathPart', 'RestApiId'],
    optional: [],
    create: ({ ParentId, PathPart, RestApiId }, { apis, logicalId }) => {
      const { paths } = apis.get(RestApiId);
      const path = `${paths.get(ParentId)}/${PathPart}`;
      check(paths.has(ParentId) && /^([\w.:%-]+|\{\w+\+?\})$/.test(PathPart), `No resource can be ${path}`);
      check(![...paths.values()].includes(path), `Another resource with the same parent already has this name: ${PathPart}`);
      paths.set(logicalId, path);
      return { id: logicalId };
    },
    remove: (id, { props }, { apis }) => apis.get(props.RestApiId)?.paths.delete(id),
  },
  'AWS::ApiGateway::Method': {
    required: ['HttpMethod', 'ResourceId', 'RestApiId'],
    optional: ['ApiKeyRequired', 'AuthorizationType', 'Integration', 'MethodResponses', 'RequestParameters'],
    create: ({ HttpMethod, ResourceId, RestApiId, Integration }, { apis, lambda, logicalId, region }) => {
      const { paths, methods } = apis.get(RestApiId);
      const [, where, arn] = integration.exec(Integration?.Uri) ?? [];
      check(paths.has(ResourceId), `Invalid Resource identifier specified: ${ResourceId}`);
      check(/^(ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT)$/.test(HttpMethod), `Invalid HTTP method specified: ${HttpMethod}`);
      check(
        Integration.Type === 'AWS_PROXY' && Integration.IntegrationHttpMethod === 'POST' && where === region,
        `No integration is ${JSON.stringify(Integration)}`,
      );
      lambda.find(arn);
      methods.push({ id: logicalId, arn, path: `${HttpMethod} ${paths.get(ResourceId)}` });
      return { id: logicalId };
    },
    remove: (id, { props }, { apis }) => {
      const api = apis.get(props.RestApiId);
      if (api) api.methods = api.methods.filter((method) => method.id !== id);
    },
  },
  // Each method's function must allow the API to call it. AWS checks this only at the first request, which gets a 500.
  'AWS::ApiGateway::Deployment': {
    required: ['RestApiId'],
    optional: ['StageName'],
    create: ({ RestApiId }, { account, apis, lambda, logicalId, region }) => {
      const { methods } = apis.get(RestApiId);
      check(methods.length > 0, "The REST API doesn't contain any methods");
      const source = `arn:aws:execute-api:${region}:${account}:${RestApiId}/*/*`;
      for (const { arn, path } of methods) {
        const permitted = lambda
          .find(arn)
          .permissions.some(
            ({ to, Principal, SourceArn }) => to === arn && Principal === 'apigateway.amazonaws.com' && SourceArn === source,
          );
        check(permitted, `The API may not call the function of ${path}`);
      }
      return { id: logicalId };
    },
    remove: () => {},
  },
};

module.exports = { types };

'use strict';

const { randomUUID } = require('crypto');
const { AwsError, Unknown, check, known } = require('./errors');
const { types } = require('./resources');
const { inOrder, parse, resolve } = require('./template');

const noChanges = "The submitted information didn't contain changes. Submit different information to create a change set.";
const now = () => new Date().toISOString();

/** The parameters of each action, in addition to Action and Version. */
const parameters = {
  CreateChangeSet: [
    'StackName',
    'ChangeSetName',
    'ChangeSetType',
    'TemplateBody',
    'TemplateURL',
    'Capabilities.member.',
    'Tags.member.',
  ],
  DeleteChangeSet: ['StackName', 'ChangeSetName'],
  DeleteStack: ['StackName'],
  DescribeChangeSet: ['StackName', 'ChangeSetName'],
  DescribeStackEvents: ['StackName'],
  DescribeStackResource: ['StackName', 'LogicalResourceId'],
  DescribeStacks: ['StackName'],
  ExecuteChangeSet: ['StackName', 'ChangeSetName'],
  ListStackResources: ['StackName'],
  ValidateTemplate: ['TemplateURL'],
};

/** Stacks, which only change sets create and change: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/ */
class CloudFormation {
  constructor({ account, region, s3, lambda }) {
    Object.assign(this, { account, region, s3, lambda, roles: new Map(), apis: new Map(), stacks: new Map() });
  }

  answer({ Action, Version: _, ...asked }) {
    if (!parameters[Action]) throw new Unknown(`CloudFormation has no ${Action} here`);
    known(Action, asked, parameters[Action]);
    return this[Action](asked);
  }

  /** Returns the stack with a name or id. A deleted stack is found only by its id. */
  stack(nameOrId) {
    const stack = this.stacks.get(nameOrId) ?? [...this.stacks.values()].find(({ id }) => id === nameOrId);
    if (!stack || (stack.status === 'DELETE_COMPLETE' && nameOrId !== stack.id))
      throw new AwsError(400, 'ValidationError', `Stack with id ${nameOrId} does not exist`);
    return stack;
  }

  template({ TemplateBody, TemplateURL }) {
    check(!TemplateBody || TemplateBody.length <= 51200, 'Template body must be at most 51200 bytes');
    if (TemplateBody) return TemplateBody;
    const [, bucket, key] = /^https:\/\/s3\.amazonaws\.com\/([^/]+)\/(.+)$/.exec(TemplateURL) ?? [];
    check(bucket, `TemplateURL must be a supported URL, found ${TemplateURL}`);
    return this.s3.object(bucket, decodeURIComponent(key)).toString();
  }

  ValidateTemplate(asked) {
    const { Description } = parse(this.template(asked));
    return { Parameters: [], Description };
  }

  CreateChangeSet({ StackName, ChangeSetName, ChangeSetType, ...asked }) {
    const template = parse(this.template(asked));
    const capabilities = Object.entries(asked).flatMap(([key, value]) => (key.startsWith('Capabilities') ? [value] : []));
    const named = Object.values(template.Resources).some(({ Type }) => Type === 'AWS::IAM::Role');
    if (named && !capabilities.includes('CAPABILITY_NAMED_IAM')) {
      throw new AwsError(400, 'InsufficientCapabilitiesException', 'Requires capabilities : [CAPABILITY_NAMED_IAM]');
    }
    let stack = this.stacks.get(StackName);
    const there = stack && stack.status !== 'DELETE_COMPLETE' && stack.status !== 'REVIEW_IN_PROGRESS';
    check(ChangeSetType === (there ? 'UPDATE' : 'CREATE'), `Stack [${StackName}] ${there ? 'already exists' : 'does not exist'}`);
    if (!there) {
      const id = `arn:aws:cloudformation:${this.region}:${this.account}:stack/${StackName}/${randomUUID()}`;
      stack = {
        name: StackName,
        id,
        status: 'REVIEW_IN_PROGRESS',
        created: now(),
        resources: new Map(),
        outputs: [],
        events: [],
        changeSets: new Map(),
      };
      this.stacks.set(StackName, stack);
    }
    check(!stack.changeSets.has(ChangeSetName), `ChangeSet [${ChangeSetName}] already exists`);
    const id = `arn:aws:cloudformation:${this.region}:${this.account}:changeSet/${ChangeSetName}/${randomUUID()}`;
    stack.changeSets.set(ChangeSetName, { id, template, changed: JSON.stringify(template) !== stack.text });
    return { Id: id, StackId: stack.id };
  }

  changeSet({ StackName, ChangeSetName }) {
    const stack = this.stack(StackName);
    const changeSet = stack.changeSets.get(ChangeSetName);
    if (!changeSet) throw new AwsError(404, 'ChangeSetNotFound', `ChangeSet [${ChangeSetName}] does not exist`);
    return { stack, changeSet };
  }

  DescribeChangeSet(asked) {
    const { stack, changeSet } = this.changeSet(asked);
    return {
      ...{
        ChangeSetName: asked.ChangeSetName,
        ChangeSetId: changeSet.id,
        StackId: stack.id,
        StackName: stack.name,
        CreationTime: now(),
      },
      ...(changeSet.changed
        ? { ExecutionStatus: 'AVAILABLE', Status: 'CREATE_COMPLETE' }
        : { ExecutionStatus: 'UNAVAILABLE', Status: 'FAILED', StatusReason: noChanges }),
      Changes: Object.entries(changeSet.template.Resources).map(([LogicalResourceId, { Type }]) => ({
        Type: 'Resource',
        ResourceChange: {
          Action: stack.resources.has(LogicalResourceId) ? 'Modify' : 'Add',
          LogicalResourceId,
          ResourceType: Type,
        },
      })),
    };
  }

  DeleteChangeSet({ StackName, ChangeSetName }) {
    this.stack(StackName).changeSets.delete(ChangeSetName);
    return {};
  }

  ExecuteChangeSet(asked) {
    const { stack, changeSet } = this.changeSet(asked);
    check(changeSet.changed, `ChangeSet [${asked.ChangeSetName}] cannot be executed in its current status of [FAILED]`);
    stack.changeSets.clear();
    const kind = stack.status === 'REVIEW_IN_PROGRESS' ? 'CREATE' : 'UPDATE';
    this.event(stack, stack.name, stack.id, 'AWS::CloudFormation::Stack', `${kind}_IN_PROGRESS`, 'User Initiated');
    let current;
    try {
      for (const id of inOrder(changeSet.template.Resources)) {
        current = { id, type: changeSet.template.Resources[id].Type };
        this.make(stack, id, changeSet.template.Resources[id]);
      }
      for (const [id, resource] of [...stack.resources].reverse()) {
        if (!changeSet.template.Resources[id]) this.take(stack, id, resource);
      }
      stack.outputs = Object.entries(changeSet.template.Outputs ?? {}).map(([OutputKey, { Description, Value, Export }]) => ({
        ...{ OutputKey, OutputValue: this.resolved(stack, Value), Description, ExportName: this.resolved(stack, Export?.Name) },
      }));
      stack.text = JSON.stringify(changeSet.template);
      stack.status = `${kind}_COMPLETE`;
    } catch (e) {
      if (!(e instanceof AwsError)) throw e;
      this.event(stack, current.id, '', current.type, `${kind}_FAILED`, e.message);
      stack.status = kind === 'CREATE' ? 'ROLLBACK_COMPLETE' : 'UPDATE_ROLLBACK_COMPLETE';
    }
    this.event(stack, stack.name, stack.id, 'AWS::CloudFormation::Stack', stack.status);
    return {};
  }

  resolved(stack, part) {
    const pseudo = {
      ...{
        'AWS::Partition': 'aws',
        'AWS::Region': this.region,
        'AWS::AccountId': this.account,
        'AWS::URLSuffix': 'amazonaws.com',
      },
      ...{ 'AWS::StackName': stack.name, 'AWS::StackId': stack.id },
    };
    const attribute = (id, name) => {
      const value = stack.resources.get(id).attributes?.[name];
      if (value === undefined) throw new Unknown(`${id} has no ${name} here`);
      return value;
    };
    const ref = (id) => pseudo[id] ?? stack.resources.get(id)?.id ?? check(false, `Unresolved resource dependencies [${id}]`);
    return resolve(part, ref, attribute);
  }

  make(stack, logicalId, { Type, Properties = {}, DeletionPolicy }) {
    const type = types[Type];
    const props = this.resolved(stack, Properties);
    const old = stack.resources.get(logicalId);
    if (old && old.type !== Type) throw new Unknown(`${logicalId} becomes a ${Type}`);
    if (old && JSON.stringify(old.props) === JSON.stringify(props)) return;
    const context = { ...this, stack: stack.name, logicalId };
    if (old && !type.update) type.remove(old.id, old, context);
    const made = (old && type.update ? type.update : type.create)(props, context);
    check(made.id, `${logicalId} has no name`);
    stack.resources.set(logicalId, { attributes: {}, ...made, type: Type, props, retained: DeletionPolicy === 'Retain' });
    this.event(stack, logicalId, made.id, Type, old ? 'UPDATE_COMPLETE' : 'CREATE_COMPLETE');
  }

  take(stack, logicalId, resource) {
    if (!resource.retained) types[resource.type].remove(resource.id, resource, this);
    stack.resources.delete(logicalId);
    this.event(stack, logicalId, resource.id, resource.type, resource.retained ? 'DELETE_SKIPPED' : 'DELETE_COMPLETE');
  }

  DeleteStack({ StackName }) {
    const stack = this.stack(StackName);
    this.event(stack, stack.name, stack.id, 'AWS::CloudFormation::Stack', 'DELETE_IN_PROGRESS', 'User Initiated');
    for (const [id, resource] of [...stack.resources].reverse()) this.take(stack, id, resource);
    stack.status = 'DELETE_COMPLETE';
    this.event(stack, stack.name, stack.id, 'AWS::CloudFormation::Stack', stack.status);
    return {};
  }

  event(stack, LogicalResourceId, PhysicalResourceId, ResourceType, ResourceStatus, ResourceStatusReason) {
    const event = {
      StackId: stack.id,
      EventId: randomUUID(),
      StackName: stack.name,
      LogicalResourceId,
      PhysicalResourceId,
      ResourceType,
      Timestamp: now(),
    };
    stack.events.unshift({ ...event, ResourceStatus, ResourceStatusReason });
  }

  DescribeStackEvents({ StackName }) {
    return { StackEvents: this.stack(StackName).events };
  }

  DescribeStacks({ StackName }) {
    const { name, id, created, status, outputs } = this.stack(StackName);
    return { Stacks: [{ StackId: id, StackName: name, CreationTime: created, StackStatus: status, Outputs: outputs }] };
  }

  resources({ StackName }) {
    return [...this.stack(StackName).resources].map(([LogicalResourceId, { id, type }]) => ({
      ...{
        LogicalResourceId,
        PhysicalResourceId: id,
        ResourceType: type,
        ResourceStatus: 'CREATE_COMPLETE',
        LastUpdatedTimestamp: now(),
      },
    }));
  }

  ListStackResources(asked) {
    return { StackResourceSummaries: this.resources(asked) };
  }

  DescribeStackResource({ StackName, LogicalResourceId }) {
    const found = this.resources({ StackName }).find((resource) => resource.LogicalResourceId === LogicalResourceId);
    check(found, `Resource ${LogicalResourceId} does not exist for stack ${StackName}`);
    return { StackResourceDetail: found };
  }
}

module.exports = { CloudFormation };

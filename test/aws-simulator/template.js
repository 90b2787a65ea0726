'use strict';

const { Unknown, check, known } = require('./errors');
const { types } = require('./resources');

/** Parses a template from JSON. Throws if it has resources that aren't simulated, or refers to resources that it lacks. */
function parse(text) {
  const template = JSON.parse(text);
  known('a template', template, ['AWSTemplateFormatVersion', 'Description', 'Resources', 'Outputs']);
  check(template.AWSTemplateFormatVersion === '2010-09-09', 'The template has another version');
  for (const [id, resource] of Object.entries(template.Resources)) {
    known(`the resource ${id}`, resource, ['Type', 'Properties', 'DependsOn', 'DeletionPolicy']);
    const type = types[resource.Type];
    if (!type) throw new Unknown(`No ${resource.Type} here`);
    const properties = resource.Properties ?? {};
    known(`${id}, a ${resource.Type}`, properties, [...type.required, ...type.optional]);
    for (const name of type.required) check(name in properties, `${id}: #: required key [${name}] not found`);
    for (const other of needs(resource))
      check(other in template.Resources, `Unresolved resource dependencies [${other}] in ${id}`);
  }
  for (const [name, output] of Object.entries(template.Outputs ?? {})) {
    known(`the output ${name}`, output, ['Description', 'Value', 'Export']);
    for (const other of needs(output))
      check(other in template.Resources, `Unresolved resource dependencies [${other}] in the output ${name}`);
  }
  return template;
}

const names = (text) => [...text.matchAll(/\$\{([^}]+)\}/g)].map(([, name]) => name);

/** Returns the logical ids that a part of a template refers to. */
function needs(part) {
  if (Array.isArray(part)) return part.flatMap(needs);
  if (part === null || typeof part !== 'object') return [];
  return Object.entries(part).flatMap(([key, value]) => {
    if (key === 'Ref') return value.startsWith('AWS::') ? [] : [value];
    if (key === 'Fn::GetAtt') return [value[0]];
    if (key === 'Fn::Sub')
      return names(value)
        .filter((name) => !name.startsWith('AWS::'))
        .map((name) => name.split('.')[0]);
    if (key === 'DependsOn') return [value].flat();
    return needs(value);
  });
}

/** Returns the logical ids, each after those that it depends on. */
function inOrder(resources) {
  const order = [];
  const visit = (id, path) => {
    check(!path.includes(id), `Circular dependency between resources: [${path.join(', ')}]`);
    if (order.includes(id)) return;
    for (const other of needs(resources[id])) visit(other, [...path, id]);
    order.push(id);
  };
  for (const id of Object.keys(resources)) visit(id, []);
  return order;
}

/** Returns a part of a template with its functions evaluated. `ref` and `attribute` return the values of resources. */
function resolve(part, ref, attribute) {
  const of = (x) => resolve(x, ref, attribute);
  if (Array.isArray(part)) return part.map(of);
  if (part === null || typeof part !== 'object') return part;
  const [[key, value] = [], ...others] = Object.entries(part);
  if (others.length === 0 && key === 'Ref') return ref(value);
  if (others.length === 0 && key?.startsWith('Fn::')) {
    if (key === 'Fn::GetAtt') return attribute(...value);
    if (key === 'Fn::Join') return of(value[1]).join(value[0]);
    if (key === 'Fn::Sub')
      return value.replace(/\$\{([^}.]+)(?:\.([^}]+))?\}/g, (_, id, name) => (name ? attribute(id, name) : ref(id)));
    throw new Unknown(`No ${key} here`);
  }
  return Object.fromEntries(Object.entries(part).map(([k, v]) => [k, of(v)]));
}

module.exports = { inOrder, parse, resolve };

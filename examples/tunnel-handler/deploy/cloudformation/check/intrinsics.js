'use strict';
// What CloudFormation's functions refer to, and whether they give one value or a list.

const PSEUDO = { 'AWS::AccountId': 'one', 'AWS::NotificationARNs': 'list', 'AWS::NoValue': 'any', 'AWS::Partition': 'one',
  'AWS::Region': 'one', 'AWS::StackId': 'one', 'AWS::StackName': 'one', 'AWS::URLSuffix': 'one' };
/** Functions whose arguments need no look at their own: name to what they give and how many arguments they take. */
const SIMPLE = {
  'Fn::Base64': { gives: 'one' }, 'Fn::Cidr': { gives: 'list', count: [2, 3] }, 'Fn::GetAZs': { gives: 'list' },
  'Fn::Join': { gives: 'one', count: [2] }, 'Fn::Select': { gives: 'one', count: [2] }, 'Fn::Split': { gives: 'list', count: [2] },
  'Fn::ImportValue': { gives: 'any' }, 'Fn::Equals': { gives: 'condition', count: [2] }, 'Fn::Not': { gives: 'condition', count: [1] },
  'Fn::And': { gives: 'condition', count: [2, 3, 4, 5, 6, 7, 8, 9, 10] }, 'Fn::Or': { gives: 'condition', count: [2, 3, 4, 5, 6, 7, 8, 9, 10] },
  'Fn::Length': { gives: 'one' }, 'Fn::ToJsonString': { gives: 'one' },
};

/** The function's name if the value is a call of one, else null. */
function functionOf(value) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return null;
  }
  const keys = Object.keys(value);
  return keys.length === 1 && (keys[0] === 'Ref' || keys[0].startsWith('Fn::')) ? keys[0] : null;
}

/**
 * Follows every reference in a value. `scope` has parameters, resources, conditions, mappings, attributeOf(resource, name) which is
 * the attribute's type or undefined, problem(where, text), and uses(kind, name, where), told of each thing referred to.
 */
class References {
  constructor(scope) {
    this.scope = scope;
  }

  /** Walks a value; returns what it gives when it is a function: 'one', 'list', 'condition', 'any', else null. */
  walk(value, where) {
    const name = functionOf(value);
    if (name !== null) {
      return this.call(name, value[name], `${where}/${name}`);
    }
    if (value !== null && typeof value === 'object') {
      if (Object.keys(value).length === 1 && typeof value.Condition === 'string' && !where.includes('/Properties')) {
        this.condition(value.Condition, where);
        return 'condition';
      }
      Object.entries(value).forEach(([key, part]) => this.walk(part, `${where}/${key}`));
    }
    return null;
  }

  call(name, argument, where) {
    switch (name) {
      case 'Ref': return this.ref(argument, where);
      case 'Fn::GetAtt': return this.attribute(argument, where);
      case 'Fn::Sub': return this.substitution(argument, where);
      case 'Fn::If': return this.branches(argument, where);
      case 'Fn::FindInMap': return this.lookup(argument, where);
      default:
    }
    const simple = SIMPLE[name];
    if (!simple) {
      this.scope.problem(where, 'there is no such function');
      return 'any';
    }
    if (simple.count && !(Array.isArray(argument) && simple.count.includes(argument.length))) {
      this.scope.problem(where, `takes a list of ${simple.count.join(' or ')} arguments`);
    }
    this.walk(argument, where);
    return simple.gives;
  }

  ref(name, where) {
    const { parameters, resources, problem, uses } = this.scope;
    if (typeof name === 'string' && PSEUDO[name]) {
      return PSEUDO[name];
    }
    if (parameters[name]) {
      uses('parameter', name, where);
      return /^(List<|CommaDelimitedList|AWS::SSM::Parameter::Value<List)/.test(parameters[name].Type) ? 'list' : 'one';
    }
    if (resources[name]) {
      uses('resource', name, where);
      return 'one';
    }
    problem(where, `'${name}' is neither a parameter nor a resource nor a pseudo parameter`);
    return 'any';
  }

  attribute(argument, where) {
    const { resources, problem, uses, attributeOf } = this.scope;
    const [resource, name] = Array.isArray(argument) ? argument : [argument];
    if (!resources[resource]) {
      problem(where, `'${resource}' is not a resource`);
      return 'any';
    }
    uses('resource', resource, where);
    const type = attributeOf(resource, name);
    if (!type) {
      problem(where, `${resources[resource].Type} has no attribute '${name}'`);
      return 'any';
    }
    return type.type === 'array' ? 'list' : 'one';
  }

  substitution(argument, where) {
    const [text, variables] = Array.isArray(argument) ? argument : [argument, {}];
    if (typeof text !== 'string') {
      this.scope.problem(where, 'takes a string, or a list of a string and a map');
      return 'one';
    }
    this.walk(variables, where);
    const used = new Set();
    for (const [, name] of text.matchAll(/\$\{([^!}][^}]*)\}/g)) {
      used.add(name);
      const gives = variables[name] !== undefined ? 'one'
        : name.includes('.') ? this.attribute(name.split(/\.(.*)/s, 2), where) : this.ref(name, where);
      if (gives === 'list') {
        this.scope.problem(where, `\${${name}} is a list: join it first`);
      }
    }
    Object.keys(variables).filter(name => !used.has(name)).forEach(name => this.scope.problem(where, `variable '${name}' is not used`));
    return 'one';
  }

  branches(argument, where) {
    if (!Array.isArray(argument) || argument.length !== 3) {
      this.scope.problem(where, 'takes a list of 3 arguments');
      return 'any';
    }
    this.condition(argument[0], where);
    argument.slice(1).forEach((branch, i) => this.walk(branch, `${where}/${i + 1}`));
    return 'any';
  }

  lookup(argument, where) {
    const mapping = Array.isArray(argument) && argument[0];
    if (!this.scope.mappings[mapping]) {
      this.scope.problem(where, `'${mapping}' is not a mapping`);
    }
    this.walk(argument, where);
    return 'any';
  }

  condition(name, where) {
    if (!this.scope.conditions[name]) {
      this.scope.problem(where, `'${name}' is not a condition`);
    }
    this.scope.uses('condition', name, where);
  }
}

module.exports = { References, functionOf };

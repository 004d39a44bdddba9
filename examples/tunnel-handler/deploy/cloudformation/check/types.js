'use strict';
// Compares a value in a template with a type of the resource specification.
const { functionOf } = require('./intrinsics');

const isObject = value => value !== null && typeof value === 'object' && !Array.isArray(value);
const PRIMITIVE = {
  string: value => ['string', 'number', 'boolean'].includes(typeof value),
  number: value => value !== '' && Number.isFinite(Number(value)) && typeof value !== 'boolean',
  integer: value => value !== '' && Number.isInteger(Number(value)) && typeof value !== 'boolean',
  boolean: value => ['true', 'false'].includes(String(value)),
  json: value => isObject(value) || Array.isArray(value) || typeof value === 'string',
  'date-time': value => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
};

class TypeCheck {
  /** `database` is the resource specification, `references` follows functions, `problem(where, text)` takes what is wrong. */
  constructor(database, references, problem) {
    Object.assign(this, { database, references, problem });
  }

  /** Property names, required properties and values of a map with known properties. */
  properties(values, known, where, owner) {
    for (const [name, property] of Object.entries(known)) {
      if (property.required && values[name] === undefined) {
        this.problem(where, `${owner} requires the property '${name}'`);
      }
    }
    for (const [name, value] of Object.entries(values)) {
      if (!known[name]) {
        this.problem(`${where}/${name}`, `${owner} has no property '${name}'${this.similar(name, known)}`);
      } else {
        this.value(value, known[name].type, `${where}/${name}`);
      }
    }
  }

  similar(name, known) {
    const like = Object.keys(known).find(other => other.toLowerCase().replace(/s$/, '') === name.toLowerCase().replace(/s$/, ''));
    return like ? `; is '${like}' meant?` : '';
  }

  value(value, type, where) {
    const name = functionOf(value);
    if (name === 'Fn::If' && Array.isArray(value[name]) && value[name].length === 3) {
      value[name].slice(1).forEach((branch, i) => this.value(branch, type, `${where}/${name}/${i + 1}`));
    } else if (name !== null) {
      this.functionValue(value, type, where);
    } else if (type.type === 'union') {
      this.union(value, type, where);
    } else if (type.type === 'array') {
      this.array(value, type, where);
    } else if (type.type === 'map') {
      if (this.expectMap(value, where)) {
        Object.entries(value).forEach(([key, part]) => this.value(part, type.element, `${where}/${key}`));
      }
    } else if (type.type === 'ref') {
      const definition = this.database.get('typeDefinition', type.reference.$ref);
      if (this.expectMap(value, where)) {
        this.properties(value, definition.properties, where, definition.name);
      }
    } else if (type.type === 'tag') {
      this.properties(value, { Key: { type: { type: 'string' }, required: true }, Value: { type: { type: 'string' }, required: true } }, where, 'Tag');
    } else {
      this.primitive(value, type.type, where);
    }
  }

  expectMap(value, where) {
    if (!isObject(value)) {
      this.problem(where, `must be a map, is ${JSON.stringify(value)}`);
    }
    return isObject(value);
  }

  array(value, type, where) {
    if (!Array.isArray(value)) {
      this.problem(where, `must be a list, is ${JSON.stringify(value)}`);
    } else {
      value.forEach((part, i) => this.value(part, type.element, `${where}/${i}`));
    }
  }

  primitive(value, type, where) {
    if (!PRIMITIVE[type]) {
      throw new Error(`the specification has a kind of type that this check does not know: '${type}' at ${where}; add it to types.js`);
    }
    if (!PRIMITIVE[type](value)) {
      this.problem(where, `must be of type ${type}, is ${JSON.stringify(value)}`);
    }
  }

  /** Right if one of the alternatives is. */
  union(value, type, where) {
    const attempts = type.types.map(alternative => {
      const problems = [];
      new TypeCheck(this.database, this.references, (at, text) => problems.push([at, text])).value(value, alternative, where);
      return problems;
    });
    const best = attempts.reduce((a, b) => (b.length < a.length ? b : a));
    best.forEach(([at, text]) => this.problem(at, text));
  }

  functionValue(value, type, where) {
    if (value.Ref === 'AWS::NoValue') {
      return;
    }
    const gives = this.references.walk(value, where);
    const wantsList = type.type === 'array' || (type.type === 'union' && type.types.some(t => t.type === 'array'));
    const wantsOne = type.type !== 'array';
    if (gives === 'condition' || (gives === 'list' && !wantsList) || (gives === 'one' && !wantsOne)) {
      this.problem(where, `must be ${wantsList ? 'a list' : 'one value'}, but ${Object.keys(value)[0]} gives ${gives === 'one' ? 'one value' : `a ${gives}`} here`);
    } else if (gives === 'one' && ['ref', 'map'].includes(type.type)) {
      this.problem(where, 'must be a map, but a function gives a string here');
    }
  }
}

module.exports = { TypeCheck, isObject };

'use strict';
// Checks CloudFormation templates against AWS's resource specification. Usage: node check.js TEMPLATE… ; see ../check.sh
const fs = require('fs');
const { loadAwsServiceSpecSync } = require('@aws-cdk/aws-service-spec');
const { read } = require('./template');
const { References } = require('./intrinsics');
const { TypeCheck, isObject } = require('./types');
const { checkParameter } = require('./parameters');

const SECTIONS = ['AWSTemplateFormatVersion', 'Description', 'Metadata', 'Parameters', 'Rules', 'Mappings', 'Conditions', 'Resources', 'Outputs'];
const RESOURCE_KEYS = ['Type', 'Properties', 'DependsOn', 'Condition', 'Metadata', 'CreationPolicy', 'UpdatePolicy', 'DeletionPolicy', 'UpdateReplacePolicy'];
const MOST_USER_DATA = 16 * 1024;

class Check {
  constructor(template, database) {
    this.problems = [];
    this.database = database;
    this.used = { parameter: new Set(), condition: new Set() };
    this.edges = [];
    this.template = template;
    this.sections = Object.fromEntries(['Parameters', 'Rules', 'Mappings', 'Conditions', 'Resources', 'Outputs'].map(name => [name, template[name] || {}]));
    this.references = new References({
      parameters: this.sections.Parameters, resources: this.sections.Resources, conditions: this.sections.Conditions, mappings: this.sections.Mappings,
      problem: (where, text) => this.problem(where, text),
      uses: (kind, name, where) => this.uses(kind, name, where),
      attributeOf: (resource, name) => this.attributeOf(resource, name),
    });
    this.types = new TypeCheck(database, this.references, (where, text) => this.problem(where, text));
  }

  problem(where, text) {
    this.problems.push(`${where}: ${text}`);
  }

  uses(kind, name, where) {
    if (kind === 'resource') {
      this.edges.push({ from: where.split('/')[1], section: where.split('/')[0], to: name, where });
    } else {
      this.used[kind].add(name);
    }
  }

  specification(type) {
    return this.database.lookup('resource', 'cloudFormationType', 'equals', type)[0];
  }

  attributeOf(resource, name) {
    const spec = this.specification(this.sections.Resources[resource].Type);
    const attribute = spec && (spec.attributes[name] || (spec.primaryIdentifier || []).includes(name) && spec.properties[name]
      || this.readableProperty(spec, name));
    return attribute ? attribute.type : undefined;
  }

  // AWS documents these as return values of Fn::GetAtt; the specification has them only as properties.
  readableProperty(spec, name) {
    const readable = { 'AWS::EC2::VPC': ['CidrBlock'], 'AWS::EC2::Subnet': ['CidrBlock', 'AvailabilityZone', 'VpcId'] };
    return (readable[spec.cloudFormationType] || []).includes(name) ? spec.properties[name] : undefined;
  }

  run() {
    Object.keys(this.template).filter(name => !SECTIONS.includes(name)).forEach(name => this.problem(name, 'there is no such section'));
    Object.entries(this.sections.Parameters).forEach(([name, parameter]) => checkParameter(name, parameter, (w, t) => this.problem(w, t)));
    Object.entries(this.sections.Conditions).forEach(([name, condition]) => this.references.walk(condition, `Conditions/${name}`));
    Object.entries(this.sections.Rules).forEach(([name, rule]) => this.references.walk(rule, `Rules/${name}`));
    Object.entries(this.sections.Resources).forEach(([name, resource]) => this.resource(name, resource));
    Object.entries(this.sections.Outputs).forEach(([name, output]) => this.output(name, output));
    this.interfaceMetadata();
    this.unused();
    this.conditional();
    this.cycles();
    return this.problems;
  }

  resource(name, resource) {
    const where = `Resources/${name}`;
    Object.keys(resource).filter(key => !RESOURCE_KEYS.includes(key)).forEach(key => this.problem(`${where}/${key}`, 'a resource has no such key'));
    if (resource.Condition !== undefined) {
      this.references.condition(resource.Condition, where);
    }
    for (const other of [].concat(resource.DependsOn || [])) {
      if (!this.sections.Resources[other]) {
        this.problem(`${where}/DependsOn`, `'${other}' is not a resource`);
      } else {
        this.uses('resource', other, `${where}/DependsOn`);
      }
    }
    ['CreationPolicy', 'UpdatePolicy', 'Metadata'].forEach(key => this.references.walk(resource[key], `${where}/${key}`));
    const spec = this.specification(resource.Type);
    if (!spec) {
      this.problem(`${where}/Type`, `there is no resource type '${resource.Type}'`);
      return;
    }
    this.types.properties(resource.Properties || {}, spec.properties, `${where}/Properties`, resource.Type);
    this.references.walk(resource.Properties, `${where}/Properties`);
    this.userData(resource, `${where}/Properties`);
  }

  userData(resource, where) {
    const data = resource.Properties && (resource.Properties.LaunchTemplateData || resource.Properties).UserData;
    const size = data ? Buffer.byteLength(JSON.stringify(data)) : 0;
    if (size > MOST_USER_DATA) {
      this.problem(`${where}/UserData`, `has ${size} bytes, EC2 takes ${MOST_USER_DATA}`);
    }
  }

  output(name, output) {
    const where = `Outputs/${name}`;
    Object.keys(output).filter(key => !['Description', 'Value', 'Export', 'Condition'].includes(key)).forEach(key => this.problem(`${where}/${key}`, 'an output has no such key'));
    if (output.Condition !== undefined) {
      this.references.condition(output.Condition, where);
    }
    if (output.Value === undefined) {
      this.problem(where, 'an output requires a Value');
    } else if (this.references.walk(output.Value, `${where}/Value`) === 'list') {
      this.problem(where, 'is a list: join it first');
    }
    this.references.walk(output.Export, `${where}/Export`);
  }

  /** Groups on the console's form must name parameters. */
  interfaceMetadata() {
    const form = (this.template.Metadata || {})['AWS::CloudFormation::Interface'];
    const listed = ((form || {}).ParameterGroups || []).flatMap(group => group.Parameters);
    listed.filter(name => !this.sections.Parameters[name]).forEach(name => this.problem('Metadata', `'${name}' is not a parameter`));
    if (form) {
      Object.keys(this.sections.Parameters).filter(name => !listed.includes(name)).forEach(name => this.problem('Metadata', `parameter '${name}' is in no group`));
    }
  }

  unused() {
    Object.keys(this.sections.Parameters).filter(name => !this.used.parameter.has(name)).forEach(name => this.problem(`Parameters/${name}`, 'is not used'));
    Object.keys(this.sections.Conditions).filter(name => !this.used.condition.has(name)).forEach(name => this.problem(`Conditions/${name}`, 'is not used'));
  }

  /** What exists always may refer to what exists on a condition only in a branch on a condition. */
  conditional() {
    const { Resources, Outputs } = this.sections;
    for (const { from, section, to, where } of this.edges) {
      const condition = Resources[to].Condition;
      const own = ((section === 'Outputs' ? Outputs : Resources)[from] || {}).Condition;
      if (condition && own !== condition && !where.includes('Fn::If') && !where.endsWith('/DependsOn')) {
        this.problem(where, `'${to}' exists only if ${condition}, but '${from}' ${own ? `if ${own}` : 'always'}`);
      }
    }
  }

  cycles() {
    const next = {};
    this.edges.filter(edge => edge.section === 'Resources').forEach(edge => (next[edge.from] = next[edge.from] || new Set()).add(edge.to));
    const done = new Set();
    const visit = (name, path) => {
      if (path.includes(name)) {
        this.problem(`Resources/${name}`, `depends on itself: ${[...path.slice(path.indexOf(name)), name].join(' -> ')}`);
      } else if (!done.has(name)) {
        (next[name] || []).forEach(other => visit(other, [...path, name]));
        done.add(name);
      }
    };
    Object.keys(this.sections.Resources).forEach(name => visit(name, []));
  }
}

function main(files) {
  const database = loadAwsServiceSpecSync();
  let wrong = 0;
  for (const file of files) {
    let problems;
    try {
      const template = read(fs.readFileSync(file, 'utf8'));
      problems = isObject(template) && isObject(template.Resources) ? new Check(template, database).run() : ['a template is a map with Resources'];
      problems = [...new Set(problems)];
      console.log(problems.length > 0 ? `FAIL: ${file}: ${problems.length} problems` : `PASS: ${file}: ${Object.keys(template.Resources).length} resources`);
    } catch (error) {
      problems = [error.message];
      console.log(`FAIL: ${file}`);
    }
    problems.forEach(problem => console.log(`      ${problem}`));
    wrong += problems.length > 0 ? 1 : 0;
  }
  process.exitCode = wrong > 0 ? 1 : 0;
}

main(process.argv.slice(2));

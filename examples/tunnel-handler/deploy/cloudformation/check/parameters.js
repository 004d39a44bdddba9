'use strict';
// Checks a template's parameters: known type and keys, and defaults that obey the parameter's own rules.

const KEYS = ['Type', 'Description', 'Default', 'AllowedPattern', 'AllowedValues', 'ConstraintDescription', 'MinValue', 'MaxValue', 'MinLength', 'MaxLength', 'NoEcho'];
const ID = 'AWS::EC2::(AvailabilityZone::Name|Image::Id|Instance::Id|KeyPair::KeyName|SecurityGroup::(GroupName|Id)|Subnet::Id|Volume::Id|VPC::Id)|AWS::Route53::HostedZone::Id';
const TYPE = new RegExp(`^(String|Number|List<Number>|CommaDelimitedList|${ID}|List<(${ID})>|AWS::SSM::Parameter::(Name|Value<(String|List<String>|CommaDelimitedList|${ID}|List<(${ID})>)>))$`);

function checkParameter(name, parameter, problem) {
  const where = `Parameters/${name}`;
  Object.keys(parameter).filter(key => !KEYS.includes(key)).forEach(key => problem(`${where}/${key}`, 'a parameter has no such key'));
  if (!TYPE.test(parameter.Type)) {
    problem(`${where}/Type`, `there is no parameter type '${parameter.Type}'`);
  }
  if (!/^[A-Za-z0-9]+$/.test(name)) {
    problem(where, 'a name has letters and digits only');
  }
  if (parameter.Default !== undefined) {
    checkDefault(parameter, where, problem);
  }
}

function checkDefault(parameter, where, problem) {
  const value = parameter.Default;
  if (parameter.AllowedValues && !parameter.AllowedValues.map(String).includes(String(value))) {
    problem(where, `the default '${value}' is not among the allowed values`);
  }
  if (parameter.AllowedPattern && !new RegExp(`^(?:${parameter.AllowedPattern})$`).test(String(value))) {
    problem(where, `the default '${value}' does not fit the allowed pattern`);
  }
  if (parameter.Type === 'Number' && !(Number(value) >= (parameter.MinValue ?? -Infinity) && Number(value) <= (parameter.MaxValue ?? Infinity))) {
    problem(where, `the default '${value}' is out of range`);
  }
}

module.exports = { checkParameter };

'use strict';
// Reads a CloudFormation template in YAML: short forms such as !Ref become {Ref: …}, all else is plain JavaScript.
const YAML = require('yaml');

const LONG_NAME = { '!Ref': 'Ref', '!Condition': 'Condition' };

function toPlain(node) {
  const value = YAML.isMap(node) ? Object.fromEntries(node.items.map(pair => [String(pair.key.value), toPlain(pair.value)]))
    : YAML.isSeq(node) ? node.items.map(toPlain)
    : YAML.isScalar(node) ? node.value : null;
  const tag = node && node.tag;
  if (!tag || !tag.startsWith('!')) {
    return value;
  }
  const name = LONG_NAME[tag] || 'Fn::' + tag.slice(1);
  return { [name]: name === 'Fn::GetAtt' && typeof value === 'string' ? value.split(/\.(.*)/s, 2) : value };
}

/** The template as an object; throws with line and column if it is not YAML. */
function read(text) {
  const document = YAML.parseDocument(text, { logLevel: 'silent' });
  if (document.errors.length > 0) {
    throw new Error(document.errors.map(error => error.message).join('\n'));
  }
  return toPlain(document.contents);
}

module.exports = { read };

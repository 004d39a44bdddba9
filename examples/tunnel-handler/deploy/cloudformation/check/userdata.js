'use strict';
// Writes the user data of a template's launch template to a file, as an instance would see it: names replaced by what is given,
// parameters by their defaults, all else by a placeholder. Usage: node userdata.js TEMPLATE FILE [NAME=VALUE…]; exits 3 if there is none.
const fs = require('fs');
const { read } = require('./template');

let template;
try {
  template = read(fs.readFileSync(process.argv[2], 'utf8'));
} catch {
  process.exit(3);
}
const texts = Object.values(template.Resources || {})
  .map(resource => resource.Properties?.LaunchTemplateData?.UserData?.['Fn::Base64']?.['Fn::Sub'])
  .filter(Boolean).map(sub => (Array.isArray(sub) ? sub[0] : sub));
if (texts.length === 0) {
  process.exit(3);
}
const given = Object.fromEntries(process.argv.slice(4).map(setting => setting.split(/=(.*)/s, 2)));
const value = name => given[name] ?? template.Parameters?.[name]?.Default ?? name.replace(/\W+/g, '-');
fs.writeFileSync(process.argv[3], texts[0].replace(/\$\{([^!}][^}]*)\}/g, (all, name) => value(name)).replace(/\$\{!/g, '${'));

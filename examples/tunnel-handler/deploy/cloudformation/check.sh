#!/usr/bin/env bash
# Checks the template without AWS: YAML, resource types, property names, required properties, types of values, what every Ref,
# GetAtt, Sub and DependsOn points to, conditions, cycles, parameters and their defaults, the syntax of the user data (with shellcheck if installed).
#
# usage: check.sh [TEMPLATE…]      default: appliance.yaml beside this script
#
# Exit 0: nothing found; 1: problems, printed one a line; 2: cannot run. Needs Node.js 18 or later, npm and access to its
# registry: AWS's resource specification (npm package @aws-cdk/aws-service-spec, 4 MB) is fetched in the version and with the
# checksum that check/package-lock.json names.
#
# Not checked, for want of AWS: values that only a service judges (whether names, sizes, zones and combinations are accepted),
# permissions, quotas, what the specification does not know (CreationPolicy, UpdatePolicy), and whether the result works.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || set -- "$here/appliance.yaml"

for tool in node npm; do
    command -v $tool >/dev/null || { echo "check: '$tool' is missing: apt-get install nodejs npm" >&2; exit 2; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here"/check/*.js* "$work"
(cd "$work" && npm ci --silent --no-audit --no-fund --ignore-scripts >npm.log 2>&1) ||
    { cat "$work/npm.log" >&2; echo "check: npm could not fetch the resource specification: is its registry reachable?" >&2; exit 2; }

status=0
node "$work/check.js" "$@" || status=1
for template in "$@"; do
    node "$work/userdata.js" "$template" "$work/userdata" || continue
    if ! bash -n "$work/userdata"; then
        echo "FAIL: $template: the user data has syntax errors" && status=1
    # Parameters have become constants, and status is set in a trap.
    elif command -v shellcheck >/dev/null && ! shellcheck -S warning -e SC2050,SC2154,SC2194 "$work/userdata"; then
        echo "FAIL: $template: shellcheck finds fault with the user data" && status=1
    else
        echo "PASS: $template: user data"
    fi
done
exit $status

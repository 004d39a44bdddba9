#!/usr/bin/env bash
# shellcheck disable=SC2016,SC2028
# Tests the template's user data: runs it, as an instance would at its first start, in a throw-away overlay of this machine's root with
# stand-ins for what talks to AWS, the package manager and systemd. Exit 0: passed; 1: failed; 77: cannot run here.
# Needs root, nodejs, npm, npm's registry, python3.
set -uo pipefail
DEPLOY=$(readlink -f "$(dirname "$0")/../../deploy")
PASSED=0 FAILED=0

skip() {
    echo "SKIP: $1"
    [ "${CI:-}" = true ] && { echo "FAIL: with CI=true nothing may be skipped"; exit 1; }
    exit 77
}
[ "$(id -u)" = 0 ] || skip "needs root: run it with sudo"
for tool in node npm python3; do command -v $tool >/dev/null || skip "'$tool' is missing: apt-get install nodejs npm python3"; done
[ "${IN_NAMESPACE:-}" = yes ] || exec env IN_NAMESPACE=yes unshare --mount --propagation private "$0" "$@"

ok() { echo "PASS: $1"; PASSED=$((PASSED + 1)); }
wrong() { echo "FAIL: $1"; FAILED=$((FAILED + 1)); }
# check NAME COMMAND…
check() { local name=$1; shift; if "$@" >/dev/null 2>&1; then ok "$name"; else wrong "$name: $*"; fi; }

BASE=$(mktemp -d)
trap 'umount -l "$BASE"; rmdir "$BASE"' EXIT
mount -t tmpfs none "$BASE"

# A tarball as step 1 of the README asks for.
mkdir -p "$BASE/handler-1/bin"
cp -r "$DEPLOY" "$BASE/handler-1/"
touch "$BASE/handler-1/bin/gwlbtun"
tar -czf "$BASE/handler.tar.gz" -C "$BASE" handler-1
SHA=$(sha256sum "$BASE/handler.tar.gz" | cut -d' ' -f1)
mkdir "$BASE/node"
cp "$DEPLOY"/cloudformation/check/*.js* "$BASE/node"

# instance NAME PARAMETER=VALUE…: the first start of an instance; its root is $BASE/NAME/root afterwards.
instance() {
    local home=$BASE/$1 root=$BASE/$1/root
    shift
    mkdir -p "$home/upper" "$home/work" "$root"
    mount -t overlay overlay -o "lowerdir=/,upperdir=$home/upper,workdir=$home/work" "$root" || skip "overlay of / is not possible here"
    mkdir -p "$root/opt/aws/bin" "$root/opt/aws/amazon-cloudwatch-agent/bin" "$root/opt/aws/amazon-cloudwatch-agent/etc" "$root/stub" "$root/etc/squid"
    cp "$BASE/handler.tar.gz" "$root/tarball"
    printf '%s\n' 'acl localnet src 10.0.0.0/8' 'http_access allow localnet' 'http_access deny all' >"$root/etc/squid/squid.conf"
    # Each stand-in writes down how it was called.
    for stub in opt/aws/bin/cfn-signal opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl stub/dnf stub/systemctl stub/aws stub/curl; do
        printf '#!/bin/sh\necho "%s $*" >>/calls\n' "${stub##*/}" >"$root/$stub"
        chmod +x "$root/$stub"
    done
    echo 'case "$*" in "s3 cp"*) cp /tarball "$5" ;; esac' >>"$root/stub/aws"
    echo 'case "$*" in *api/token*) echo token ;; *instance-id*) echo i-0123 ;; *"-o "*https://*) cp /tarball "$(echo "$*" | sed "s/.*-o \([^ ]*\) .*/\1/")" ;; esac' >>"$root/stub/curl"
    node "$BASE/node/userdata.js" "$DEPLOY/cloudformation/appliance.yaml" "$root/userdata" AWS::StackName=stack AWS::Region=eu-test-1 \
        HandlerSha256="$SHA" SourceA=10.192.0.0/26 SourceB=10.192.0.64/26 LogGroup=log-group "$@"
    chroot "$root" env PATH=/stub:/usr/sbin:/usr/bin:/sbin:/bin bash /userdata >"$home/log" 2>&1
    STATUS=$? ROOT=$root
}

(cd "$BASE/node" && npm ci --silent --no-audit --no-fund --ignore-scripts >/dev/null 2>&1) || skip "npm cannot fetch what the check needs"

instance pass HandlerUrl=https://example.com/handler.tar.gz 'HookSettings=GWLB_HOOK_FAMILIES=4 6;GWLB_HOOK_UPLINK=ens5'
check "it runs to its end" [ $STATUS = 0 ]
[ $STATUS = 0 ] || tail -5 "$BASE/pass/log"
check "it tells the stack so" grep -q 'cfn-signal -e 0 --stack stack --resource Appliances --region eu-test-1' "$ROOT/calls"
check "it switches its own source/destination check off" grep -q 'aws ec2 modify-instance-attribute --region eu-test-1 --instance-id i-0123 --no-source-dest-check' "$ROOT/calls"
check "the handler is in place" [ -e "$ROOT/opt/gwlbtun/bin/gwlbtun" ]
check "the hook that the settings name is there and executable" test -x "$ROOT/opt/gwlbtun/deploy/hooks/pass-through.sh"
check "the handler's options" grep -q '^GWLBTUN_OPTIONS=-c /opt/gwlbtun/deploy/hooks/pass-through.sh .* -p 8080 -i 350 --drain 300 --source-cidr 10.192.0.0/26 --source-cidr 10.192.0.64/26 -j$' "$ROOT/etc/gwlbtun/gwlbtun.env"
check "the hook's settings, one a line" [ "$(grep ^GWLB_HOOK "$ROOT/etc/gwlbtun/gwlbtun.env")" = "$(printf 'GWLB_HOOK_FAMILIES=4 6\nGWLB_HOOK_UPLINK=ens5')" ]
check "the stop time follows from the drain time" grep -qx 'TimeoutStopSec=360' "$ROOT/etc/systemd/system/gwlbtun.service.d/aws.conf"
check "the agent's settings are JSON and name the log group" python3 -c 'import json, sys; c = json.load(open(sys.argv[1])); assert c["logs"]["logs_collected"]["files"]["collect_list"][0]["log_group_name"] == "log-group"; assert c["metrics"]["append_dimensions"]["InstanceId"] == "${aws:InstanceId}"' "$ROOT/opt/aws/amazon-cloudwatch-agent/etc/gwlbtun.json"
check "the services are switched on" grep -q 'systemctl enable --now gwlbtun gwlbtun-lifecycle' "$ROOT/calls"
check "in the end it asks the health page" sh -c "grep curl '$ROOT/calls' | tail -1 | grep -q http://127.0.0.1:8080/"

instance proxy HandlerUrl=s3://bucket/handler.tar.gz Hook=transparent-proxy HookSettings=
check "from S3, with the proxy: it runs to its end" [ $STATUS = 0 ]
[ $STATUS = 0 ] || tail -5 "$BASE/proxy/log"
check "squid's settings come before the first rule on access" sh -c "grep -n . '$ROOT/etc/squid/squid.conf' | sed -n 2p | grep -qx '2:include /etc/squid/gwlbtun.conf' && [ -s '$ROOT/etc/squid/gwlbtun.conf' ]"

instance forged HandlerUrl=https://example.com/handler.tar.gz HandlerSha256="$(printf '0%.0s' {1..64})"
check "a tarball with another checksum is refused" [ $STATUS != 0 ]
check "nothing of it is unpacked" [ ! -e "$ROOT/opt/gwlbtun/bin/gwlbtun" ]
check "and the stack is told" grep -q 'cfn-signal -e 1 ' "$ROOT/calls"
echo "$PASSED passed, $FAILED failed"
[ $FAILED = 0 ]

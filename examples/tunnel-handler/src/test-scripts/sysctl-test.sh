#!/usr/bin/env bash
# shellcheck disable=SC2015
# Tests ../../deploy/sysctl.d/90-gwlbtun.conf with systemd's own program, in a network namespace: a distribution's default of 2 for
# every interface must not win over it on a new tunnel interface. Exit 0: passed; 1: failed; 77: cannot run here.
set -uo pipefail
CONF=$(readlink -f "$(dirname "$0")/../../deploy/sysctl.d/90-gwlbtun.conf")
SYSCTL=/lib/systemd/systemd-sysctl NS=gs$$ WORK=$(mktemp -d) PASSED=0 FAILED=0
trap 'ip netns del $NS 2>/dev/null; rm -rf "$WORK"' EXIT

if [ "$(id -u)" != 0 ] || [ ! -x $SYSCTL ] || [ ! -c /dev/net/tun ]; then
    echo "SKIP: needs root, /dev/net/tun and $SYSCTL (apt-get install systemd)"
    [ "${CI:-}" = true ] && { echo "FAIL: with CI=true nothing may be skipped"; exit 1; }
    exit 77
fi

# expect NAME KEY VALUE
expect() {
    local value
    value=$(ip netns exec $NS cat "/proc/sys/net/$2")
    if [ "$value" = "$3" ]; then echo "PASS: $1"; PASSED=$((PASSED + 1))
    else echo "FAIL: $1: net/$2 is $value, expected $3"; FAILED=$((FAILED + 1)); fi
}

ip netns add $NS
ip -n $NS tuntap add gwi-1 mode tun
ip -n $NS tuntap add other mode tun
ip netns exec $NS sysctl -qw net.ipv4.conf.all.rp_filter=2 net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
printf '%s\n' 'net.ipv4.conf.*.rp_filter = 2' '-net.ipv4.conf.all.rp_filter' >"$WORK/50-default.conf"
# net.core.rmem_max and netdev_max_backlog are the whole machine's: not to be touched here.
grep -v '^net.core' "$CONF" >"$WORK/90-gwlbtun.conf"
ip netns exec $NS $SYSCTL "$WORK/50-default.conf" "$WORK/90-gwlbtun.conf" && ip netns exec $NS $SYSCTL --prefix=/net/ipv4/conf/gwi-1 "$WORK/50-default.conf" "$WORK/90-gwlbtun.conf" ||
    { echo "FAIL: systemd-sysctl refuses the file"; FAILED=$((FAILED + 1)); }
expect "no reverse path filter on a tunnel interface, as udev applies it" ipv4/conf/gwi-1/rp_filter 0
expect "none for all" ipv4/conf/all/rp_filter 0
expect "other interfaces keep the distribution's" ipv4/conf/other/rp_filter 2
expect "IPv4 forwarding" ipv4/ip_forward 1
expect "IPv6 forwarding" ipv6/conf/all/forwarding 1
echo "$PASSED passed, $FAILED failed"
[ $FAILED = 0 ]

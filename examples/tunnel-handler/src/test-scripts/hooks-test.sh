#!/usr/bin/env bash
# Tests the hook scripts in ../../deploy/hooks in network namespaces of its own: real routing, netfilter, ping, curl, squid.
#
# usage: hooks-test.sh [pass-through|nat|nat-overlap|local-services|transparent-proxy|refusals]…   (default: all)
#
# Exit 0: all passed; 1: some failed; 77: cannot run here (with CI=true that is a failure). Needs root, /dev/net/tun,
# iproute2, iptables, curl, ping, python3, and squid for the transparent proxy (Debian package squid).
#
#   gh$$-c1, gh$$-c2   clients, both 10.20.0.2 and fd20::2, their default route is the load balancer
#   gh$$-s1, gh$$-s2   servers behind the load balancer, both 203.0.113.80 and 2001:db8:203::80
#   gh$$-app           the appliance: gwi-1, gwo-1, gwi-1a, gwo-1a, and an uplink 198.51.100.2, 2001:db8:100::2
#   gh$$-net           the internet: 198.51.100.1, and a server with the same addresses; it has no route to the clients
set -uo pipefail
cd "$(dirname "$0")" || exit
HOOKS=$(readlink -f ../../deploy/hooks)
SQUID_CONF=$(readlink -f ../../deploy/squid/gwlbtun.conf)
ID1=00000000000000001 ID2=00000000000000046
WEB4=203.0.113.80 WEB6='[2001:db8:203::80]'
NS=gh$$ WORK=$(mktemp -d) PIDS=() FAILED=0 PASSED=0 SKIPPED=0 SAME_PORT=41000
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

cleanup() {
    local pid ns
    for pid in "${PIDS[@]}"; do kill "$pid" 2>/dev/null; done
    wait 2>/dev/null
    for ns in app net c1 c2 s1 s2; do ip netns del "$NS-$ns" 2>/dev/null; done
    rm -rf "$WORK"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

skip() {
    echo "SKIP: $1"
    [ "${CI:-}" = true ] && { echo "FAIL: with CI=true nothing may be skipped"; exit 1; }
    [ "${2:-}" = one ] || exit 77
    SKIPPED=$((SKIPPED + 1))
}
pass() { echo "PASS: $1"; PASSED=$((PASSED + 1)); }
failed() {
    echo "FAIL: $1"
    shift
    printf '      %s\n' "$@"
    FAILED=$((FAILED + 1))
}

# expect NAME PATTERN COMMAND…: passes if it succeeds and its output matches the extended regular expression.
expect() {
    local name=$1 pattern=$2 output status=0
    shift 2
    output=$("$@" 2>&1) || status=$?
    if [ $status = 0 ] && grep -Eq -- "$pattern" <<<"$output"; then pass "$name"
    else failed "$name" "command: $*" "exit status $status, expected 0; output, expected to match '$pattern':" "$output"; fi
}

# refused NAME PATTERN COMMAND…: passes if it fails and its output matches.
refused() {
    local name=$1 pattern=$2 output status=0
    shift 2
    output=$("$@" 2>&1) || status=$?
    if [ $status != 0 ] && grep -Eq -- "$pattern" <<<"$output"; then pass "$name"
    else failed "$name" "command: $*" "exit status $status, expected another than 0; output, expected to match '$pattern':" "$output"; fi
}

within() { local ns=$1; shift; ip netns exec "$NS-$ns" "$@"; }
# Without within: a function runs in a subshell of its own, whose end the program would not notice.
background() { local ns=$1; shift; ip netns exec "$NS-$ns" "$@" >>"$WORK/log" 2>&1 & PIDS+=($!); }
fetch() { within "$1" curl -gsS -m 8 "${@:3}" "http://$2"; }

namespaces() {
    local ns
    for ns in app net c1 c2 s1 s2; do
        ip netns add "$NS-$ns"
        within $ns sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0
        ip -n "$NS-$ns" link set lo up
    done
    ip -n "$NS-app" link add up0 type veth peer name down0 netns "$NS-net"
    ip -n "$NS-app" addr add 198.51.100.2/24 dev up0
    ip -n "$NS-app" addr add 2001:db8:100::2/64 dev up0 nodad
    ip -n "$NS-app" link set up0 up
    ip -n "$NS-net" addr add 198.51.100.1/24 dev down0
    ip -n "$NS-net" addr add 2001:db8:100::1/64 dev down0 nodad
    ip -n "$NS-net" addr add $WEB4/32 dev lo
    ip -n "$NS-net" addr add 2001:db8:203::80/128 dev lo
    ip -n "$NS-net" link set down0 up
    ip -n "$NS-app" route add default via 198.51.100.1
    ip -n "$NS-app" route add default via 2001:db8:100::1
    # As a distribution's defaults, and systemd's, would leave a late interface: strict. The hooks must mend it.
    within app sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=2 net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
    others_rules
}

# What else a machine may have: rules of others in every table, which no hook may touch; some look much like ours.
others_rules() {
    local command table
    for command in iptables ip6tables; do
        for table in raw mangle nat; do
            within app $command -t $table -A PREROUTING -p tcp --dport 9 -m comment --comment "somebody else's" -j ACCEPT
            within app $command -t $table -A OUTPUT -p tcp --dport 9 -m comment --comment 'not gwlb4j:gwi-1 at all' -j ACCEPT
        done
        within app $command -t nat -A POSTROUTING -p tcp --dport 9 -j ACCEPT
        within app $command -t filter -A FORWARD -p tcp --dport 9 -j DROP
    done
    ip -n "$NS-app" rule add fwmark 0x1 lookup 100 priority 500
    ip -n "$NS-app" route add 192.0.2.0/24 via 198.51.100.1 table 100
}

# endpoint N SUFFIX: tunnel interfaces, client and server.
endpoint() {
    local n=$1 ns
    : >"$WORK/lb$n"
    python3 loadbalancer.py "$NS-app" "$2" "$NS-c$n" "$NS-s$n" 10.20.0.0/24 fd20::/64 >"$WORK/lb$n" 2>&1 & PIDS+=($!)
    for _ in $(seq 100); do grep -q ready "$WORK/lb$n" && break; sleep 0.1; done
    grep -q ready "$WORK/lb$n" || { cat "$WORK/lb$n"; echo "FAIL: the stand-in for the load balancer does not start"; exit 1; }
    ip -n "$NS-c$n" addr add 10.20.0.2/24 dev lb0
    ip -n "$NS-c$n" addr add fd20::2/64 dev lb0 nodad
    ip -n "$NS-s$n" addr add $WEB4/32 dev lb0
    ip -n "$NS-s$n" addr add 2001:db8:203::80/128 dev lb0 nodad
    for ns in c$n s$n; do
        ip -n "$NS-$ns" route add default dev lb0
        ip -n "$NS-$ns" -6 route add default dev lb0
    done
}

# The script HOOK, with the settings ENVIRONMENT.
hook() { within app env "${ENVIRONMENT[@]}" "$HOOKS/$HOOK.sh" "$@"; }
# with SETTING COMMAND…: with this one setting.
with() { local ENVIRONMENT=("$1"); shift; "$@"; }
create1() { hook CREATE gwi-1 gwo-1 $ID1; }
create2() { hook CREATE gwi-1a gwo-1a $ID2; }
destroy1() { hook DESTROY gwi-1 gwo-1 $ID1; }
destroy2() { hook DESTROY gwi-1a gwo-1a $ID2; }

# What a hook may change, as text: byte for byte, less the packet counters and iptables-save's date.
snapshot() {
    within app sh -c 'ip -4 rule; ip -6 rule; ip -4 route show table all; ip -6 route show table all; iptables-save; ip6tables-save
        sysctl -a 2>/dev/null | grep -E "^net.ipv[46].*(all|default|lo|up0)[.](rp_filter|forwarding|accept_ra|accept_local|route_localnet) |^net.ipv4.ip_forward"' |
        sed -E '/^# (Generated|Completed)/d; s/\[[0-9]+:[0-9]+\]$//'
}
# unchanged NAME FILE
unchanged() {
    local difference
    if difference=$(diff "$2" <(snapshot)); then pass "$1"; else failed "$1" "$(head -20 <<<"$difference")"; fi
}

# What holds of every hook. Both endpoints are set up afterwards.
lifecycle() {
    snapshot >"$WORK/before"
    expect "$HOOK: CREATE succeeds" "vpce-$ID1" create1
    snapshot >"$WORK/once"
    expect "$HOOK: CREATE twice succeeds" "vpce-$ID1" create1
    unchanged "$HOOK: CREATE twice leaves what CREATE once leaves" "$WORK/once"
    expect "$HOOK: rp_filter is off on both interfaces" '^00$' within app sh -c 'cat /proc/sys/net/ipv4/conf/gwi-1/rp_filter /proc/sys/net/ipv4/conf/gwo-1/rp_filter | tr -d "\n"'
    expect "$HOOK: DESTROY succeeds" '' destroy1
    unchanged "$HOOK: after DESTROY all is as before" "$WORK/before"
    expect "$HOOK: DESTROY twice succeeds" '' destroy1
    unchanged "$HOOK: after DESTROY twice all is as before" "$WORK/before"
    create1 >/dev/null && partly_undo
    expect "$HOOK: DESTROY of what is partly undone already succeeds" '' destroy1
    unchanged "$HOOK: after it all is as before" "$WORK/before"
    expect "$HOOK: CREATE for the first of two endpoints" "vpce-$ID1" create1
    snapshot >"$WORK/one"
    expect "$HOOK: CREATE for the second" "vpce-$ID2" create2
}

# By hand: the rule on packets from gwi-1, or else the one on marked packets, and the first netfilter rule of the endpoint.
partly_undo() {
    local rule command
    ip -n "$NS-app" rule del priority 6081
    ip -n "$NS-app" -6 rule del priority 6081
    for command in iptables ip6tables; do
        rule=$(within app $command -t mangle -S PREROUTING | grep -m1 'gwlb4j:gwi-1 ' | sed 's/^-A/-D/')
        # shellcheck disable=SC2086
        [ -z "$rule" ] || within app $command -t mangle $rule
    done
}

# The second goes, the first still works (the caller's command), then it goes too.
take_down() {
    expect "$HOOK: DESTROY of the second" '' destroy2
    unchanged "$HOOK: the first endpoint's setup is as before the second came" "$WORK/one"
    expect "$HOOK: the first still works" "$@"
    expect "$HOOK: DESTROY of the first" '' destroy1
    unchanged "$HOOK: after both are gone all is as at the start" "$WORK/before"
}

test_pass_through() {
    local n
    HOOK=pass-through ENVIRONMENT=(A=)
    refused "$HOOK: without the hook nothing passes" '' within c1 ping -c1 -W1 $WEB4
    lifecycle
    for n in 1 2; do
        expect "$HOOK: endpoint $n: ping" ' 0% packet loss' within "c$n" ping -c3 -i0.2 -W2 $WEB4
        expect "$HOOK: endpoint $n: ping over IPv6" ' 0% packet loss' within "c$n" ping -6 -c3 -i0.2 -W2 2001:db8:203::80
        expect "$HOOK: endpoint $n: ping of 8000 bytes" ' 0% packet loss' within "c$n" ping -c2 -i0.2 -W2 -s 8000 $WEB4
        expect "$HOOK: endpoint $n: HTTP, its own server, client's own address" "^server$n saw 10.20.0.2 " fetch "c$n" $WEB4
        expect "$HOOK: endpoint $n: HTTP over IPv6" "^server$n saw fd20::2 " fetch "c$n" "$WEB6"
    done
    own_address
    take_down "^server1 saw 10.20.0.2 " fetch c1 $WEB4
    refused "$HOOK: after DESTROY nothing passes" '' fetch c1 $WEB4 -m 1
}

# The client's server has an address that the appliance has too: README "Traps" says what happens and what mends it.
own_address() {
    ip -n "$NS-app" addr add $WEB4/32 dev lo
    refused "$HOOK: a destination that is the appliance's own address is not passed on" '' fetch c1 $WEB4 -m 2
    ip -n "$NS-app" rule add priority 32765 lookup local
    ip -n "$NS-app" rule del priority 0
    expect "$HOOK: with the local table judged last it is" '^server1 saw 10.20.0.2 ' fetch c1 $WEB4
    ip -n "$NS-app" rule add priority 0 lookup local
    ip -n "$NS-app" rule del priority 32765
    ip -n "$NS-app" addr del $WEB4/32 dev lo
}

# nat_works N: from client N, by the uplink, with its address.
nat_works() {
    expect "$HOOK: endpoint $1: ping" ' 0% packet loss' within "c$1" ping -c3 -i0.2 -W2 $WEB4
    expect "$HOOK: endpoint $1: ping over IPv6" ' 0% packet loss' within "c$1" ping -6 -c3 -i0.2 -W2 2001:db8:203::80
    expect "$HOOK: endpoint $1: HTTP with the uplink's address" '^internet saw 198.51.100.2 ' fetch "c$1" $WEB4
    expect "$HOOK: endpoint $1: HTTP over IPv6 with the uplink's address" '^internet saw 2001:db8:100::2 ' fetch "c$1" "$WEB6"
}

test_nat() {
    HOOK=nat ENVIRONMENT=(A=)
    lifecycle
    nat_works 1
    nat_works 2
    expect "$HOOK: this machine's ICMP errors reach the client" 'Time to live exceeded' sh -c "ip netns exec $NS-c1 ping -c1 -W2 -t1 $WEB4; true"
    take_down '^internet saw 198.51.100.2 ' fetch c1 $WEB4
}

# at_once NAME PATTERN ADDRESS: both clients, same source port, connections open at the same time; each must get its answer.
at_once() {
    local n answers=() pids=()
    SAME_PORT=$((SAME_PORT + 1))
    for n in 1 2; do
        fetch "c$n" "$3/slow" --local-port $SAME_PORT >"$WORK/answer$n" 2>&1 & pids+=($!)
    done
    wait "${pids[@]}"
    for n in 1 2; do answers+=("$(cat "$WORK/answer$n")"); done
    if grep -Eq "$2" <<<"${answers[0]}" && grep -Eq "$2" <<<"${answers[1]}" && [ "${answers[0]}" != "${answers[1]}" ]; then pass "$1"
    else failed "$1" "client 1 got: ${answers[0]}" "client 2 got: ${answers[1]}" "expected: '$2', from two different ports"; fi
}

test_nat_overlap() {
    HOOK=nat-overlap ENVIRONMENT=(A=)
    lifecycle
    nat_works 1
    nat_works 2
    at_once "$HOOK: equal addresses and ports at the same time" '^internet saw 198.51.100.2 ' $WEB4
    at_once "$HOOK: equal addresses and ports at the same time, IPv6" '^internet saw 2001:db8:100::2 ' "$WEB6"
    within c1 ping -c8 -i0.2 -W2 -e 77 $WEB4 >"$WORK/ping1" 2>&1 & local other=$!
    sleep 0.1 # of two first packets at the very same moment the kernel's conntrack drops one, as it can tell them apart only afterwards
    expect "$HOOK: equal ping identifiers at the same time" ' 0% packet loss' within c2 ping -c8 -i0.2 -W2 -e 77 $WEB4
    wait $other
    expect "$HOOK: and the other ping too" ' 0% packet loss' cat "$WORK/ping1"
    refused "$HOOK: (a known limit) this machine's ICMP errors do not reach the client" '' within c1 ping -c1 -W1 -t1 $WEB4
    take_down '^internet saw 198.51.100.2 ' fetch c1 $WEB4
}

ask_udp() {
    within "$1" python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(3)
s.connect((sys.argv[1], 53))
s.send(b"?")
print(s.recv(100).decode())' "$2"
}

test_local_services() {
    local n
    HOOK=local-services ENVIRONMENT=("GWLB_HOOK_SERVICES=udp/53:5353 tcp/80:8080")
    background app python3 server.py appliance 8080 5353
    sleep 0.5
    ip -n "$NS-app" addr add 192.0.2.53/32 dev lo
    lifecycle
    for n in 1 2; do
        expect "$HOOK: endpoint $n: HTTP is answered here" '^appliance saw 10.20.0.2 ' fetch "c$n" $WEB4
        expect "$HOOK: endpoint $n: HTTP over IPv6 is answered here" '^appliance saw fd20::2 ' fetch "c$n" "$WEB6"
        expect "$HOOK: endpoint $n: UDP is answered here" '^appliance saw 10.20.0.2 ' ask_udp c$n $WEB4
        expect "$HOOK: endpoint $n: UDP over IPv6 is answered here" '^appliance saw fd20::2 ' ask_udp c$n 2001:db8:203::80
        expect "$HOOK: endpoint $n: an address of this machine answers" ' 0% packet loss' within "c$n" ping -c2 -i0.2 -W2 192.0.2.53
        expect "$HOOK: endpoint $n: the rest passes through" "^server$n saw 10.20.0.2 " fetch "c$n" $WEB4:81
        expect "$HOOK: endpoint $n: ping passes through" ' 0% packet loss' within "c$n" ping -c2 -i0.2 -W2 203.0.113.80
    done
    at_once "$HOOK: equal addresses and ports at the same time" '^appliance saw 10.20.0.2 ' $WEB4
    at_once "$HOOK: equal addresses and ports at the same time, IPv6" '^appliance saw fd20::2 ' "$WEB6"
    take_down '^appliance saw 10.20.0.2 ' fetch c1 $WEB4
    ip -n "$NS-app" addr del 192.0.2.53/32 dev lo
}

start_squid() {
    install -d -m 777 "$WORK/squid"
    chmod 711 "$WORK"
    { cat "$SQUID_CONF"
      printf '%s\n' "access_log stdio:$WORK/squid/access.log" "cache_log $WORK/squid/cache.log" "pid_filename $WORK/squid/squid.pid" \
          'http_access deny all' "coredump_dir $WORK/squid" 'http_port 127.0.0.1:3128' 'visible_hostname appliance' \
          'dns_nameservers 127.0.0.1' 'shutdown_lifetime 0 seconds' 'pinger_enable off' 'max_filedescriptors 1024'; } >"$WORK/squid/squid.conf"
    background app squid -N -f "$WORK/squid/squid.conf"
    for _ in $(seq 100); do within app ss -ltn | grep -q :3129 && return; sleep 0.1; done
    cat "$WORK/squid/cache.log" "$WORK/log"
    return 1
}

test_transparent_proxy() {
    local n
    HOOK=transparent-proxy ENVIRONMENT=(A=)
    command -v squid >/dev/null || { skip "squid is not installed: apt-get install squid" one; return; }
    start_squid || { failed "$HOOK: squid starts with $SQUID_CONF"; return; }
    lifecycle
    for n in 1 2; do
        expect "$HOOK: endpoint $n: squid fetches the page by the uplink" '^internet saw 198.51.100.2 ' fetch "c$n" "$WEB4/page$n"
        expect "$HOOK: endpoint $n: IPv6 too" '^internet saw 2001:db8:100::2 ' fetch "c$n" "$WEB6/page6$n"
        expect "$HOOK: endpoint $n: squid's log has the client's request" "10\.20\.0\.2 .*GET http://$WEB4/page$n " cat "$WORK/squid/access.log"
        expect "$HOOK: endpoint $n: squid's log has the IPv6 request" "fd20::2 .*GET http://\[2001:db8:203::80\]/page6$n " cat "$WORK/squid/access.log"
        expect "$HOOK: endpoint $n: other ports pass through" "^server$n saw 10.20.0.2 " fetch "c$n" $WEB4:81
        expect "$HOOK: endpoint $n: ping passes through" ' 0% packet loss' within "c$n" ping -c2 -i0.2 -W2 $WEB4
        expect "$HOOK: endpoint $n: ping over IPv6 passes through" ' 0% packet loss' within "c$n" ping -6 -c2 -i0.2 -W2 2001:db8:203::80
    done
    take_down '^internet saw 198.51.100.2 ' fetch c1 $WEB4
}

test_refusals() {
    HOOK=nat ENVIRONMENT=(A=)
    snapshot >"$WORK/before"
    refused "refusals: no arguments" 'Usage: .*CREATE\|DESTROY gwi-X gwo-X ID' hook
    refused "refusals: unknown action" "neither CREATE nor DESTROY" hook START gwi-1 gwo-1 $ID1
    refused "refusals: a name that is none of ours" "not an interface name of the form gwi-X" hook CREATE eth0 gwo-1 $ID1
    refused "refusals: an interface that is not there" "there is no interface gwi-zz" hook CREATE gwi-zz gwo-zz $ID1
    expect "refusals: DESTROY after the interfaces are gone succeeds" '' hook DESTROY gwi-zz gwo-zz $ID1
    with GWLB_HOOK_UPLINK=eth9 refused "refusals: an uplink that is not there" "GWLB_HOOK_UPLINK is 'eth9'" create1
    with GWLB_HOOK_FAMILIES=5 refused "refusals: an unknown family" "GWLB_HOOK_FAMILIES is '5'" create1
    HOOK=local-services refused "refusals: local-services without services" "GWLB_HOOK_SERVICES is not set" create1
    HOOK=local-services with GWLB_HOOK_SERVICES=icmp/8 refused "refusals: a service of no port" "must be tcp or udp" create1
    HOOK=local-services with GWLB_HOOK_SERVICES=tcp/http refused "refusals: a service by name" "write protocol/port" create1
    within app sysctl -qw net.ipv4.conf.all.rp_filter=1
    refused "refusals: rp_filter of all" 'sysctl -w net.ipv4.conf.all.rp_filter=0' create1
    within app sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.up0.forwarding=0
    refused "refusals: IPv4 forwarding off" 'sysctl -w net.ipv4.ip_forward=1' create1
    within app sysctl -qw net.ipv4.conf.up0.forwarding=1 net.ipv6.conf.all.forwarding=0
    refused "refusals: IPv6 forwarding off" 'sysctl -w net.ipv6.conf.all.forwarding=1' create1
    with GWLB_HOOK_FAMILIES=4 expect "refusals: IPv4 alone does not ask for it" 'vpce-' create1
    expect "refusals: and leaves no IPv6 rule" '^0$' sh -c "ip netns exec $NS-app ip6tables-save | grep -c -- '-i gwi-1 '; true"
    destroy1
    within app sysctl -qw net.ipv6.conf.all.forwarding=1
    # Fails in the middle: nothing of it may stay.
    HOOK=local-services with GWLB_HOOK_SERVICES="tcp/80 tcp/99999" refused "refusals: a port that iptables refuses" 'nothing is left of the attempt' create1
    refused "refusals: without CAP_NET_ADMIN it says so" 'CAP_NET_ADMIN|Operation not permitted|Permission denied' within app setpriv --bounding-set -net_admin --inh-caps -net_admin "$HOOKS/nat.sh" CREATE gwi-1 gwo-1 $ID1
    unchanged "refusals: none of them left anything" "$WORK/before"
    leftovers
}

# Hooks of two endpoints at once, as two handlers would call them: the rules that all share must be there once, then not at all.
at_the_same_time() {
    local pids i
    for i in 1 2 3 4 5; do
        create1 >/dev/null & pids=($!)
        create2 >/dev/null & pids+=($!)
        wait "${pids[@]}"
        [ "$(within app iptables-save | grep -c gwlb4j:shared)" = 2 ] || { failed "two at once: round $i: not each shared rule once"; return; }
        destroy1 & pids=($!)
        destroy2 & pids+=($!)
        wait "${pids[@]}"
    done
    unchanged "two at once: five times set up and undone, all is as before" "$WORK/before"
}

# A handler that was killed leaves rules of interfaces that are gone; their number is in use until somebody clears it.
leftovers() {
    local index
    index=$(within app cat /sys/class/net/gwi-1/ifindex)
    ip -n "$NS-app" rule add fwmark 0x1/0xffff0000 lookup $((608100000 + index)) priority 6081
    expect "leftovers: a number in use is passed over" "routing table $((608100001 + index))\)" create1
    destroy1
    ip -n "$NS-app" rule del lookup $((608100000 + index))
    unchanged "leftovers: after it all is as before" "$WORK/before"
    at_the_same_time
    ip -n "$NS-app" tuntap add gwi-t mode tun
    ip -n "$NS-app" tuntap add gwo-t mode tun
    ip -n "$NS-app" link set gwi-t up
    ip -n "$NS-app" link set gwo-t up
    within app sysctl -qw net.ipv6.conf.gwi-t.disable_ipv6=1
    expect "leftovers: where IPv6 is off it says so and goes on" 'IPv6 is off on gwi-t' hook CREATE gwi-t gwo-t $ID1
    ip -n "$NS-app" link del gwi-t
    ip -n "$NS-app" link del gwo-t
    expect "leftovers: DESTROY after the interfaces went first" '' hook DESTROY gwi-t gwo-t $ID1
    unchanged "leftovers: leaves nothing either" "$WORK/before"
}

[ "$(id -u)" = 0 ] || skip "needs root for network namespaces: run it with sudo"
[ -c /dev/net/tun ] || skip "needs /dev/net/tun: modprobe tun"
for tool in ip iptables ip6tables iptables-save curl ping python3 ss setpriv; do
    command -v $tool >/dev/null || skip "'$tool' is missing: apt-get install iproute2 iptables curl iputils-ping python3 util-linux"
done
namespaces
endpoint 1 1
endpoint 2 1a
background net python3 server.py internet 80
for n in 1 2; do
    background s$n python3 server.py server$n 80
    background s$n python3 server.py server$n 81
done
for ns in net s1 s2; do
    for _ in $(seq 100); do within $ns ss -ltn | grep -q ':80 ' && break; sleep 0.1; done
done
for name in "${@:-pass-through nat nat-overlap local-services transparent-proxy refusals}"; do
    for test in $name; do
        declare -F "test_${test//-/_}" >/dev/null || { echo "hooks-test: there is no test '$test'; see the head of $0" >&2; exit 2; }
        "test_${test//-/_}"
    done
done
echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"
[ $FAILED = 0 ]

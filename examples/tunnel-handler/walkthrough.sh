#!/usr/bin/env bash
# The tunnel handler at work on this machine, without AWS: network namespaces, a simulated load balancer, real programs.
#
#   client 10.20.0.2 --> load balancer --GENEVE--> gwlbtun (gwi-X, gwo-X) --> "internet" 198.51.100.2 with a web server
#
#   1. two-arm NAT: the client fetches a page; Suricata on gwi-X raises an alert with the client's own address
#   2. health: 200, JSON, /metrics, 503 while draining, exit code 0, no interface left
#   3. transparent proxy: squid's access log has the client's request
#
# Exit 0: all is as it should be; 1: something is not; 77: this machine lacks something (with CI=true a failure, after trying to
# install it). Needs root, Linux, /dev/net/tun, a JDK, Maven, and the programs below. All of it is gone afterwards.
set -uo pipefail
cd "$(dirname "$0")" || exit
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin
HOOKS=${GWLBTUN_DEPLOY:-$PWD/deploy}/hooks
SQUID_CONF=${GWLBTUN_DEPLOY:-$PWD/deploy}/squid/gwlbtun.conf
WORK=$(mktemp -d) PIDS=() FAILED=0 UPDATED=
LAB='' HANDLER='' CLIENT='' APPLIANCE='' INTERNET=''

cleanup() {
    local pid
    for pid in "${PIDS[@]}" $LAB; do kill "$pid" 2>/dev/null; done
    wait 2>/dev/null
    rm -rf "$WORK"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

say() { printf '\n== %s\n' "$*"; }
missing() { echo "walkthrough: $*" >&2; [ "${CI:-}" = true ] && exit 1; exit 77; }
check() { # NAME COMMAND…
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then echo "   ok: $name"; else
        echo "   FAILED: $name: $*"; printf '      %s\n' "$output"; FAILED=1
    fi
}
has() { grep -Eq -- "$1" <<<"$2"; }
await() { # SECONDS COMMAND…
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do [ $SECONDS -lt $end ] || return 1; sleep 0.1; done
}
# In a network namespace, with the /sys that belongs to it, and without the pipe that ends the network.
within() { local ns=$1; shift; nsenter --net="$ns" unshare -m sh -c 'mount -t sysfs sysfs /sys; exec "$@"' sh "$@" 8>&-; }
# The same for what is to run beside this script: 'forever … &' makes $! the program's own process id.
forever() { local ns=$1; shift; exec nsenter --net="$ns" unshare -m sh -c 'mount -t sysfs sysfs /sys; exec "$@"' sh "$@" 8>&-; }

# need COMMAND PACKAGE [APT OPTION…]: in CI what is missing is installed (Debian).
need() {
    command -v "$1" >/dev/null && return
    local package=$2 name=$1
    shift 2
    [ "${CI:-}" = true ] && command -v apt-get >/dev/null || missing "'$name' is missing: apt-get install $package $*"
    if [ "$package" = suricata ] && grep -q '^VERSION_CODENAME=bookworm' /etc/os-release; then
        echo 'deb http://deb.debian.org/debian bookworm-backports main' >/etc/apt/sources.list.d/gwlb4j-backports.list
        UPDATED=
        set -- -t bookworm-backports
    fi
    [ -n "$UPDATED" ] || { apt-get update -qq && UPDATED=1; }
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" "$package" >/dev/null || missing "cannot install $package"
}

[ "$(id -u)" = 0 ] || missing "needs root: network namespaces and TUN devices"
[ -e /dev/net/tun ] || missing "there is no /dev/net/tun: modprobe tun, or docker run --device /dev/net/tun"
need ip iproute2; need iptables iptables; need curl curl; need python3 python3; need squid squid; need promtool prometheus; need suricata suricata
[ -x "$HOOKS/nat.sh" ] || missing "$HOOKS/nat.sh is not there"

say "Building"
(cd ../.. && mvn -B -q -o -DskipTests -pl examples/tunnel-handler -am package 2>/dev/null || mvn -B -q -DskipTests -pl examples/tunnel-handler -am package) || exit 1
tar xzf target/gwlbtun-*.tar.gz -C "$WORK" || exit 1
GWLBTUN=$(echo "$WORK"/gwlbtun-*/bin/gwlbtun)

say "The network"
mkfifo "$WORK/stop"
java -cp ../gwlb-simulator/target/gwlb-simulator.jar:target/test-classes io.github.gwlb4j.handler.WalkthroughLab <"$WORK/stop" >"$WORK/lab" 2>"$WORK/lab.errors" &
LAB=$!
exec 8>"$WORK/stop"
await 20 grep -q INTERNET "$WORK/lab" || { cat "$WORK/lab.errors" >&2; exit 1; }
# shellcheck source=/dev/null
. "$WORK/lab"
within "$APPLIANCE" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
within "$APPLIANCE" ip route add default via 198.51.100.2
mkdir "$WORK/site"
echo 'the page' >"$WORK/site/index.html"
forever "$INTERNET" python3 -m http.server --directory "$WORK/site" 80 >"$WORK/web" 2>&1 &
PIDS+=($!)

start_handler() { # HOOK
    GWLB_HOOK_UPLINK=inet0 GWLB_HOOK_FAMILIES=4 forever "$APPLIANCE" "$GWLBTUN" -c "$1" -r "$1" -p 8080 -j --drain 3 --pre-create 123456789abcdef0 \
        >"$WORK/handler" 2>&1 &
    HANDLER=$!
    PIDS+=("$HANDLER")
    await 20 grep -q ' ready' "$WORK/handler" || { cat "$WORK/handler" >&2; exit 1; }
    GWI=$(within "$APPLIANCE" ip -o link | grep -o 'gwi-[0-9A-Za-z]*' | head -1)
}
health() { within "$APPLIANCE" curl -s -m 5 "$@" http://127.0.0.1:8080/; }
no_interface() { ! within "$APPLIANCE" ip -o link | grep -E 'gw[io]-'; }
fetches() { has 'the page' "$(within "$CLIENT" curl -gsS -m 8 http://198.51.100.2/index.html)"; }

say "1. NAT, with Suricata on the interface where the clients' packets come out"
start_handler "$HOOKS/nat.sh"
# With NAT only the clients' direction passes gwi-X, so the rule looks at packets (tcp-pkt), not at acknowledged streams.
echo 'alert tcp-pkt any any -> any 80 (msg:"walk-through page"; content:"GET /index.html"; sid:1000001; rev:1;)' >"$WORK/local.rules"
mkdir "$WORK/suricata"
forever "$APPLIANCE" suricata -c /etc/suricata/suricata.yaml -S "$WORK/local.rules" -i "$GWI" -l "$WORK/suricata" -k none --runmode single \
    --pidfile "$WORK/suricata.pid" >"$WORK/suricata.out" 2>&1 &
PIDS+=($!)
await 60 grep -qs 'Engine started' "$WORK/suricata/suricata.log" "$WORK/suricata.out" || { cat "$WORK/suricata.out" >&2; FAILED=1; }
check "the client fetches the page" fetches
check "the web server saw the appliance's address, not the client's" grep -q '^198\.51\.100\.1 .*GET /index.html' "$WORK/web"
check "Suricata's alert names the client's own address" await 12 grep -Eq 'walk-through page.* 10\.20\.0\.2:[0-9]+ -> 198\.51\.100\.2:80' "$WORK/suricata/fast.log"
[ -s "$WORK/suricata/fast.log" ] || tail -n 30 "$WORK/suricata.out" "$WORK/suricata/suricata.log" "$WORK/suricata/stats.log" >&2
kill "${PIDS[-1]}" 2>/dev/null

say "2. Health and stopping"
check "health answers 200 and JSON" sh -c "nsenter --net=$APPLIANCE curl -sf http://127.0.0.1:8080/ | python3 -m json.tool"
check "promtool likes /metrics" sh -c "nsenter --net=$APPLIANCE curl -sf http://127.0.0.1:8080/metrics | promtool check metrics"
kill -TERM "$HANDLER"
sleep 0.5
check "while draining it answers 503" [ "$(health -o /dev/null -w '%{http_code}')" = 503 ]
check "while draining traffic goes on" fetches
wait "$HANDLER"
check "exit code 0" [ $? = 0 ]
check "no interface is left" no_interface

say "3. squid as a transparent proxy"
{ cat "$SQUID_CONF"; echo "access_log stdio:$WORK/squid/access.log
cache_log $WORK/squid/cache.log
pid_filename $WORK/squid/pid
coredump_dir $WORK/squid
cache deny all
http_port 127.0.0.1:3128
shutdown_lifetime 0
http_access deny all"; } >"$WORK/squid.conf"
install -d -o proxy -g proxy "$WORK/squid"
chmod 755 "$WORK"
forever "$APPLIANCE" squid -N -f "$WORK/squid.conf" >"$WORK/squid.out" 2>&1 &
PIDS+=($!)
await 30 sh -c "nsenter --net=$APPLIANCE ss -tln | grep -q ':3129'" || { cat "$WORK/squid.out" "$WORK/squid/cache.log" >&2; FAILED=1; }
start_handler "$HOOKS/transparent-proxy.sh"
check "the client fetches the page" fetches
check "squid's access log has the request of the client" await 5 grep -Eq '10\.20\.0\.2 .*GET http://198\.51\.100\.2/index.html' "$WORK/squid/access.log"
kill -TERM "$HANDLER"
wait "$HANDLER"
check "exit code 0" [ $? = 0 ]

exec 8>&-
wait "$LAB"
sed -n 's/^# //p' "$WORK/lab"
LAB=
echo
[ $FAILED = 0 ] && echo "walkthrough: all is as it should be" || { cat "$WORK/handler"; echo "walkthrough: FAILED, see above"; }
exit $FAILED

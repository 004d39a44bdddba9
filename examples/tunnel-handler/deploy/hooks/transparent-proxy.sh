#!/bin/sh
# Transparent proxy: the clients' web requests are handed to squid on this machine, which fetches the page by the uplink with
# its own address and answers as if it were the server. All else passes through as with pass-through.sh.
#
# By TPROXY, not REDIRECT: it works alike for IPv4 and IPv6, needs no address on gwi-…, and squid sees the real destination.
# squid needs "http_port 3129 tproxy" and "spoof_client_ip deny all": see ../squid/gwlbtun.conf. Two endpoints whose clients
# have the same addresses can share it, but not at the same moment with the same client port and server.
#
#   GWLB_HOOK_PROXY_PORT    squid's tproxy port, default 3129
#   GWLB_HOOK_PROXY_PORTS   destination ports that are handed over, default "80"
set -eu
HOOKS=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$HOOKS/common.sh"

create() {
    require_forwarding6
    port=${GWLB_HOOK_PROXY_PORT:-3129} ports=${GWLB_HOOK_PROXY_PORTS:-80}
    track_apart
    # The first rule that fits decides: to squid, back to the endpoint; then the replies of squid.
    for family in $FAMILIES; do
        ip "-$family" route replace local default dev lo table "$LOCAL_TABLE"
    done
    route_rule iif "$IN" fwmark "$MARK/$MASK" lookup "$LOCAL_TABLE"
    route_rule iif "$IN" lookup "$TABLE"
    replies_by_mark
    for destination in $ports; do
        netfilter mangle PREROUTING -i "$IN" -p tcp --dport "$destination" -j TPROXY --on-port "$port" --tproxy-mark "$MARK/$MASK"
    done
    say "endpoint vpce-$ID: TCP port $ports goes to the proxy on port $port, the rest of $IN leaves by $OUT (mark $MARK, routing table $TABLE)"
}

run_hook "$@"

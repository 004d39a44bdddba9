#!/bin/sh
# Local services: programs on this machine answer for servers that the clients address, the rest passes through as with
# pass-through.sh. Also answers what is addressed to this machine itself, for instance to an address that lo has been given.
#
#   GWLB_HOOK_SERVICES   "protocol/port[:local port] …", for instance "udp/53 tcp/53 tcp/80:8080"; "" for none
#   GWLB_HOOK_ADDRESS4, GWLB_HOOK_ADDRESS6   where the programs listen; default: the uplink's first global addresses
set -eu
HOOKS=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$HOOKS/common.sh"

create() {
    [ "${GWLB_HOOK_SERVICES+set}" ] || fail "GWLB_HOOK_SERVICES is not set: say which services are answered here, for instance GWLB_HOOK_SERVICES=\"udp/53 tcp/80:8080\" in the handler's environment"
    require_forwarding6
    track_apart
    replies_by_mark
    # After the rule for marked packets: what comes from the endpoint has no mark, and what is not for us goes back.
    route_rule iif "$IN" lookup "$TABLE"
    for family in $FAMILIES; do
        answer_here "$family"
    done
    say "endpoint vpce-$ID: answered here: ${GWLB_HOOK_SERVICES:-no service, only own addresses}; the rest of $IN leaves by $OUT (mark $MARK, routing table $TABLE)"
}

# answer_here FAMILY
answer_here() {
    [ -n "$GWLB_HOOK_SERVICES" ] || return 0
    if [ "$1" = 4 ]; then address=${GWLB_HOOK_ADDRESS4:-}; else address=${GWLB_HOOK_ADDRESS6:-}; fi
    if [ -z "$address" ]; then
        require_uplink
        address=$(ip "-$1" -o addr show dev "$UPLINK" scope global | sed -n '1s/.* inet6* \([^/ ]*\).*/\1/p')
    fi
    if [ -z "$address" ]; then
        say "$UPLINK has no global IPv$1 address: IPv$1 is not answered here but passes through (give $UPLINK an address, or set GWLB_HOOK_ADDRESS$1)"
        return 0
    fi
    for service in $GWLB_HOOK_SERVICES; do
        protocol=${service%%/*} ports=${service#*/}
        port=${ports%%:*} to=${ports#*:}
        case $protocol:$port:$to in
            tcp:*[!0-9:]* | udp:*[!0-9:]* | *::* | *:) fail "GWLB_HOOK_SERVICES has '$service': write protocol/port or protocol/port:local port, for instance tcp/80:8080" ;;
            tcp:* | udp:*) ;;
            *) fail "GWLB_HOOK_SERVICES has '$service': the protocol must be tcp or udp" ;;
        esac
        case $1 in 4) target=$address:$to ;; 6) target="[$address]:$to" ;; esac
        (FAMILIES=$1 && netfilter nat PREROUTING -i "$IN" -p "$protocol" --dport "$port" -j DNAT --to-destination "$target")
    done
}

run_hook "$@"

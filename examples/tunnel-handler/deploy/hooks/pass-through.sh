#!/bin/sh
# Pass-through: every packet of the endpoint goes back to it, forwarded by the kernel. For firewalls, IDS and IPS (iptables,
# nftables, Suricata on gwi-…) whose packets continue to their old destination. Rules for what may pass belong into FORWARD.
#
# Not passed on: packets to an address that this machine has itself. They are delivered here; README, "Traps", has the cure.
set -eu
HOOKS=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$HOOKS/common.sh"

create() {
    require_forwarding6
    # Packets whose source is an address of this machine too are not ours but a server's or client's behind the endpoint.
    set_link ipv4 "$IN" accept_local 1
    route_back
    route_rule iif "$IN" lookup "$TABLE"
    say "endpoint vpce-$ID: what arrives on $IN leaves by $OUT (routing table $TABLE)"
}

run_hook "$@"

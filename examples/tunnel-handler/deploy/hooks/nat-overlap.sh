#!/bin/sh
# Two-arm NAT for clients with overlapping networks: as nat.sh, and connections of different endpoints stay apart even where
# client address, client port, server address and server port are all equal. Each endpoint has its own mark, routing table
# and conntrack zone. If this machine sits between tenants, or you do not know who the clients are, take this one.
set -eu
HOOKS=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$HOOKS/common.sh"

create() {
    require_uplink
    require_forwarding4_on_uplink
    require_forwarding6
    track_apart
    replies_by_mark
    netfilter nat POSTROUTING -o "$UPLINK" -m connmark --mark "$MARK/$MASK" -j MASQUERADE
    say "endpoint vpce-$ID: connections leave by $UPLINK with its address, replies go back by $OUT (mark $MARK, zone $NUMBER, routing table $TABLE)"
}

run_hook "$@"

#!/bin/sh
# Two-arm NAT: clients' connections leave by the uplink with this machine's address there; replies go back to the endpoint.
# For endpoints whose clients have different addresses; if two of them may use the same ones, take nat-overlap.sh.
set -eu
HOOKS=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$HOOKS/common.sh"

create() {
    require_uplink
    require_forwarding4_on_uplink
    require_forwarding6
    replies_by_mark
    netfilter nat POSTROUTING -o "$UPLINK" -m connmark --mark "$MARK/$MASK" -j MASQUERADE
    say "endpoint vpce-$ID: connections leave by $UPLINK with its address, replies go back by $OUT (mark $MARK, routing table $TABLE)"
}

run_hook "$@"

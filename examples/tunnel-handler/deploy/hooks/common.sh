# shellcheck shell=sh disable=SC2034  # some of the variables are for the scripts
# What the hook scripts beside this file share; each of them sources it. POSIX sh; needs iproute2, iptables, flock.
#
# A hook defines create() and ends with: run_hook "$@". When create() runs, these are set:
#   IN, OUT    the endpoint's interfaces: its packets arrive on IN, what is routed out of OUT goes back to the endpoint
#   ID         the endpoint's id, 17 hex digits
#   FAMILIES   "4 6", or fewer: see GWLB_HOOK_FAMILIES below
#   NUMBER     1..65535, this endpoint's alone: the index of IN where it is free, else the next free number
#   TABLE, LOCAL_TABLE   two routing tables for this endpoint, 608100000 + NUMBER and 608200000 + NUMBER
#   MARK, MASK           a packet mark for this endpoint, NUMBER << 16; the lower 16 bits are left to others
#
# There is no state file. The kernel is asked for what belongs to an endpoint: netfilter rules carry the comment
# gwlb4j:<IN>, routing rules name IN or one of the endpoint's tables. So DESTROY undoes what is there, whole or half, and
# CREATE first removes what an earlier run left, also a run that was killed.
#
# Nothing that the whole machine shares is changed: settings of IN and OUT are set (they vanish with the interfaces),
# settings of the machine are checked, and the message names the command that sets them.
#
# Settings, from the environment (the handler passes its own on):
#   GWLB_HOOK_FAMILIES   "4 6" (default), "4" or "6"
#   GWLB_HOOK_UPLINK     the interface that leads to the servers; default: that of the default route

LC_ALL=C
export LC_ALL
PRIORITY=6081
MASK=0xffff0000

say() { echo "${0##*/} $IN: $*"; }

fail() {
    echo "${0##*/} ${IN:-}: $*" >&2
    exit 1
}

# run_hook CREATE|DESTROY gwi-X gwo-X ID
run_hook() {
    [ $# = 4 ] || fail "called with $# arguments instead of 4. Usage: $0 CREATE|DESTROY gwi-X gwo-X ID; give the script to the handler with -c and -r"
    IN=$2 OUT=$3 ID=$4 COMMENT=gwlb4j:$2
    check_name "$IN" gwi-
    check_name "$OUT" gwo-
    for tool in ip iptables ip6tables flock; do
        command -v $tool >/dev/null || fail "'$tool' is missing: install iproute2, iptables and util-linux, and see that PATH has /usr/sbin"
    done
    # One hook at a time, whichever of them: numbers are chosen and the shared rules come and go under this lock.
    exec 9<"$HOOKS/common.sh"
    flock -w 25 9 || fail "another hook has held the lock on $HOOKS/common.sh for 25 seconds: 'fuser -v $HOOKS/common.sh' shows which, end it"
    case $1 in
        CREATE)
            undo
            trap undo_failed_create EXIT
            prepare
            create
            trap - EXIT ;;
        DESTROY)
            undo ;;
        *)
            fail "'$1' is neither CREATE nor DESTROY" ;;
    esac
}

undo_failed_create() {
    trap - EXIT
    undo
    fail "not set up; nothing is left of the attempt. The reason stands above"
}

check_name() {
    case ${1#"$2"} in
        "$1" | '' | *[!0-9a-zA-X]* | ????????????*)
            fail "'$1' is not an interface name of the form ${2}X, X being 1 to 11 of 0-9a-zA-X" ;;
    esac
}

# ---- CREATE ----

prepare() {
    for link in "$IN" "$OUT"; do
        [ -d "/sys/class/net/$link" ] || fail "there is no interface $link here: the handler makes it before it calls; by hand, 'ip link' lists those that exist"
        # The reverse path filter drops silently what has no route back by the same interface: all that a client sends.
        set_link ipv4 "$link" rp_filter 0
    done
    value=$(cat /proc/sys/net/ipv4/conf/all/rp_filter)
    [ "$value" = 0 ] || fail "net.ipv4.conf.all.rp_filter is $value, and the kernel takes the larger of it and $IN's own: clients' packets" \
        "would vanish without a word. Run: sysctl -w net.ipv4.conf.all.rp_filter=0 (for good: install sysctl.d/90-gwlbtun.conf)"
    set_link ipv4 "$IN" forwarding 1
    choose_families
    choose_number
}

# set_link ipv4|ipv6 LINK KEY VALUE
set_link() {
    file=/proc/sys/net/$1/conf/$2/$3
    [ "$(cat "$file")" = "$4" ] || echo "$4" 2>/dev/null >"$file" ||
        fail "cannot set $file to $4: needs CAP_NET_ADMIN and a writable /proc/sys/net (a systemd unit with ProtectKernelTunables= needs ReadWritePaths=/proc/sys/net too)"
}

choose_families() {
    FAMILIES=
    for family in ${GWLB_HOOK_FAMILIES:-4 6}; do
        case $family in
            4) FAMILIES="$FAMILIES 4" ;;
            6) if [ "$(cat "/proc/sys/net/ipv6/conf/$IN/disable_ipv6" 2>/dev/null || echo 1)" = 1 ]; then
                   say "IPv6 is off on $IN: its rules are left out (switch it on: sysctl -w net.ipv6.conf.default.disable_ipv6=0, before the tunnel is made)"
               else
                   FAMILIES="$FAMILIES 6"
               fi ;;
            *) fail "GWLB_HOOK_FAMILIES is '$GWLB_HOOK_FAMILIES': write \"4 6\", \"4\" or \"6\"" ;;
        esac
    done
}

# For hooks that route packets on: IPv6 knows forwarding only for the whole machine.
require_forwarding6() {
    case $FAMILIES in *6*) ;; *) return 0 ;; esac
    [ "$(cat /proc/sys/net/ipv6/conf/all/forwarding)" = 1 ] ||
        fail "net.ipv6.conf.all.forwarding is 0: no IPv6 packet would be forwarded. Run: sysctl -w net.ipv6.conf.all.forwarding=1" \
            "(for good: install sysctl.d/90-gwlbtun.conf), or set GWLB_HOOK_FAMILIES=4 if there is to be no IPv6"
}

# Sets UPLINK. For hooks whose packets leave by it and come back by it.
require_uplink() {
    UPLINK=${GWLB_HOOK_UPLINK:-$({ ip -4 route show default; ip -6 route show default; } | sed -n '1s/.* dev \([^ ]*\).*/\1/p')}
    [ -n "$UPLINK" ] || fail "there is no default route: add one, or set GWLB_HOOK_UPLINK to the interface that leads to the servers"
    [ -d "/sys/class/net/$UPLINK" ] || fail "GWLB_HOOK_UPLINK is '$UPLINK', and there is no such interface: 'ip link' lists those that exist"
}

# Replies arrive on the uplink and must be forwarded from there.
require_forwarding4_on_uplink() {
    [ "$(cat "/proc/sys/net/ipv4/conf/$UPLINK/forwarding")" = 1 ] ||
        fail "net.ipv4.conf.$UPLINK.forwarding is 0: replies would be dropped there. Run: sysctl -w net.ipv4.ip_forward=1 (for good: install sysctl.d/90-gwlbtun.conf)"
}

choose_number() {
    used=" $({ ip -4 rule; ip -6 rule; } | sed -n 's/.* lookup 608[12]\([0-9]\{5\}\).*/\1/p' | sort -u | sed 's/^0*//' | tr '\n' ' ')"
    NUMBER=$((($(cat "/sys/class/net/$IN/ifindex") - 1) % 65535 + 1))
    tried=0
    while case $used in *" $NUMBER "*) ;; *) false ;; esac; do
        NUMBER=$((NUMBER % 65535 + 1)) tried=$((tried + 1))
        [ $tried -lt 65535 ] || fail "all 65535 routing table numbers are taken: 'ip rule' shows by which interfaces"
    done
    TABLE=$((608100000 + NUMBER)) LOCAL_TABLE=$((608200000 + NUMBER))
    MARK=$(printf '0x%x' $((NUMBER << 16)))
}

# route_rule SELECTOR… lookup TABLE: a routing rule in each family, after those added before.
route_rule() {
    for family in $FAMILIES; do
        ip "-$family" rule add priority $PRIORITY "$@"
    done
}

# Whatever this endpoint's table routes goes back to the endpoint.
route_back() {
    for family in $FAMILIES; do
        ip "-$family" route replace default dev "$OUT" table "$TABLE"
    done
}

iptables_of() { if [ "$1" = 6 ]; then echo ip6tables; else echo iptables; fi; }

# netfilter TABLE CHAIN RULE…: appends a rule of this endpoint's, in each family.
netfilter() {
    table=$1 chain=$2
    shift 2
    for family in $FAMILIES; do
        "$(iptables_of "$family")" -w 10 -t "$table" -A "$chain" -m comment --comment "$COMMENT" "$@"
    done
}

# netfilter_shared TABLE CHAIN RULE…: the same for a rule that serves all endpoints; the last one to go removes it.
netfilter_shared() {
    table=$1 chain=$2
    shift 2
    for family in $FAMILIES; do
        command=$(iptables_of "$family")
        $command -w 10 -t "$table" -C "$chain" -m comment --comment gwlb4j:shared "$@" 2>/dev/null ||
            $command -w 10 -t "$table" -A "$chain" -m comment --comment gwlb4j:shared "$@"
    done
}

# Connections that come in from the endpoint are marked; whatever belongs to such a connection and does not come from a
# tunnel (replies from the uplink, replies of this machine, its ICMP errors) is routed back to the endpoint. By mark and not
# by destination, since the clients' networks are unknown, and may be the same behind two endpoints.
replies_by_mark() {
    route_back
    route_rule fwmark "$MARK/$MASK" lookup "$TABLE"
    netfilter mangle PREROUTING -i "$IN" -j CONNMARK --set-xmark "$MARK/$MASK"
    netfilter_shared mangle PREROUTING ! -i gwi-+ -j CONNMARK --restore-mark --nfmask $MASK --ctmask $MASK
    netfilter_shared mangle OUTPUT -j CONNMARK --restore-mark --nfmask $MASK --ctmask $MASK
}

# A connection from this endpoint never meets one from another endpoint with the same addresses and ports: the direction
# from the client is tracked in a zone of its own. The other direction stays in the zone that all share: there it is told
# apart by its ports, which NAT chooses so that they differ.
track_apart() { netfilter raw PREROUTING -i "$IN" -j CT --zone-orig "$NUMBER"; }

# ---- DESTROY ----

undo() {
    for family in 4 6; do
        [ $family = 4 ] || [ -d /proc/sys/net/ipv6 ] || continue
        # iptables quotes comments or not, as it likes.
        rules=$("$(iptables_of $family)-save" | sed 's/--comment "\(gwlb4j:[^" ]*\)"/--comment \1/')
        numbers=$(numbers_in_use $family)
        for number in $numbers; do
            undo_routing $family "$number"
        done
        remove_rules $family "$COMMENT"
        # Only the shared ones are left: nobody needs them.
        case $rules in
            *"--comment gwlb4j:gwi-"*) ;;
            *"--comment gwlb4j:shared"*) remove_rules $family gwlb4j:shared ;;
        esac
    done
}

# The five last digits of this endpoint's tables: from its routing rules, its routes and the marks in its netfilter rules.
numbers_in_use() {
    {
        ip "-$1" rule | sed -n "s/.* iif $IN .*lookup 608[12]\([0-9]\{5\}\).*/\1/p"
        ip "-$1" route show table all | sed -n "s/.* dev $OUT .*table 608[12]\([0-9]\{5\}\).*/\1/p"
        printf '%s\n' "$rules" | sed -n "s/.*--comment $COMMENT .*mark \(0x[0-9a-f]*\)0000\/0xffff0000.*/\1/p" | while read -r hex; do
            printf '%05d\n' $((hex))
        done
    } | sort -u
}

# undo_routing FAMILY NUMBER
undo_routing() {
    for table in "6081$2" "6082$2"; do
        while ip "-$1" rule | grep -q " lookup $table\( \|\$\)"; do
            ip "-$1" rule del lookup "$table"
        done
        [ -z "$(ip "-$1" route show table "$table" 2>/dev/null)" ] || ip "-$1" route flush table "$table"
    done
}

# remove_rules FAMILY COMMENT: deletes, in one step for each table, the rules that carry the comment.
remove_rules() {
    script=$(printf '%s\n' "$rules" | awk -v "comment=$2" '
        /^\*/ { table = $0; open = 0 }
        /^-A/ && index($0 " ", " --comment " comment " ") {
            if (!open) { print table; open = 1 }
            sub(/^-A/, "-D")
            print
        }
        /^COMMIT/ && open { print }')
    [ -z "$script" ] || printf '%s\n' "$script" | "$(iptables_of "$1")-restore" -w 10 --noflush
    rules=$(printf '%s\n' "$rules" | awk -v "comment=$2" '!index($0 " ", " --comment " comment " ")')
}

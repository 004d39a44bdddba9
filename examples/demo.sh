#!/usr/bin/env bash
# The demonstration: builds, runs the example firewall and a simulated Gateway Load Balancer against each other on loopback
# for about ten seconds, shows what passed, what was denied and why. Exit code 0: all went as the rules say; 1: it did not.
set -euo pipefail
cd "$(dirname "$0")/.."

RULES=examples/firewall/rules/example.rules
FIREWALL=examples/firewall/target/firewall.jar
SIMULATOR=examples/gwlb-simulator/target/gwlb-simulator.jar
PORT=${GWLB4J_DEMO_PORT:-6081}
LOG=$(mktemp -d)
firewall=

cleanup() {
    [ -z "$firewall" ] || { kill "$firewall" 2>/dev/null && wait "$firewall" 2>/dev/null; } || true
    rm -rf "$LOG"
}
trap cleanup EXIT

[ $# = 0 ] || { echo "demo: takes no arguments; GWLB4J_DEMO_PORT=PORT chooses another UDP port than 6081" >&2; exit 2; }
for tool in java mvn; do
    command -v $tool >/dev/null || { echo "demo: '$tool' is missing: install a JDK (17 or later) and Maven (3.8.7 or later)" >&2; exit 1; }
done

echo "== Building (the first time, Maven downloads what it needs)"
mvn -B -q -DskipTests package -pl examples/firewall,examples/gwlb-simulator -am

echo "== Firewall on 127.0.0.1, UDP port $PORT, with these rules:"
sed -n '/^[^#]/s/^/   /p' "$RULES"
java -jar "$FIREWALL" --rules "$RULES" --listen "127.0.0.1:$PORT" >"$LOG/firewall" 2>"$LOG/errors" &
firewall=$!
for _ in $(seq 100); do
    grep -qs listening "$LOG/firewall" && break
    kill -0 $firewall 2>/dev/null || { cat "$LOG/errors" >&2; firewall=; exit 1; }
    sleep 0.1
done
grep -qs listening "$LOG/firewall" || { cat "$LOG/errors" >&2; echo "demo: the firewall has not started within 10 seconds" >&2; exit 1; }

echo "== Simulated Gateway Load Balancer on 127.0.0.2, 8 seconds: DNS must not come back, everything else must"
passed=yes
java -jar "$SIMULATOR" run --target "127.0.0.1:$PORT" --source 127.0.0.2 --endpoints 2 --seconds 8 --rate 2000 \
    --expect-drop 'udp port 53' 2>&1 | tee "$LOG/simulator" || passed=no

kill -TERM "$firewall"
wait "$firewall" || passed=no
firewall=
echo
sed -n '/^Firewall summary/,$p' "$LOG/firewall"

denied=$(awk '/: deny  udp  port 53/ { gsub(",", "", $1); print $1 }' <(sed -n '/^Packets by rule/,$p' "$LOG/firewall"))
missing=$(sed -n 's/^OK: .* and \([0-9]*\) were dropped as expected.*/\1/p' "$LOG/simulator")
echo
if [ $passed = yes ] && [ "${denied:-0}" -gt 0 ] && [ "$denied" = "$missing" ]; then
    echo "VERDICT: OK. The firewall denied $denied DNS packets by its rule, the load balancer missed exactly those, and got all others back intact."
else
    cat "$LOG/errors" >&2
    echo "VERDICT: FAILED. Denied by the DNS rule: ${denied:-0}; missed by the load balancer as expected: ${missing:-0}; see above."
    exit 1
fi

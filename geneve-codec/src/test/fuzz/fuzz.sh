#!/bin/sh
# Runs one fuzz target with Jazzer; the Maven profile "fuzz" calls it.
# usage: fuzz.sh JAVA CLASSPATH TARGET SECONDS, in the module's folder; TARGET is Datagram, Packet or Capture
set -eu
java=$1 classpath=$2 target=$3 seconds=$4
module=$(cd "$(dirname "$0")/../../.." && pwd)
seeds=$module/src/test/resources/fuzz/$(echo "$target" | tr '[:upper:]' '[:lower:]')
[ -d "$seeds" ] || { echo "fuzz.sh: no target '$target': use Datagram, Packet or Capture" >&2; exit 2; }
mkdir -p "$module/target/fuzz/$target"
cd "$module/target/fuzz"
exec "$java" -cp "$classpath" com.code_intelligence.jazzer.Jazzer \
    --target_class="io.github.gwlb4j.fuzz.${target}Target" \
    --instrumentation_includes='io.github.gwlb4j.**' \
    -max_total_time="$seconds" -max_len=2048 -print_final_stats=1 "$target" "$seeds"

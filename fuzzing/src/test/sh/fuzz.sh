#!/bin/sh
# Runs one fuzz test with Jazzer; the Maven profile "coverage-guided" calls it, after the test has written its seeds.
# usage: fuzz.sh JAVA CLASSPATH TEST SECONDS; TEST is a class here with a method fuzzerTestOneInput
set -eu
java=$1 classpath=$2 test=$3 seconds=$4
module=$(cd "$(dirname "$0")/../../.." && pwd)
cd "$module/target/fuzz"
file=$(cd ../test-classes && find . -name "$test.class")
[ -n "$file" ] && [ -d "corpus/$test" ] || { echo "fuzz.sh: say which test with -Dtest=NAME, as in -Dtest=RuleFileFuzzTest" >&2; exit 2; }
mkdir -p "$test"
exec "$java" -cp "$classpath" com.code_intelligence.jazzer.Jazzer \
    --target_class="$(echo "${file%.class}" | cut -c3- | tr / .)" --instrumentation_includes='io.github.gwlb4j.**' --custom_hook_includes='io.github.gwlb4j.**' \
    -max_total_time="$seconds" -max_len=8192 -timeout=60 -print_final_stats=1 "$test" "corpus/$test"

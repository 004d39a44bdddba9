#!/bin/bash
# Runs the soak test: real appliances in network namespaces, mixed load, faults. See SOAK.md; soak.sh --help tells the options.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
jar=$here/target/benchmarks.jar
if [ "$(id -u)" != 0 ]; then
    echo "soak.sh needs root: it makes network namespaces, TUN devices and a small file system" >&2
    exit 2
fi
if [ ! -e "$jar" ]; then
    (cd "$here/.." && mvn -q -pl benchmarks -am package -DskipTests)
fi
work=$(mktemp -d /tmp/gwlb4j-soak.XXXXXX) # a copy: a build meanwhile would pull the classes out from under the run
trap 'rm -rf "$work"' EXIT
cp "$jar" "$work/soak.jar"
clock= # without a C compiler no clock jumps
if command -v gcc >/dev/null && gcc -O2 -shared -fPIC -o "$work/wallclock.so" "$here/src/main/c/wallclock.c" -ldl; then
    clock=$work/wallclock.so
fi
# A mount namespace of its own: whatever happens, no mount stays behind.
unshare --mount --propagation private java -Xms64m -Xmx192m -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED -XX:+IgnoreUnrecognizedVMOptions \
    -Dsoak.wallclock="$clock" -cp "$work/soak.jar" io.github.gwlb4j.benchmarks.soak.SoakMain "$@" &
soak=$!
trap 'kill -TERM "$soak"' INT TERM # it ends with a report, in a minute or two
while kill -0 "$soak" 2>/dev/null; do
    wait "$soak" && code=0 || code=$?
done
exit "$code"

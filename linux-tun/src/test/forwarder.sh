#!/bin/sh
# Starts ForwarderMain from what `mvn -pl linux-tun test-compile` has built; needs root. See there for the arguments.
#   linux-tun/src/test/forwarder.sh ratio
#   linux-tun/src/test/forwarder.sh load 300
set -eu
cd "$(dirname "$0")/../.."
jna=$(find "${HOME}/.m2/repository/net/java/dev/jna/jna" -name 'jna-[0-9]*.jar' ! -name '*sources*' | sort -V | tail -1)
exec java ${FORWARDER_JAVA_OPTS:-} --enable-native-access=ALL-UNNAMED -cp "target/test-classes:target/classes:$jna" io.github.gwlb4j.tun.ForwarderMain "$@"

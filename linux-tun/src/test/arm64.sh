#!/bin/sh
# Runs this module's tests on an emulated arm64 JVM. By hand, as root on Debian x86-64, after `mvn -pl linux-tun test-compile`:
#
#   apt-get install qemu-user-static
#   linux-tun/src/test/arm64.sh /tmp/arm64 [JUnit console options, such as -c CLASS]
#
# The directory gets Debian's arm64 JRE, unpacked and not installed. Tests that start other programs fail, because the
# emulator cannot run the JDK's helper for that; so do two socket options that it does not know (SO_RXQ_OVFL and
# SO_ATTACH_REUSEPORT_CBPF).
set -eu
module=$(cd "$(dirname "$0")/../.." && pwd)
directory=${1:?directory}
shift
java=$directory/root/usr/lib/jvm/java-17-openjdk-arm64/bin/java
console=1.13.4
if [ ! -x "$java" ]; then
    mkdir -p "$directory"
    cd "$directory"
    dpkg --add-architecture arm64
    apt-get update -qq
    apt-get download openjdk-17-jre-headless:arm64 libc6:arm64 zlib1g:arm64 libstdc++6:arm64 libgcc-s1:arm64
    dpkg --remove-architecture arm64
    for package in *.deb; do dpkg -x "$package" root; done
    mvn -q dependency:copy -Dartifact=org.junit.platform:junit-platform-console-standalone:$console -DoutputDirectory="$directory"
fi
jar() { find "$HOME/.m2/repository/$1" -name "$2" | sort -V | tail -1; }
classpath=$module/target/test-classes:$module/target/classes
classpath=$classpath:$(jar net/java/dev/jna/jna 'jna-[0-9.]*.jar'):$(jar org/assertj/assertj-core 'assertj-core-[0-9.]*.jar')
classpath=$classpath:$(jar net/bytebuddy/byte-buddy 'byte-buddy-[0-9.]*.jar')
[ $# -gt 0 ] || set -- -p io.github.gwlb4j
exec qemu-aarch64-static -L "$directory/root" "$java" -Xmx512m -jar "$directory/junit-platform-console-standalone-$console.jar" \
    execute -cp "$classpath" --disable-banner --details=summary "$@"

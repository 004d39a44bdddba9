#!/usr/bin/env bash
# shellcheck disable=SC2016
# Tests ../../deploy/systemd/gwlbtun.service as it is: boots systemd in a container on a throw-away overlay of this machine's own
# root, with a stand-in for the handler, and looks whether hooks and Java work inside the sandbox and what it refuses.
#
# Exit 0: passed; 1: failed; 77: cannot run here. Needs root, systemd-nspawn (Debian package systemd-container), python3, iptables;
# for the Java part a JDK, and with JNA_JAR=jna.jar it also calls native code as the handler does. Takes about 20 seconds.
set -uo pipefail
DEPLOY=$(readlink -f "$(dirname "$0")/../../deploy")
PASSED=0 FAILED=0

skip() {
    echo "SKIP: $1"
    [ "${CI:-}" = true ] && { echo "FAIL: with CI=true nothing may be skipped"; exit 1; }
    exit 77
}
[ "$(id -u)" = 0 ] || skip "needs root: run it with sudo"
for tool in systemd-nspawn python3 iptables chroot; do
    command -v $tool >/dev/null || skip "'$tool' is missing: apt-get install systemd-container python3 iptables"
done
# All mounts in a mount namespace of its own: nothing of it is left, however this ends.
[ "${IN_NAMESPACE:-}" = yes ] || exec env IN_NAMESPACE=yes unshare --mount --propagation private "$0" "$@"

BASE=$(mktemp -d)
trap 'umount -l "$BASE"; rmdir "$BASE"' EXIT
mount -t tmpfs none "$BASE"
mkdir "$BASE/upper" "$BASE/work" "$BASE/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$BASE/upper,workdir=$BASE/work" "$BASE/root" || skip "overlay of / is not possible here"
ROOT=$BASE/root UNITS=$BASE/root/etc/systemd/system

mkdir -p "$ROOT/opt/gwlbtun/bin" "$ROOT/etc/gwlbtun" "$UNITS/multi-user.target.wants"
cp -r "$DEPLOY" "$ROOT/opt/gwlbtun/"
cp "$DEPLOY/systemd/gwlbtun.service" "$UNITS"
sed 's/pass-through/nat-overlap/g' "$DEPLOY/systemd/gwlbtun.env" >"$ROOT/etc/gwlbtun/gwlbtun.env"
[ -z "${JNA_JAR:-}" ] || cp "$JNA_JAR" "$ROOT/opt/gwlbtun/jna.jar"
chroot "$ROOT" useradd --system --no-create-home --shell /usr/sbin/nologin gwlbtun

cat >"$ROOT/opt/gwlbtun/Probe.java" <<'END'
public class Probe {
    public static void main(String[] args) throws Exception {
        Thread thread = new Thread(() -> System.out.println("java-works " + Runtime.version().feature()));
        thread.setPriority(Thread.MAX_PRIORITY);
        thread.start();
        thread.join();
        if (args.length > 0) {
            Class<?> function = Class.forName("com.sun.jna.Function");
            Object getpid = function.getMethod("getFunction", String.class, String.class).invoke(null, "c", "getpid");
            System.out.println("jna-works " + ((int) function.getMethod("invokeInt", Object[].class).invoke(getpid, (Object) new Object[0]) == ProcessHandle.current().pid()));
        }
    }
}
END
cat >"$ROOT/opt/gwlbtun/bin/gwlbtun" <<'END'
#!/usr/bin/python3
# Stands in for the handler: makes the interfaces, runs the hook, tries what the sandbox must refuse; at SIGTERM drains for 2 s.
import fcntl, os, shutil, signal, socket, struct, subprocess, sys, time

def say(*words):
    print("probe", *words, flush=True)

def tun(name):
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, 0x400454CA, struct.pack("16sH22x", name.encode(), 0x1001))
    subprocess.run(["ip", "link", "set", name, "up"], check=True)
    return fd

def hook(action):
    say(action, "exit", subprocess.run([sys.argv[2], action, "gwi-1", "gwo-1", "0" * 16 + "1"]).returncode)

def stop(*_):
    time.sleep(2)
    hook("DESTROY")
    sys.exit(0)

RP_FILTER = "/proc/sys/net/ipv4/conf/gwi-1/rp_filter"
signal.signal(signal.SIGTERM, stop)
say("root" if os.getuid() == 0 else "not-root")
tuns = tun("gwi-1"), tun("gwo-1")
open(RP_FILTER, "w").write("2")
hook("CREATE")
say("rp_filter", open(RP_FILTER).read().strip())
socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
say("raw-socket")
for path in "/proc/sys/kernel/panic", "/etc/gwlbtun/x", "/opt/gwlbtun/x", "/sys/kernel/mm/ksm/run", "/dev/mem":
    try:
        open(path, "w").close()
        say("writable", path)
    except OSError:
        say("refused", path)
for path in "/run/gwlbtun/x", "/var/lib/gwlbtun/x", "/var/log/gwlbtun/x":
    open(path, "w").close()
if shutil.which("java"):
    jna = "/opt/gwlbtun/jna.jar"
    subprocess.run(["java"] + (["-cp", jna, "/opt/gwlbtun/Probe.java", "jna"] if os.path.exists(jna) else ["/opt/gwlbtun/Probe.java"]))
say("ready")
while True:
    time.sleep(1)
END
chmod +x "$ROOT/opt/gwlbtun/bin/gwlbtun"

# Before the service: what the machine would have. The container's /dev is its own.
cat >"$UNITS/prepare.service" <<'END'
[Unit]
Before=gwlbtun.service
[Service]
Type=oneshot
ExecStart=/bin/sh -ec 'rm -f /dev/net/tun; mkdir -p /dev/net; mknod -m 666 /dev/net/tun c 10 200; sysctl -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1; ip tuntap add up0 mode tun; ip link set up0 up; ip addr add 198.51.100.2/24 dev up0; ip route add default dev up0'
END
cat >"$UNITS/probe.service" <<'END'
[Unit]
After=gwlbtun.service
[Service]
Type=oneshot
StandardOutput=file:/probe.log
StandardError=file:/probe.log
ExecStart=/bin/sh -c 'for i in $(seq 40); do journalctl -u gwlbtun | grep -q "probe ready" && break; sleep 0.5; done; grep CapEff /proc/$(systemctl show -P MainPID gwlbtun)/status; systemctl stop gwlbtun; journalctl --no-pager -o cat -u gwlbtun; ip rule; iptables-save; ip6tables-save; systemctl show -P Result gwlbtun; systemctl poweroff'
END
for unit in prepare probe gwlbtun; do ln -s "../$unit.service" "$UNITS/multi-user.target.wants/$unit.service"; done
timeout -k 5 90 systemd-nspawn --quiet --register=no --keep-unit --private-network --capability=all -D "$ROOT" -b </dev/null >"$BASE/boot.log" 2>&1
[ -s "$ROOT/probe.log" ] || { tail -20 "$BASE/boot.log"; skip "systemd does not boot in a container here"; }

# check NAME PATTERN, refute NAME PATTERN: the container's log has, has not, a line that matches.
check() { if grep -Eq "$2" "$ROOT/probe.log"; then ok "$1"; else wrong "$1: no line '$2'"; fi; }
refute() { if grep -Eq "$2" "$ROOT/probe.log"; then wrong "$1: a line '$2'"; else ok "$1"; fi; }
ok() { echo "PASS: $1"; PASSED=$((PASSED + 1)); }
wrong() { echo "FAIL: $1"; FAILED=$((FAILED + 1)); }

check "runs without root" '^probe not-root'
check "has CAP_NET_ADMIN and CAP_NET_RAW, no more" '^CapEff:\s*0+3000$'
check "the hook works: CREATE" '^probe CREATE exit 0'
check "the hook has switched rp_filter off" '^probe rp_filter 0'
check "raw sockets can be opened" '^probe raw-socket'
refute "nothing is writable that should not be" '^probe writable'
check "settings of the kernel outside net are refused" '^probe refused /proc/sys/kernel/panic'
check "its own directories are writable" '^probe ready'
if command -v java >/dev/null; then check "Java runs under the system call filter" '^java-works'; fi
if [ -n "${JNA_JAR:-}" ]; then check "native code runs under it" '^jna-works true'; fi
check "stop waits for the drain and the hook: DESTROY" '^probe DESTROY exit 0'
refute "nothing is left" 'gwlb4j|lookup 6081'
check "systemd calls it a success" '^success$'
[ $FAILED = 0 ] || cat "$ROOT/probe.log"
echo "$PASSED passed, $FAILED failed"
[ $FAILED = 0 ]

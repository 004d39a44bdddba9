package io.github.gwlb4j.handler.machine;

import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.tun.LinuxTun;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads settings of the machine and judges them. Stateless but for where the files are; usable from any thread. */
public final class MachineChecks {
    private static final Logger LOG = LoggerFactory.getLogger(MachineChecks.class);
    private static final int OUTER_MTU = 8568;
    private static final int RECEIVE_BUFFER_BYTES = 4 << 20;
    private static final int SEND_BUFFER_BYTES = 2 << 20;
    private static final long OPEN_FILES = 16_384;
    private static final int CAP_NET_RAW = 13;
    private static final Pattern OPEN_FILES_LINE = Pattern.compile("Max open files\\s+(\\d{1,18}|unlimited)\\b.*");
    private static final String PERSISTENT = " (and a line in /etc/sysctl.d, for the next boot)";

    private final Path root;
    private final Supplier<String> tunProblem;

    /** With files below another directory, for tests. */
    MachineChecks(Path root, Supplier<String> tunProblem) {
        this.root = root;
        this.tunProblem = tunProblem;
    }

    /**
     * The machine, or container, that this program runs on.
     *
     * @return its checks
     */
    public static MachineChecks ofThisMachine() {
        return new MachineChecks(Path.of("/"), LinuxTun::unsupportedCause);
    }

    /**
     * Logs what would make the handler drop traffic although it starts.
     *
     * @param mode      what happens to packets
     * @param hasScript whether a script may still change settings for each tunnel
     */
    public void logAtStart(TunnelMode mode, boolean hasScript) {
        if (mode == TunnelMode.TUN) {
            List<Finding> findings = new ArrayList<>();
            findings.add(reversePathFilter());
            if (!hasScript) {
                findings.add(forwarding("ipv4/ip_forward", "net.ipv4.ip_forward", "IPv4"));
            }
            findings.stream().filter(finding -> finding.level() != Finding.Level.OK)
                    .forEach(finding -> LOG.warn("{}: {}", finding.text(), finding.fix()));
        }
        if (isEc2()) {
            LOG.info("on EC2 the instance's source/destination check must be off, or packets vanish although health checks pass; "
                    + "'gwlbtun doctor' has the command");
        }
    }

    /** All checks. */
    List<Finding> all(String linkName, int udpPort) {
        List<Finding> findings = new ArrayList<>();
        findings.add(tunDevices());
        findings.add(rawSockets());
        findings.add(udpPort(udpPort));
        findings.add(forwarding("ipv4/ip_forward", "net.ipv4.ip_forward", "IPv4"));
        findings.add(forwarding("ipv6/conf/all/forwarding", "net.ipv6.conf.all.forwarding", "IPv6"));
        findings.add(reversePathFilter());
        findings.add(reversePathFilterDefault());
        findings.add(receiveBuffer());
        findings.add(sendBuffer());
        findings.add(mtu(linkName));
        findings.add(receiveOffload(linkName));
        findings.add(openFiles());
        findings.add(sourceDestinationCheck());
        return findings;
    }

    Finding tunDevices() {
        String problem = tunProblem.get();
        return problem == null ? Finding.ok("TUN devices can be made") : Finding.wrong("TUN devices cannot be made", problem);
    }

    Finding rawSockets() {
        String status = read("proc/self/status");
        Matcher effective = Pattern.compile("CapEff:\\s*([0-9a-f]{1,16})\\b").matcher(status);
        boolean isGranted = effective.find() && (Long.parseUnsignedLong(effective.group(1), 16) >>> CAP_NET_RAW & 1) != 0;
        return isGranted ? Finding.ok("raw sockets can be made")
                : Finding.note("no capability CAP_NET_RAW: replies need a socket for each of the load balancer's source ports",
                        "systemd: AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW; docker: --cap-add NET_RAW");
    }

    static Finding udpPort(int port) {
        try (DatagramSocket socket = new DatagramSocket(port)) {
            return Finding.ok("UDP port " + socket.getLocalPort() + " is free");
        } catch (SocketException e) {
            return Finding.note("UDP port " + port + " is in use: by the handler, or by another program that keeps it from starting",
                    "'ss -ulpn sport = " + port + "' names the program; if none, a geneve interface of the kernel: 'ip -d link show type geneve'");
        }
    }

    Finding forwarding(String file, String sysctl, String family) {
        OptionalLong value = number("proc/sys/net/" + file);
        if (value.isEmpty()) {
            return Finding.note(family + " is not there", "nothing, if no endpoint has " + family + " traffic");
        }
        return value.getAsLong() != 0 ? Finding.ok(family + " packets are forwarded")
                : Finding.wrong(family + " forwarding is off: the kernel drops what is not for itself", "sysctl -w " + sysctl + "=1" + PERSISTENT
                + "; a CREATE script may do it as well");
    }

    Finding reversePathFilter() {
        long all = number("proc/sys/net/ipv4/conf/all/rp_filter").orElse(0);
        return all == 0 ? Finding.ok("the reverse path filter is off for \"all\"")
                : Finding.wrong("the reverse path filter is " + (all == 1 ? "strict" : "loose") + " for \"all\" interfaces, which nothing on an interface can undo: "
                + "the kernel drops clients' packets" + (all == 1 ? "" : " that no route leads back to"), "sysctl -w net.ipv4.conf.all.rp_filter=0" + PERSISTENT);
    }

    private Finding reversePathFilterDefault() {
        return number("proc/sys/net/ipv4/conf/default/rp_filter").orElse(0) == 0 ? Finding.ok("the reverse path filter is off for new interfaces")
                : Finding.note("the reverse path filter is on for new interfaces; the handler switches it off on gwi- and gwo-",
                        "sysctl -w net.ipv4.conf.default.rp_filter=0" + PERSISTENT);
    }

    Finding receiveBuffer() {
        long most = number("proc/sys/net/core/rmem_max").orElse(Long.MAX_VALUE); // hidden in a network namespace
        return most >= RECEIVE_BUFFER_BYTES ? Finding.ok("receive buffers may be large enough")
                : Finding.note("receive buffers above " + (most >> 10) + " KiB need CAP_NET_ADMIN in the first user namespace, which a container has not",
                        "sysctl -w net.core.rmem_max=" + RECEIVE_BUFFER_BYTES + PERSISTENT);
    }

    /** For the reply sockets, which threads without capabilities open. */
    Finding sendBuffer() {
        long most = number("proc/sys/net/core/wmem_max").orElse(Long.MAX_VALUE); // hidden in a network namespace
        return most >= SEND_BUFFER_BYTES ? Finding.ok("send buffers of reply sockets may be large enough")
                : Finding.note("send buffers of reply sockets are " + (most >> 10) + " KiB: bursts of one flow may be dropped (send_buffer_full)",
                        "sysctl -w net.core.wmem_max=" + SEND_BUFFER_BYTES + PERSISTENT);
    }

    Finding mtu(String linkName) {
        if (linkName == null) {
            return Finding.note("there is no default route: the load balancer's interface is not known", "gwlbtun doctor --interface NAME");
        }
        OptionalLong mtu = number("sys/class/net/" + linkName + "/mtu");
        if (mtu.isEmpty()) {
            return Finding.wrong("there is no interface " + linkName, "'ip link' lists them; gwlbtun doctor --interface NAME");
        }
        return mtu.getAsLong() >= OUTER_MTU ? Finding.ok("MTU of " + linkName + " is " + mtu.getAsLong())
                : Finding.wrong("MTU of " + linkName + " is " + mtu.getAsLong() + ": packets of 8500 bytes do not fit with their 68 of GENEVE",
                "ip link set " + linkName + " mtu 9001 (or less, at least " + OUTER_MTU + ")");
    }

    /** The file system does not tell it, so ethtool(8) is asked, if it is installed. */
    private static Finding receiveOffload(String linkName) {
        String features = linkName == null ? "" : CommandOutput.of("ethtool", "-k", linkName);
        Matcher gro = Pattern.compile("(?m)^generic-receive-offload: (on|off)").matcher(features);
        Matcher hardware = Pattern.compile("(?m)^rx-gro-hw: on").matcher(features);
        if (!gro.find()) {
            return Finding.note("what the network card merges on receipt (GRO) is not known", "install ethtool and see: ethtool -k " + (linkName == null ? "INTERFACE" : linkName));
        }
        return hardware.find()
                ? Finding.note("the network card merges packets by itself (rx-gro-hw), which some do wrongly with GENEVE", "if packets get lost: ethtool -K " + linkName + " rx-gro-hw off")
                : Finding.ok("GRO of " + linkName + " is " + gro.group(1) + "; the handler takes merged datagrams apart");
    }

    Finding openFiles() {
        Matcher line = OPEN_FILES_LINE.matcher(read("proc/self/limits"));
        if (!line.find() || line.group(1).equals("unlimited") || Long.parseLong(line.group(1)) >= OPEN_FILES) {
            return Finding.ok("enough files may be open");
        }
        return Finding.note("only " + line.group(1) + " files may be open: each of the load balancer's source ports may take one, each tunnel some",
                "systemd: LimitNOFILE=262144; shell: ulimit -n 262144");
    }

    private boolean isEc2() {
        return read("sys/class/dmi/id/sys_vendor").startsWith("Amazon EC2");
    }

    Finding sourceDestinationCheck() {
        return !isEc2() ? Finding.ok("not on EC2: there is no source/destination check")
                : Finding.note("on EC2; the instance cannot see whether its source/destination check is off. If it is on, packets vanish although health checks pass",
                        "aws ec2 modify-instance-attribute --no-source-dest-check --instance-id $(cat /sys/class/dmi/id/board_asset_tag)");
    }

    /** The interface of the default route, or null. */
    String defaultLink() {
        for (String line : read("proc/net/route").split("\n")) {
            String[] fields = line.split("\\s+");
            if (fields.length > 7 && fields[1].equals("00000000") && fields[7].equals("00000000")) {
                return fields[0];
            }
        }
        return null;
    }

    private OptionalLong number(String file) {
        String text = read(file).strip();
        return text.matches("\\d{1,18}") ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
    }

    private String read(String file) {
        try {
            return Files.readString(root.resolve(file));
        } catch (IOException e) {
            return "";
        }
    }
}

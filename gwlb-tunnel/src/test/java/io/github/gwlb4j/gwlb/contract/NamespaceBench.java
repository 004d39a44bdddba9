package io.github.gwlb4j.gwlb.contract;

import io.github.gwlb4j.geneve.aws.EndpointId;
import io.github.gwlb4j.gwlb.GwlbApplianceBuilder;
import io.github.gwlb4j.gwlb.TunSettings;
import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.transport.UdpOffload;
import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.tun.LinkSysctl;
import io.github.gwlb4j.tun.LinuxTun;
import io.github.gwlb4j.tun.NetAdmin;
import io.github.gwlb4j.tun.NetworkNamespace;
import io.github.gwlb4j.tun.OffloadPolicy;
import io.github.gwlb4j.tun.PacketBatch;
import io.github.gwlb4j.tun.TunConfig;
import io.github.gwlb4j.tun.TunDevice;
import io.github.gwlb4j.tun.TunQueue;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A whole appliance with real TUN devices in a network namespace of its own. The kernel forwards what comes out of gwi into a
 * probe, a TUN device that the test reads; and what the test writes into a probe to gwi or gwo.
 *
 * <pre>
 *   gwi --kernel--> probe i --> test        test --> probe i --kernel--> gwi,   test --> probe o --kernel--> gwo
 * </pre>
 *
 * <p>The kernel takes one off each packet's hop count on the way; the bench puts it back, so that tests see the same bytes
 * as over the other benches.
 */
class NamespaceBench extends SocketBench {
    private static final int PROBE_MTU = 65_535;
    private static final int PROBE_QUEUE = 10_000;
    private static final int FIRST_TABLE = 1000;

    private final NetworkNamespace namespace;
    private final Map<Long, Probes> probes = new ConcurrentHashMap<>();
    private final PacketBatch batch = new PacketBatch(1, 2 * TunQueue.MAX_FRAME_BYTES);
    private final boolean hasProbes;
    private int nextTable = FIRST_TABLE;

    private record Probes(TunDevice ingress, TunDevice egress) {
        void close() {
            ingress.close();
            if (egress != null) {
                egress.close();
            }
        }
    }

    NamespaceBench() throws Exception {
        this(true);
    }

    /** Every packet goes through the kernel by itself: no UDP_GRO, UDP_SEGMENT or virtio_net header. */
    static NamespaceBench withoutOffloads() throws Exception {
        return new NamespaceBench() {
            @Override
            UdpOffload udpOffload() {
                return UdpOffload.OFF;
            }

            @Override
            void start(GwlbApplianceBuilder settings, TunSettings.Builder tun) throws Exception {
                super.start(settings, tun.offload(OffloadPolicy.OFF));
            }
        };
    }

    /** Without probes what the appliance delivers goes nowhere, and interfaces come and go faster. */
    NamespaceBench(boolean hasProbes) throws Exception {
        super(true);
        this.hasProbes = hasProbes;
        namespace = NetworkNamespace.isolated();
        try (NetAdmin admin = NetAdmin.open(namespace)) {
            admin.setUp("lo", true);
        }
        namespace.call(() -> {
            for (String setting : new String[] {"ipv4/ip_forward", "ipv6/conf/all/forwarding"}) {
                Files.writeString(Path.of("/proc/sys/net", setting), "1");
            }
            // New interfaces as those of a host, or each would report that it joins the group of all routers (RFC 3810).
            Files.writeString(Path.of("/proc/sys/net/ipv6/conf/default/forwarding"), "0");
            Files.writeString(Path.of("/proc/sys/net/ipv4/conf/all/rp_filter"), "0");
            return null;
        });
    }

    NetworkNamespace namespace() {
        return namespace;
    }

    @Override
    void start(GwlbApplianceBuilder settings, TunSettings.Builder tun) throws Exception {
        namespace.call(() -> {
            super.start(settings, tun);
            return null;
        });
    }

    @Override
    InetSocketAddress target() {
        return new InetSocketAddress("127.0.0.1", 6081);
    }

    @Override
    TunSettings.DeviceOpener opener() {
        return LinuxTun::open;
    }

    @Override
    void created(Tunnel tunnel) {
        if (!hasProbes || !tunnel.mode().hasIngressInterface()) {
            return;
        }
        try {
            int table;
            synchronized (this) {
                table = nextTable;
                nextTable += 3;
            }
            String suffix = EndpointId.toBase60(tunnel.endpointId());
            boolean hasEgress = tunnel.mode() == TunnelMode.TUN;
            probes.put(tunnel.endpointId(), new Probes(probe("pri-" + suffix), hasEgress ? probe("pro-" + suffix) : null));
            String routes = route("gwi-" + suffix, "pri-" + suffix, table) + route("pri-" + suffix, "gwi-" + suffix, table + 1);
            ip(hasEgress ? routes + route("pro-" + suffix, "gwo-" + suffix, table + 2) : routes);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static TunDevice probe(String name) throws IOException {
        TunDevice device = LinuxTun.open(TunConfig.builder(name).mtu(PROBE_MTU).txQueueLength(PROBE_QUEUE).offload(OffloadPolicy.OFF)
                .up(false).build());
        try (NetAdmin admin = NetAdmin.open()) {
            admin.ensureSysctl(name, LinkSysctl.IPV4_RP_FILTER, 0);
            admin.ensureSysctl(name, LinkSysctl.IPV6_ADDR_GEN_MODE, 1);
            admin.setUp(name, true);
        }
        return device;
    }

    /** What comes out of one goes into the other. */
    private static String route(String from, String to, int table) {
        return "rule add iif " + from + " table " + table + "\nroute add default dev " + to + " table " + table + "\n";
    }

    private static void ip(String commands) throws IOException {
        for (String family : new String[] {"-4", "-6"}) {
            Process ip = new ProcessBuilder("ip", family, "-batch", "-").redirectErrorStream(true).start();
            ip.getOutputStream().write(commands.getBytes());
            ip.getOutputStream().close();
            String output = new String(ip.getInputStream().readAllBytes());
            try {
                if (!ip.waitFor(5, TimeUnit.SECONDS) || ip.exitValue() != 0) {
                    throw new IOException("ip: " + output);
                }
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }
    }

    @Override
    void destroyed(Tunnel tunnel) {
        Probes gone = probes.remove(tunnel.endpointId());
        if (gone != null) {
            gone.close();
        }
    }

    @Override
    void send(Node node, int port, int trafficClass, byte[] datagram) throws Exception {
        namespace.call(() -> {
            super.send(node, port, trafficClass, datagram);
            return null;
        });
    }

    @Override
    byte[] takeDelivered(long endpointId, Duration atMost) throws Exception {
        long end = System.nanoTime() + atMost.toNanos();
        while (true) {
            Probes there = probes.get(endpointId);
            batch.clear();
            if (there != null && there.ingress.queue(0).read(batch) > 0) {
                byte[] packet = new byte[batch.length(0)];
                batch.buffer().get(batch.offset(0), packet);
                return withHops(packet, 1);
            }
            if (System.nanoTime() - end >= 0) {
                return null;
            }
            Thread.sleep(1);
        }
    }

    @Override
    void intoInterface(long endpointId, Side side, byte[] packet) {
        batch.clear();
        batch.addCopy(ByteBuffer.wrap(withHops(packet, 1)), 0, packet.length);
        Probes there = probes.get(endpointId);
        TunDevice probe = side == Side.GWI ? there.ingress : there.egress;
        int written = probe.queue(0).write(batch, 0, 1);
        if (written != 1) {
            throw new IllegalStateException("not written: " + written);
        }
    }

    private static byte[] withHops(byte[] packet, int more) {
        byte[] changed = packet.clone();
        if (packet[0] >>> 4 == 6) {
            changed[7] += (byte) more;
            return changed;
        }
        changed[8] += (byte) more;
        ByteBuffer buffer = ByteBuffer.wrap(changed).putShort(10, (short) 0);
        buffer.putShort(10, (short) InternetChecksum.of(buffer, 0, (packet[0] & 0xf) * 4));
        return changed;
    }

    @Override
    String limitOf(Need need) {
        return switch (need) {
            case MALFORMED_FROM_INTERFACE -> "the kernel does not route malformed packets";
            case TOO_LARGE_FROM_INTERFACE -> "the kernel answers or cuts what is longer than the interface's MTU itself";
            case HUGE_INTO_INTERFACE -> null;
            default -> super.limitOf(need);
        };
    }

    @Override
    public void close() {
        super.close();
        probes.values().forEach(Probes::close);
        namespace.close();
    }
}

package io.github.gwlb4j.tun.offload;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import io.github.gwlb4j.tun.GatherBatch;
import io.github.gwlb4j.tun.LinkSysctl;
import io.github.gwlb4j.tun.LinuxTun;
import io.github.gwlb4j.tun.OffloadPolicy;
import io.github.gwlb4j.tun.PacketBatch;
import io.github.gwlb4j.tun.Requirements;
import io.github.gwlb4j.tun.Route;
import io.github.gwlb4j.tun.TunDevice;
import io.github.gwlb4j.tun.TunLab;

/**
 * The kernel as the judge: super-packets go into one TUN device, the kernel routes them to another one without offloads and
 * so has to segment them itself; what comes out must be what this library makes of them.
 */
class KernelOracleTest {

    private TunLab lab;
    private TunDevice in;
    private TunDevice out;
    private final PacketBatch received = new PacketBatch(512, 1024 * 1024);

    @BeforeEach
    void openRouter() throws Exception {
        Requirements.tun();
        lab = new TunLab();
        in = LinuxTun.open(lab.tun("in0").mtu(9000).offload(OffloadPolicy.REQUIRE).address("10.1.0.254/16").address("fd01::fe/64").build());
        out = LinuxTun.open(lab.tun("out0").mtu(9000).txQueueLength(10_000).offload(OffloadPolicy.OFF).build());
        lab.admin.addRoute(Route.into("10.2.0.0/16", "out0"));
        lab.admin.addRoute(Route.into("fd02::/64", "out0"));
        lab.admin.ensureSysctl("in0", LinkSysctl.IPV4_RP_FILTER, 0);
        lab.admin.ensureSysctl("all", LinkSysctl.IPV4_FORWARDING, 1);
        lab.admin.ensureSysctl("all", LinkSysctl.IPV6_FORWARDING, 1);
        awaitIpv6();
    }

    /** IPv6 is ready on a new interface only when the kernel's link watch has run, which can take a second. */
    private void awaitIpv6() {
        PacketBatch probe = Packets.batch(ReferenceSplitter.frame(0, 0, 0, 0, 0, Packets.udp6().payload(1).build()));
        int attempts = 0;
        do {
            assertThat(attempts++).as("attempts to get an IPv6 packet through").isLessThan(200);
            in.queue(0).write(probe, 0, 1);
        } while (readAll().isEmpty());
        readAll();
    }

    @AfterEach
    void closeRouter() {
        for (TunDevice device : new TunDevice[] {in, out}) {
            if (device != null) {
                device.close();
            }
        }
        if (lab != null) {
            lab.close();
        }
    }

    /** What came out, with the hop that routing took off put back, and without what IPv6 says on its own. */
    private List<byte[]> readAll() {
        List<byte[]> packets = new ArrayList<>();
        while (out.queue(0).await(20) == 1) {
            received.clear();
            out.queue(0).read(received);
            for (int i = 0; i < received.count(); i++) {
                byte[] packet = Packets.bytes(received, i);
                boolean ipv4 = packet[0] >> 4 == 4;
                packet[ipv4 ? 8 : 7]++;
                if (ipv4) {
                    packets.add(Packets.fixIpv4Checksum(packet));
                } else if (packet[8] == (byte) 0xfd) {
                    packets.add(packet);
                }
            }
        }
        return packets;
    }

    static Stream<Arguments> superPackets() {
        return SegmentSplitterTest.superPackets();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("superPackets")
    void shouldSplitAsTheKernelDoes(String name, byte[] packet, int gsoSize, int segments) {
        byte[] frame = ReferenceSplitter.superPacket(packet, gsoSize);
        PacketBatch batch = Packets.batch(frame);
        assertThat(in.queue(0).write(batch, 0, 1)).isEqualTo(1);
        SegmentSplitter splitter = new SegmentSplitter();
        PacketBatch ours = new PacketBatch(512, 1024 * 1024);
        assertThat(splitter.begin(batch, 0)).isEqualTo(SplitStatus.OK);
        splitter.copyTo(ours);
        List<byte[]> expected = new ArrayList<>();
        for (int i = 0; i < ours.count(); i++) {
            expected.add(Packets.bytes(ours, i));
        }
        assertThat(readAll()).hasSize(segments).usingElementComparator(Arrays::compare).containsExactlyElementsOf(expected);
    }

    @Test
    void shouldMergeSoThatTheKernelSplitsIntoTheSamePackets() {
        SegmentCoalescer coalescer = new SegmentCoalescer(64, in.offload());
        int merged = 0;
        for (int seed = 0; seed < 120; seed++) {
            List<byte[]> packets = new ArrayList<>(new PacketMix(seed, -1).next(64));
            // The kernel puts fragments together and rejects what claims to be shorter than it is.
            packets.removeIf(p -> p[0] == 0x45 && (p[6] & 0x20) != 0);
            GatherBatch plan = coalescer.coalesce(Packets.batch(packets.toArray(new byte[0][])), 0, packets.size());
            for (int i = 0; i < packets.size(); i++) {
                merged += coalescer.outcome(i) == CoalesceOutcome.MERGED ? 1 : 0;
            }
            assertThat(in.queue(0).write(plan, 0, plan.count())).isEqualTo(plan.count());
            assertThat(byFlow(readAll())).as("seed %d", seed).isEqualTo(byFlow(packets));
        }
        assertThat(merged).isGreaterThan(300);
    }

    @Test
    void shouldBeHiddenByThePacketQueue() {
        PacketQueue queue = new PacketQueue(in.queue(0));
        byte[][] packets = new byte[300][];
        for (int i = 0; i < packets.length; i++) {
            packets[i] = Packets.tcp4().sequence(i * 1000).id(1 + i).payload(1000).build();
        }
        assertThat(queue.write(Packets.batch(packets), 0, packets.length)).isEqualTo(packets.length);
        assertThat(readAll()).usingElementComparator(Arrays::compare).containsExactly(packets);
        assertThat(queue.malformedFrames()).isZero();
    }

    private static Map<String, List<String>> byFlow(List<byte[]> packets) {
        Map<String, List<String>> flows = new TreeMap<>();
        for (byte[] packet : packets) {
            boolean ipv4 = packet[0] >> 4 == 4;
            String flow = HexFormat.of().formatHex(packet, ipv4 ? 12 : 8, ipv4 ? 24 : 44) + packet[ipv4 ? 9 : 6];
            flows.computeIfAbsent(flow, key -> new ArrayList<>()).add(HexFormat.of().formatHex(packet));
        }
        return flows;
    }
}

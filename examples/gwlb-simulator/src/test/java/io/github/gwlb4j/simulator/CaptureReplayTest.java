package io.github.gwlb4j.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.pcap.LinkType;
import io.github.gwlb4j.pcap.PcapWriter;
import io.github.gwlb4j.simulator.packet.Fragmenter;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CaptureReplayTest {
    /** What the appliance got. */
    private record Got(int port, byte[] datagram) {
    }

    @TempDir
    Path folder;

    private final ConcurrentLinkedQueue<Got> got = new ConcurrentLinkedQueue<>();

    private static Path captured(String name) {
        Path file = Path.of(System.getProperty("gwlb4j.shared", "../../../shared"), "captures", name);
        if (!Files.exists(file) && "true".equals(System.getenv("CI"))) {
            throw new IllegalStateException(file + " is missing");
        }
        Assumptions.assumeTrue(Files.exists(file), file + " is not here");
        return file;
    }

    private SimulationReport replay(Path file, String... expectedDrops) throws IOException {
        TestAppliance.Behaviour correct = TestAppliance.correct();
        try (TestAppliance appliance = TestAppliance.start((from, datagram, self) -> {
            got.add(new Got(from.getPort(), datagram));
            boolean isDropped = datagram.length > 40 && Arrays.stream(expectedDrops).anyMatch(filter ->
                    PacketFilter.parse(filter).matches("", 0, Arrays.copyOfRange(datagram, 40, datagram.length)));
            if (!isDropped) {
                correct.onDatagram(from, datagram, self);
            }
        })) {
            GwlbSimulatorBuilder builder = GwlbSimulator.builder().target(appliance.address()).source(Loopback.node(0))
                    .packetsPerSecond(0).timeout(Duration.ofMillis(500));
            for (String filter : expectedDrops) {
                builder.expectDrop(filter);
            }
            try (GwlbSimulator gwlb = builder.build()) {
                return gwlb.run(Traffic.capture(file));
            }
        }
    }

    private Path write(int linkType, List<byte[]> packets) throws IOException {
        Path file = folder.resolve("test.pcap");
        try (PcapWriter writer = PcapWriter.builder().linkType(linkType).open(file)) {
            for (byte[] packet : packets) {
                writer.write(0, ByteBuffer.wrap(packet), 0, packet.length);
            }
        }
        return file;
    }

    @Test
    void shouldReplayRealLoadBalancerTrafficAsItIs() throws IOException {
        SimulationReport report = replay(captured("mercury-aws-halfA.pcap"));

        assertThat(report.isOk()).as(report.toString()).isTrue();
        assertThat(report.sent()).isEqualTo(105);
        assertThat(report.intact()).isEqualTo(105);
        assertThat(report.flows()).isEqualTo(32);
        assertThat(report.byKind()).containsOnlyKeys("quic", "tls");
        assertThat(got.stream().map(Got::port).distinct().count()).isEqualTo(32);
    }

    @Test
    void shouldFindExactlyTheQuicPacketsMissingWhenTheyAreDenied() throws IOException {
        SimulationReport report = replay(captured("mercury-aws-halfA.pcap"), "udp port 443");

        assertThat(report.isOk()).as(report.toString()).isTrue();
        assertThat(report.byKind().get("quic").droppedAsExpected()).isEqualTo(29);
        assertThat(report.byKind().get("tls").intact()).isEqualTo(76);
    }

    @ParameterizedTest
    @CsvSource({
        "tcpdump-geneve.pcap, 39", "tcpdump-geneve-gcp.pcap, 1", "zeek-geneve.pcap, 6", "zeek-geneve-arp.pcap, 1",
        "zeek-geneve-47101.pcap, 24", "suricata-verify-geneve-decoder-input.pcap, 10", "hex-gopacket-geneve3.hex, 1"})
    void shouldExpectNothingBackOfWhatAnApplianceMustRefuse(String name, int sent) throws Exception {
        SimulationReport report = replay(captured(name));

        assertThat(report.isOk()).as(report.toString()).isTrue();
        assertThat(report.byKind()).containsOnlyKeys("refused");
        assertThat(report.droppedAsExpected()).isEqualTo(sent);
        for (int i = 0; i < 500 && got.size() < sent; i++) {
            Thread.sleep(10); // nothing is expected back, so the run does not wait for the appliance to receive
        }
        assertThat(got).hasSize(sent);
        assertThat(report.notes()).anyMatch(note -> note.contains("must be refused by an appliance"));
    }

    @Test
    void shouldPutPlainPacketsOfOneConnectionIntoOneFlow() throws IOException {
        byte[] query = PacketBuilder.ipv4("10.0.0.1", "10.0.0.53").udp(4000, 53).payload("q").build();
        byte[] answer = PacketBuilder.ipv4("10.0.0.53", "10.0.0.1").udp(53, 4000).payload("a").build();
        byte[] other = PacketBuilder.ipv6("fd00::1", "fd00::2").tcp(4000, 443).build();
        SimulationReport report = replay(write(LinkType.RAW, List.of(query, other, answer)));

        assertThat(report.isOk()).as(report.toString()).isTrue();
        assertThat(report.flows()).isEqualTo(2);
        assertThat(report.byKind()).containsOnlyKeys("dns", "tls6");
        Got[] order = got.toArray(new Got[0]);
        assertThat(order[0].port).isEqualTo(order[2].port).isNotEqualTo(order[1].port);
        assertThat(Arrays.copyOf(order[0].datagram, 40)).isEqualTo(Arrays.copyOf(order[2].datagram, 40));
        assertThat(Arrays.copyOfRange(order[1].datagram, 40, order[1].datagram.length)).isEqualTo(other);
        assertThat(order[1].datagram[2] << 8 | order[1].datagram[3] & 0xff).isEqualTo((short) 0x86dd);
    }

    @Test
    void shouldReplacePortsThatCannotBeUsedByTheSameOneEachTime() throws IOException {
        byte[] inner = PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).payload("x").build();
        byte[] datagram = new GwlbFlow(new FlowSocket(null, 0, null), 0x108, 5, 6).encapsulate(inner);
        byte[] fromZero = PacketBuilder.ipv4("10.9.9.9", "10.9.9.1").udp(0, 6081).payload(datagram).build();
        byte[] fromUsual = PacketBuilder.ipv4("10.9.9.9", "10.9.9.1").udp(61234, 6081).payload(datagram).build();
        SimulationReport report = replay(write(LinkType.RAW, List.of(fromZero, fromUsual, fromZero)));

        assertThat(report.isOk()).as(report.toString()).isTrue();
        assertThat(report.flows()).isEqualTo(2);
        Got[] order = got.toArray(new Got[0]);
        assertThat(order[0].port).isGreaterThanOrEqualTo(1024).isEqualTo(order[2].port);
        assertThat(order[1].port).isEqualTo(61234);
        assertThat(order).allMatch(one -> Arrays.equals(one.datagram, datagram));
        assertThat(report.notes()).containsExactly("1 captured source ports cannot be used and are replaced: 0 by "
                + order[0].port + ".");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 61234})
    void shouldShareThePortWhenCapturedFlowsDo(int port) throws IOException {
        byte[] inner = PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).payload("x").build();
        List<byte[]> frames = new ArrayList<>();
        for (int cookie = 1; cookie <= 3; cookie++) {
            byte[] datagram = new GwlbFlow(new FlowSocket(null, 0, null), 0x108, 5, cookie).encapsulate(inner);
            frames.add(PacketBuilder.ipv4("10.9.9.9", "10.9.9.1").udp(port, 6081).payload(datagram).build());
        }
        SimulationReport report = replay(write(LinkType.RAW, frames));

        assertThat(report.isOk()).as(report.toString()).isTrue();
        assertThat(report.flows()).isEqualTo(3);
        assertThat(got.stream().map(Got::port).distinct().count()).isEqualTo(1);
    }

    @Test
    void shouldDealCapturedNodesOutToTheSources() throws IOException {
        byte[] inner = PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).payload("x").build();
        byte[] datagram = new GwlbFlow(new FlowSocket(null, 0, null), 0x108, 5, 6).encapsulate(inner);
        Path file = write(LinkType.RAW, List.of(
                PacketBuilder.ipv4("10.9.9.8", "10.9.9.1").udp(60001, 6081).payload(datagram).build(),
                PacketBuilder.ipv4("10.9.9.9", "10.9.9.1").udp(60001, 6081).payload(datagram).build()));
        ConcurrentLinkedQueue<InetSocketAddress> senders = new ConcurrentLinkedQueue<>();
        try (TestAppliance appliance = TestAppliance.start((from, bytes, self) -> {
            senders.add(from);
            self.reply(from, bytes);
        });
                GwlbSimulator gwlb = GwlbSimulator.builder().target(appliance.address()).source(Loopback.node(0))
                        .source(Loopback.node(1)).build()) {
            SimulationReport report = gwlb.run(Traffic.capture(file));

            assertThat(report.isOk()).as(report.toString()).isTrue();
            assertThat(report.flows()).isEqualTo(2);
        }
        assertThat(senders).containsExactlyInAnyOrder(new InetSocketAddress(Loopback.node(0), 60001),
                new InetSocketAddress(Loopback.node(1), 60001));
    }

    @Test
    void shouldRepeatTheCaptureForTheDurationAndCountEqualPackets() throws IOException {
        byte[] packet = PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).payload("same").build();
        Path file = write(LinkType.RAW, List.of(packet));
        try (TestAppliance appliance = TestAppliance.start(TestAppliance.correct());
                GwlbSimulator gwlb = GwlbSimulator.builder().target(appliance.address()).source(Loopback.node(0))
                        .packetsPerSecond(0).duration(Duration.ofMillis(300)).build()) {
            SimulationReport report = gwlb.run(Traffic.capture(file));

            assertThat(report.isOk()).as(report.toString()).isTrue();
            assertThat(report.sent()).isGreaterThan(100);
            assertThat(report.flows()).isEqualTo(1);
        }
    }

    @Test
    void shouldSayWhatCannotBeSent() throws IOException {
        byte[] ip = PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).payload("x").build();
        byte[] cut = Arrays.copyOf(ip, ip.length - 1);
        byte[] outerFragment = Fragmenter.split(
                PacketBuilder.ipv4("10.9.9.9", "10.9.9.1").udp(60000, 6081).payload(3000).build(), 1400, 1).get(0);
        SimulationReport report = replay(write(LinkType.RAW, List.of(ip, cut, new byte[] {0x10, 0}, outerFragment)));

        assertThat(report.sent()).isEqualTo(1);
        assertThat(report.notes()).hasSize(3).allMatch(note -> note.startsWith("1 frame of ") && note.contains(" cannot be sent: "));
        assertThat(String.join(" ", report.notes())).contains("not IP").contains("IP length exceeds the data").contains("fragment");
    }

    @Test
    void shouldRefuseFilesThatAreNoCapture() throws IOException {
        Path text = Files.writeString(folder.resolve("notes.txt"), "Hello, this is no capture.\n");
        Path empty = Files.createFile(folder.resolve("empty.pcap"));
        byte[] packet = PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).payload("x").build();
        byte[] whole = Files.readAllBytes(write(LinkType.RAW, List.of(packet, packet)));
        Path cut = Files.write(folder.resolve("cut.pcap"), Arrays.copyOf(whole, whole.length - 5));
        Path nothing = write(LinkType.ETHERNET, List.of());

        for (Map.Entry<Path, String> file : Map.of(text, "notes.txt", empty, "empty", cut, "cut.pcap", nothing, "no packet to send")
                .entrySet()) {
            assertThatThrownBy(() -> Traffic.capture(file.getKey())).isInstanceOf(IOException.class)
                    .hasMessageContaining(file.getValue()).message().doesNotContain("\n");
        }
    }
}

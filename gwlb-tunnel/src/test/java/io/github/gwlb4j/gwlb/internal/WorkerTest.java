package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.GwlbPacket;
import io.github.gwlb4j.gwlb.MalformedDatagrams;
import io.github.gwlb4j.gwlb.PacketHandler;
import io.github.gwlb4j.gwlb.TestPackets;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.TunnelPhase;
import io.github.gwlb4j.gwlb.TunnelStats;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport.Datagram;
import io.github.gwlb4j.gwlb.transport.SendResult;
import io.github.gwlb4j.packet.Cidr;
import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketEditor;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WorkerTest {
    private static final int NODE = 0x0a63_0001;
    private static final int PORT = 60_123;

    private final InMemoryTransport network = new InMemoryTransport();
    private final ManualClock clock = new ManualClock();
    private Admission admission = new Admission(List.of(), List.of());
    private int maxTunnels = 4;
    private boolean isFailOpen;
    private boolean isPoisoning = true;
    private Worker worker;
    private TunnelManager tunnels;

    private Worker worker(PacketHandler handler) {
        SharedState shared = WorkerParts.inline(admission, maxTunnels, clock);
        tunnels = shared.tunnels();
        worker = new Worker(0, network.open(0, 1), WorkerParts.packetRules(isFailOpen, isPoisoning), shared, handler, clock);
        return worker;
    }

    private Datagram exchange(byte[] datagram) throws InterruptedException {
        network.inject(new Datagram(NODE, PORT, datagram));
        assertThat(worker.doWork()).isOne();
        return network.takeReply(0);
    }

    @AfterEach
    void everyDatagramIsCountedOnce() {
        WorkerCounters.Snapshot counts = worker.counters().snapshot();
        assertThat(counts.receivedPackets())
                .isEqualTo(counts.forwardedPackets() + counts.droppedByHandler() + drops().values().stream().mapToLong(Long::longValue).sum());
    }

    private Map<DropReason, Long> drops() {
        Map<DropReason, Long> drops = new EnumMap<>(DropReason.class);
        worker.counters().snapshot().addDropsTo(drops);
        drops.values().removeIf(count -> count == 0);
        return drops;
    }

    @Test
    void shouldSendBackTheSameBytesToTheSenderWhenTheHandlerForwards() throws InterruptedException {
        worker(packet -> Verdict.FORWARD);
        byte[] sent = TestPackets.geneve(TestPackets.dnsQuery());

        Datagram reply = exchange(sent);

        assertThat(reply.payload()).isEqualTo(sent);
        assertThat(reply.peer()).isEqualTo(NODE);
        assertThat(reply.port()).isEqualTo(PORT);
        assertThat(worker.counters().snapshot().forwardedPackets()).isOne();
        assertThat(worker.counters().snapshot().forwardedBytes()).isEqualTo(sent.length);
    }

    @Test
    void shouldSendNothingAndCountItWhenTheHandlerDrops() throws InterruptedException {
        worker(packet -> Verdict.DROP);

        assertThat(exchange(TestPackets.geneve(TestPackets.dnsQuery()))).isNull();
        assertThat(worker.counters().snapshot().droppedByHandler()).isOne();
        assertThat(drops()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(value = DropReason.class, mode = EnumSource.Mode.MATCH_ANY, names = {"(HEADER|VERSION|OPTION|CRITICAL|CONTROL|VNI|PROTOCOL|PAYLOAD|INNER)_?.*"})
    void shouldCountAMalformedDatagramByItsReasonAndAnswerNothing(DropReason reason) throws InterruptedException {
        worker(packet -> Verdict.FORWARD);

        assertThat(exchange(MalformedDatagrams.byReason().get(reason))).isNull();
        assertThat(drops()).containsOnly(Map.entry(reason, 1L));
        assertThat(exchange(TestPackets.geneve(TestPackets.dnsQuery()))).isNotNull();
    }

    @Test
    void shouldHandleGoodDatagramsBetweenBadOnesOfOneBatch() throws InterruptedException {
        worker(packet -> Verdict.FORWARD);
        byte[] good = TestPackets.geneve(TestPackets.dnsQuery());
        for (int i = 0; i < 4; i++) {
            network.inject(new Datagram(NODE, PORT, good));
            network.inject(new Datagram(NODE, PORT, new byte[i]));
        }

        assertThat(worker.doWork()).isEqualTo(8);

        for (int i = 0; i < 4; i++) {
            assertThat(network.takeReply(0).payload()).isEqualTo(good);
        }
        assertThat(drops()).containsOnly(Map.entry(DropReason.HEADER_TRUNCATED, 4L));
    }

    @Test
    void shouldDropAndGoOnWhenTheHandlerThrows() throws InterruptedException {
        worker(packet -> {
            throw new IllegalStateException("handler bug");
        });

        assertThat(exchange(TestPackets.geneve(TestPackets.dnsQuery()))).isNull();
        assertThat(exchange(TestPackets.geneve(TestPackets.dnsQuery()))).isNull();
        assertThat(drops()).containsOnly(Map.entry(DropReason.HANDLER_FAILED, 2L));
    }

    @Test
    void shouldDropWhenTheHandlerReturnsNull() throws InterruptedException {
        worker(packet -> null);

        assertThat(exchange(TestPackets.geneve(TestPackets.dnsQuery()))).isNull();
        assertThat(drops()).containsOnly(Map.entry(DropReason.HANDLER_FAILED, 1L));
    }

    @Test
    void shouldForwardWhenTheHandlerThrowsAndTheSettingIsFailOpen() throws InterruptedException {
        isFailOpen = true;
        worker(packet -> {
            throw new StackOverflowError();
        });

        assertThat(exchange(TestPackets.geneve(TestPackets.dnsQuery()))).isNotNull();
        assertThat(drops()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(value = SendResult.class, mode = EnumSource.Mode.EXCLUDE, names = {"NOT_MARKED", "SENT"})
    void shouldCountAReplyThatCannotBeSentByItsReason(SendResult result) throws InterruptedException {
        worker(packet -> Verdict.FORWARD);
        network.answerSendsWith(result);

        assertThat(exchange(TestPackets.geneve(TestPackets.dnsQuery()))).isNull();
        assertThat(drops()).containsOnly(Map.entry(DropReasons.of(result), 1L));
    }

    @Test
    void shouldRefuseFurtherEndpointsAtTheTunnelLimitAndServeTheOthers() throws InterruptedException {
        maxTunnels = 2;
        worker(packet -> Verdict.FORWARD);

        for (long endpoint = 1; endpoint <= 3; endpoint++) {
            exchange(TestPackets.geneve(endpoint, TestPackets.dnsQuery()));
        }

        assertThat(drops()).containsOnly(Map.entry(DropReason.TUNNEL_LIMIT, 1L));
        assertThat(exchange(TestPackets.geneve(1, TestPackets.dnsQuery()))).isNotNull();
        assertThat(exchange(TestPackets.geneve(3, TestPackets.dnsQuery()))).isNull();
        assertThat(tunnels.stats()).extracting(TunnelStats::endpointId).containsExactly(1L, 2L);
    }

    @Test
    void shouldDropDatagramsOfSendersOutsideTheAllowedNetworks() throws InterruptedException {
        admission = new Admission(List.of(Cidr.parse("10.99.0.0/24"), Cidr.parse("fd00::/8")), List.of());
        worker(packet -> Verdict.FORWARD);
        assertThat(exchange(TestPackets.geneve(TestPackets.dnsQuery()))).isNotNull();

        network.inject(new Datagram(NODE + 256, PORT, TestPackets.geneve(TestPackets.dnsQuery())));
        worker.doWork();

        assertThat(network.takeReply(0)).isNull();
        assertThat(drops()).containsOnly(Map.entry(DropReason.SOURCE_NOT_ALLOWED, 1L));
    }

    @Test
    void shouldMakeNoTunnelForAnEndpointThatIsNotAllowed() throws InterruptedException {
        admission = new Admission(List.of(), List.of(7L));
        worker(packet -> Verdict.FORWARD);

        assertThat(exchange(TestPackets.geneve(8, TestPackets.dnsQuery()))).isNull();
        assertThat(exchange(TestPackets.geneve(7, TestPackets.dnsQuery()))).isNotNull();

        assertThat(drops()).containsOnly(Map.entry(DropReason.ENDPOINT_NOT_ALLOWED, 1L));
        assertThat(tunnels.stats()).extracting(TunnelStats::endpointId).containsExactly(7L);
    }

    @Test
    void shouldShowTheHandlerEndpointOptionsInnerPacketAndFlow() throws InterruptedException {
        AtomicLong seen = new AtomicLong();
        worker(packet -> {
            assertThat(packet.tunnel().endpointId()).isEqualTo(TestPackets.ENDPOINT);
            assertThat(packet.tunnel().name()).isEqualTo("vpce-00123456789abcdef");
            assertThat(packet.options().flowCookie()).isEqualTo(TestPackets.COOKIE);
            assertThat(packet.header().vni()).isZero();
            assertThat(packet.inner().sourcePort() + packet.inner().destinationPort()).isEqualTo(40_053);
            assertThat(packet.flowKey()).hasToString("udp 10.0.0.1:40000 <-> 10.0.0.2:53");
            assertThat(packet.receivedNs()).isEqualTo(clock.getAsLong());
            seen.addAndGet(packet.flowKey().isForward() ? 1 : 100);
            return Verdict.FORWARD;
        });

        assertThat(exchange(TestPackets.geneve(TestPackets.dnsQuery()))).isNotNull();
        assertThat(exchange(TestPackets.geneve(PacketBuilder.ipv4("10.0.0.2", "10.0.0.1").udp(53, 40_000).payload(9).build()))).isNotNull();
        assertThat(seen).hasValue(101);
    }

    @Test
    void shouldSendWhatTheHandlerChangedInPlaceWithRightChecksums() throws InterruptedException {
        worker(packet -> {
            PacketEditor.setIpv4Destination(packet.inner(), 0xc000_0201);
            PacketEditor.setDestinationPort(packet.inner(), 5353);
            PacketEditor.setTtl(packet.inner(), 9);
            return Verdict.FORWARD;
        });

        byte[] reply = exchange(TestPackets.geneve(TestPackets.dnsQuery())).payload();

        IpPacket inner = new IpPacket();
        ByteBuffer buffer = ByteBuffer.wrap(reply);
        assertThat(inner.wrap(buffer, 40, reply.length - 40)).isEqualTo(PacketStatus.OK);
        assertThat(inner).hasToString("udp 10.0.0.1:40000 > 192.0.2.1:5353, 92 bytes");
        assertThat(inner.ttl()).isEqualTo(9);
        assertThat(InternetChecksum.of(buffer, 40, 20)).isZero();
        assertThat(InternetChecksum.ofTransport(inner)).isZero();
    }

    @Test
    void shouldPoisonPacketsOnceTheHandlerIsDoneSoThatKeptViewsAreNoticed() throws InterruptedException {
        GwlbPacket[] kept = new GwlbPacket[1];
        worker(packet -> {
            kept[0] = packet;
            return Verdict.FORWARD;
        });

        exchange(TestPackets.geneve(TestPackets.dnsQuery()));

        assertThat(kept[0].inner().sourcePort()).isEqualTo(0xdbdb);
    }

    @Test
    void shouldForwardAPacketOfTwentyBytesAndOneWithATruncatedTransportHeader() throws InterruptedException {
        worker(packet -> Verdict.FORWARD);

        byte[] bare = TestPackets.geneve(PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").protocol(253).payload(0).build());
        bare[49] = 6; // says TCP, but there is no TCP header
        assertThat(bare).hasSize(60);
        assertThat(exchange(bare).payload()).isEqualTo(bare);
    }

    @Test
    void shouldCountForEachTunnelWhatCameAndWhatWentBack() throws InterruptedException {
        worker(packet -> packet.tunnel().endpointId() == 1 ? Verdict.FORWARD : Verdict.DROP);
        byte[] inner = TestPackets.dnsQuery();

        exchange(TestPackets.geneve(1, inner));
        exchange(TestPackets.geneve(1, inner));
        exchange(TestPackets.geneve(2, inner));

        assertThat(tunnels.stats()).containsExactly(
                new TunnelStats(1, TunnelMode.INLINE, TunnelPhase.ACTIVE, 2, 2L * inner.length, 0, 0, 2, 2L * inner.length, 0, 0, 0),
                new TunnelStats(2, TunnelMode.INLINE, TunnelPhase.ACTIVE, 1, inner.length, 0, 0, 0, 0, 1, 0, 0));
    }
}

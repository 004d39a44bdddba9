package io.github.gwlb4j.gwlb;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.GeneveHeaderEncoder;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.gwlb.internal.ManualClock;
import io.github.gwlb4j.gwlb.internal.SteppedAppliance;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.gwlb.transport.DelegatingPort;
import io.github.gwlb4j.gwlb.transport.SendResult;
import io.github.gwlb4j.packet.Cidr;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import io.github.gwlb4j.tun.PacketBatch;
import io.github.gwlb4j.tun.TunConfig;
import io.github.gwlb4j.tun.TunDevice;
import io.github.gwlb4j.tun.TunOffload;
import io.github.gwlb4j.tun.testkit.MemoryTunPair;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every reason to drop a packet is provoked, through the settings that users have. */
class DropReasonTest {
    private static final int NODE = 0x0a63_0001;
    private static final int MOST_FLOWS = 20_000;
    private static final byte[] GOOD = TestPackets.geneve(TestPackets.dnsQuery());

    private final Map<DropReason, Provocation> provocations = new EnumMap<>(DropReason.class);
    private final InMemoryTransport network = new InMemoryTransport();
    private final ManualClock clock = new ManualClock();
    private final GwlbApplianceBuilder settings = GwlbAppliance.builder().handler(worker -> packet -> Verdict.FORWARD);
    private final TunSettings.Builder tun = TunSettings.builder().deviceOpener(this::open);
    private MemoryTunPair lastOpened;
    private boolean isOpeningRefused;
    private int trafficClass;
    private SteppedAppliance appliance;

    @FunctionalInterface
    private interface Provocation {
        void run() throws Exception;
    }

    DropReasonTest() {
        MalformedDatagrams.byReason().forEach((reason, datagram) -> provocations.put(reason, () -> send(start(TunnelMode.INLINE), datagram)));
        admission();
        creation();
        flows();
        interfaces();
        replies();
    }

    private void admission() {
        provocations.put(DropReason.SOURCE_NOT_ALLOWED, () -> {
            settings.allowSource(Cidr.parse("192.0.2.0/24"));
            send(start(TunnelMode.INLINE), GOOD);
        });
        provocations.put(DropReason.ENDPOINT_NOT_ALLOWED, () -> {
            settings.allowEndpoint(7);
            send(start(TunnelMode.INLINE), GOOD);
        });
        provocations.put(DropReason.TUNNEL_LIMIT, () -> {
            settings.maxTunnels(1);
            send(start(TunnelMode.INLINE), GOOD, TestPackets.geneve(8, TestPackets.dnsQuery()));
        });
        provocations.put(DropReason.CONGESTION_EXPERIENCED, () -> {
            trafficClass = 3;
            send(start(TunnelMode.INLINE), GOOD);
        });
        provocations.put(DropReason.HANDLER_FAILED, () -> {
            settings.handler(worker -> packet -> {
                throw new IllegalStateException("provoked");
            });
            send(start(TunnelMode.INLINE), GOOD);
        });
        provocations.put(DropReason.PACKET_TOO_LARGE, () -> send(start(TunnelMode.INLINE),
                TestPackets.geneve(PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).totalLength(8501).build())));
    }

    private void creation() {
        provocations.put(DropReason.HELD_LIMIT, () -> {
            settings.heldPackets(0);
            send(start(TunnelMode.TUN), GOOD);
        });
        provocations.put(DropReason.TUNNEL_CREATION_FAILED, () -> {
            isOpeningRefused = true;
            send(start(TunnelMode.TUN), GOOD);
        });
        provocations.put(DropReason.TUNNEL_CLOSED, () -> {
            start(TunnelMode.TUN).holdCallbacks(true);
            send(appliance, GOOD);
            appliance.close();
        });
    }

    private void flows() {
        provocations.put(DropReason.FLOW_TABLE_FULL, () -> {
            tun.maxFlows(1);
            start(TunnelMode.TUN);
            untilDropped(DropReason.FLOW_TABLE_FULL, TestPackets::geneve);
        });
        provocations.put(DropReason.FLOW_HEADER_NO_ROOM, () -> {
            tun.maxFlows(256);
            start(TunnelMode.TUN);
            untilDropped(DropReason.FLOW_HEADER_NO_ROOM, DropReasonTest::headerOf260Bytes);
        });
        provocations.put(DropReason.FLOW_BUSY, () -> {
            start(TunnelMode.TUN);
            send(appliance, GOOD);
            appliance.whileFlowsAreBusy(() -> send(appliance, GOOD));
        });
        provocations.put(DropReason.FLOW_UNKNOWN, () -> {
            send(start(TunnelMode.TUN), GOOD);
            read(PacketBuilder.ipv4("10.0.0.9", "10.0.0.8").udp(9, 9).build());
        });
        provocations.put(DropReason.KERNEL_MULTICAST, () -> {
            send(start(TunnelMode.TUN), GOOD);
            read(PacketBuilder.ipv6("::", "ff02::16").protocol(58).payload(28).build());
        });
    }

    /** Sends one new flow after the other. */
    private void untilDropped(DropReason reason, UnaryOperator<byte[]> encapsulation) {
        for (int i = 0; i < MOST_FLOWS && appliance.stats().dropped(reason) == 0; i++) {
            send(appliance, encapsulation.apply(PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").tcp(1000 + i, 80).build()));
        }
    }

    private void interfaces() {
        provocations.put(DropReason.NOTHING_GOES_BACK, () -> {
            send(start(TunnelMode.TUN_ONE_WAY), GOOD);
            read(TestPackets.dnsQuery());
        });
        provocations.put(DropReason.INTERFACE_PACKET_MALFORMED, () -> {
            send(start(TunnelMode.TUN), GOOD);
            read(new byte[] {0x45, 0, 0, 20});
        });
        provocations.put(DropReason.INTERFACE_WRITE_FAILED, () -> {
            send(start(TunnelMode.TUN_ONE_WAY), GOOD);
            lastOpened.left().close(); // as when someone deletes the interface
            send(appliance, GOOD);
        });
    }

    private void replies() {
        Map.of(DropReason.RETURN_PORT_UNAVAILABLE, SendResult.PORT_UNAVAILABLE, DropReason.RETURN_PORT_LIMIT, SendResult.PORT_LIMIT,
                DropReason.SEND_BUFFER_FULL, SendResult.WOULD_BLOCK, DropReason.SEND_FAILED, SendResult.FAILED)
                .forEach((reason, result) -> provocations.put(reason, () -> {
                    network.answerSendsWith(result);
                    send(start(TunnelMode.INLINE), GOOD);
                }));
    }

    private static byte[] headerOf260Bytes(byte[] inner) {
        ByteBuffer datagram = ByteBuffer.allocate(Geneve.MAX_HEADER_LENGTH + inner.length);
        GeneveHeaderEncoder encoder = new GeneveHeaderEncoder().begin(datagram, 0, Geneve.PROTOCOL_IPV4, 0)
                .optionLong(Gwlb.OPTION_CLASS, Gwlb.TYPE_ENDPOINT_ID, TestPackets.ENDPOINT)
                .optionInt(Gwlb.OPTION_CLASS, Gwlb.TYPE_FLOW_COOKIE, TestPackets.COOKIE);
        while (encoder.headerLength() < Geneve.MAX_HEADER_LENGTH) {
            encoder.optionInt(0xff01, 1, 0);
        }
        return datagram.put(Geneve.MAX_HEADER_LENGTH, inner).array();
    }

    private TunDevice open(TunConfig config) throws IOException {
        if (isOpeningRefused) {
            throw new IOException("refused by the test");
        }
        lastOpened = new MemoryTunPair(1, 10_000, TunOffload.NONE);
        return lastOpened.left();
    }

    private SteppedAppliance start(TunnelMode mode) throws Exception {
        appliance = SteppedAppliances.of(settings.mode(mode).tun(tun.build()), new DelegatingPort(network.open(0, 1)) {
            @Override
            public int receive(DatagramBatch batch) {
                int count = super.receive(batch);
                for (int i = 0; i < count; i++) {
                    batch.setTrafficClass(i, trafficClass);
                }
                return count;
            }
        }, clock);
        return appliance;
    }

    private void send(SteppedAppliance to, byte[]... datagrams) {
        for (byte[] datagram : datagrams) {
            network.inject(new InMemoryTransport.Datagram(NODE, 50_000, datagram));
        }
        to.settle();
    }

    /** Comes out of the interface that was opened last. */
    private void read(byte[] packet) {
        PacketBatch batch = new PacketBatch(1, 2000);
        batch.addCopy(ByteBuffer.wrap(packet), 0, packet.length);
        assertThat(lastOpened.right().queue(0).write(batch, 0, 1)).isOne();
        appliance.settle();
    }

    @AfterEach
    void everyPacketIsCountedOnce() {
        if (appliance != null) {
            appliance.close();
            assertThat(appliance.stats().isBalanced()).as("%s", appliance.stats()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(DropReason.class)
    void shouldCountADroppedPacketByItsReason(DropReason reason) throws Exception {
        provocations.get(reason).run();
        assertThat(appliance.stats().dropped(reason)).isOne();
        assertThat(appliance.stats().droppedByReason()).isOne();
    }

    @Test
    void shouldHaveAProvocationForEveryReason() {
        assertThat(provocations.keySet()).containsExactlyInAnyOrder(DropReason.values());
    }
}

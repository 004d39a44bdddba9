package io.github.gwlb4j.gwlb.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.TestPackets;
import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.TunnelListener;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.contract.Bench.Node;
import io.github.gwlb4j.gwlb.contract.Bench.Reply;
import io.github.gwlb4j.gwlb.contract.Bench.Side;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Someone sends made-up endpoints and flows from made-up ports: memory stays bounded, what was there before goes on. */
class SpoofingFloodTest extends Contract {
    private static final int ROUNDS = 80;
    private static final int FLOOD_IN_A_ROUND = 60;
    private static final int MAX_TUNNELS = 16;
    private static final int MAX_FLOWS = 256;
    private static final int HELD = 4;
    private static final long MOST_HEAP_GROWTH = 16 << 20;
    private static final int FIRST_FLOOD_PORT = 20_000;
    private static final int FLOOD_PORTS = 20_000;

    private final Random random = new Random(1);
    private final CountDownLatch destroyed = new CountDownLatch(1);

    @Override
    Bench newBench() {
        ContractRequirements.linux();
        return new SocketBench(true);
    }

    private void flood() throws Exception {
        int port = FIRST_FLOOD_PORT + random.nextInt(FLOOD_PORTS);
        for (int i = 0; i < FLOOD_IN_A_ROUND; i++) {
            boolean isKnownEndpoint = i % 2 == 0;
            byte[] inner = PacketBuilder.ipv4("10." + random.nextInt(256) + "." + random.nextInt(256) + ".1", "10.0.0.2")
                    .tcp(random.nextInt(65_536), random.nextInt(65_536)).build();
            bench.send(Node.B, port, 0, TestPackets.geneve(isKnownEndpoint ? ENDPOINT : random.nextLong(), inner));
        }
        ((SocketBench) bench).sockets.forget(Node.B, port);
    }

    private void expectGoesOn(TunnelMode mode, byte[] inner) throws Exception {
        bench.sendInner(inner);
        if (mode == TunnelMode.TUN) {
            byte[] delivered = bench.delivered(ENDPOINT);
            while (!Arrays.equals(delivered, inner)) {
                delivered = bench.delivered(ENDPOINT);
            }
            bench.intoInterface(ENDPOINT, Side.GWO, inner);
        }
        Reply reply = bench.reply();
        while (reply.node() != Node.A) { // inline, the flood comes back as well
            reply = bench.reply();
        }
        assertThat(reply.payload()).isEqualTo(TestPackets.geneve(inner));
        assertThat(reply.port()).isEqualTo(Bench.PORT);
    }

    @ParameterizedTest
    @EnumSource(value = TunnelMode.class, names = {"INLINE", "TUN"})
    void shouldStayBoundedAndKeepExistingFlowsPassing(TunnelMode mode) throws Exception {
        settings.maxTunnels(MAX_TUNNELS).heldPackets(HELD).declareTunnel(ENDPOINT).declareTunnel(OTHER_ENDPOINT)
                .listener(new TunnelListener() {
                    @Override
                    public void onDestroyed(Tunnel tunnel, Reason reason) {
                        if (tunnel.endpointId() == OTHER_ENDPOINT) {
                            destroyed.countDown();
                        }
                    }
                });
        tun.maxFlows(MAX_FLOWS);
        start(mode);
        byte[] existing = Inner.toServer(4).tcp(Inner.CLIENT_PORT, 443).payload(500).build();
        expectGoesOn(mode, existing);
        flood();
        expectGoesOn(mode, existing);
        long heapBefore = usedHeap();

        for (int round = 0; round < ROUNDS; round++) {
            flood();
            expectGoesOn(mode, existing);
            if (round == ROUNDS / 2) {
                assertThat(bench.destroyTunnel(OTHER_ENDPOINT)).isTrue();
            }
        }

        assertThat(destroyed.await(5, TimeUnit.SECONDS)).as("listeners are served during the flood").isTrue();
        assertThat(usedHeap() - heapBefore).isLessThan(MOST_HEAP_GROWTH);
        expectBounded(mode, bench.stats());
    }

    private void expectBounded(TunnelMode mode, ApplianceStats stats) {
        assertThat(stats.tunnels()).hasSizeLessThanOrEqualTo(MAX_TUNNELS);
        assertThat(stats.dropped(DropReason.TUNNEL_LIMIT)).isGreaterThan(ROUNDS * FLOOD_IN_A_ROUND / 4);
        assertThat(stats.returnSockets()).isLessThanOrEqualTo(SocketBench.RETURN_SOCKETS);
        assertThat(stats.heldPackets()).isLessThanOrEqualTo((long) HELD * MAX_TUNNELS);
        assertThat(stats.receiveBufferDrops()).isZero();
        if (mode == TunnelMode.TUN) {
            assertThat(stats.flows().flows()).isLessThanOrEqualTo(stats.flows().slots());
            assertThat(stats.dropped(DropReason.FLOW_TABLE_FULL)).isGreaterThan(ROUNDS * FLOOD_IN_A_ROUND / 4);
        }
    }

    private static long usedHeap() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 2; i++) {
            System.gc();
            least = Math.min(least, Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
        }
        return least;
    }
}

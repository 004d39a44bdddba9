package io.github.gwlb4j.gwlb.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.TestPackets;
import io.github.gwlb4j.gwlb.TunnelMode;
import java.util.Arrays;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** In memory, stepped by hand. */
class SteppedContractTest {
    private static Bench bench() throws Exception {
        return new SteppedBench();
    }

    @Nested
    class Packets extends PacketContract {
        @Override
        Bench newBench() throws Exception {
            return bench();
        }
    }

    @Nested
    class Lives extends LifeContract {
        @Override
        Bench newBench() throws Exception {
            return bench();
        }
    }

    @Nested
    class Sizes extends SizeContract {
        @Override
        Bench newBench() throws Exception {
            return bench();
        }
    }

    @Nested
    class Races extends Contract {
        @Override
        Bench newBench() throws Exception {
            return bench();
        }

        private static byte[] ofFlow(int flow, int payloadBytes) {
            return Inner.toServer(4).udp(1000 + flow, Inner.SERVER_PORT).payload(payloadBytes).build();
        }

        @Test
        void shouldNotHoldPacketsOfAReadyTunnelBecauseAnotherOneBegins() throws Exception {
            SteppedBench stepped = (SteppedBench) bench;
            settings.heldPackets(1);
            start(TunnelMode.TUN);
            byte[] first = Inner.query(4, 0);
            bench.sendInner(first);
            awaitActive(ENDPOINT);
            assertThat(bench.delivered(ENDPOINT)).isEqualTo(first);
            bench.send(TestPackets.geneve(OTHER_ENDPOINT, Inner.query(4, 4)));
            awaitActive(OTHER_ENDPOINT);
            assertThat(bench.destroyTunnel(OTHER_ENDPOINT)).isTrue();
            bench.await(() -> bench.stats().tunnels().size() == 1); // tunnels have moved on while nothing was held
            bench.holdCreation(true);
            byte[][] packets = {Inner.query(4, 1), Inner.query(4, 2), Inner.query(4, 3)};
            bench.send(TestPackets.geneve(OTHER_ENDPOINT, Inner.query(4, 4)));
            for (byte[] packet : packets) {
                bench.sendInner(packet);
            }

            stepped.appliance.work();

            for (byte[] packet : packets) {
                assertThat(bench.delivered(ENDPOINT)).isEqualTo(packet);
            }
            assertThat(bench.stats().heldPackets()).isOne();
            assertThat(bench.stats().dropped(DropReason.HELD_LIMIT)).isZero();
        }

        @Test
        void shouldHoldAndDeliverInOrderFarMorePacketsThanOneReceiveTakes() throws Exception {
            int most = 4096; // of all tunnels, whatever the settings
            byte[][] packets = new byte[most][];
            Arrays.setAll(packets, i -> ofFlow(i % 600, 8 + i / 600));
            settings.heldPackets(65_536).heldBytes(1 << 24);
            start(TunnelMode.TUN);
            bench.holdCreation(true);
            for (byte[] packet : packets) {
                bench.sendInner(packet);
            }
            for (int i = 0; i < 4; i++) {
                bench.sendInner(ofFlow(i, 100));
            }
            bench.expectDrops(DropReason.HELD_LIMIT, 4);
            assertThat(bench.stats().heldPackets()).isEqualTo(most);

            bench.holdCreation(false);
            awaitActive(ENDPOINT);
            for (byte[] packet : packets) {
                assertThat(bench.delivered(ENDPOINT)).isEqualTo(packet);
            }
            assertThat(bench.stats().heldPackets()).isZero();
            assertThat(bench.stats().deliveredPackets()).isEqualTo(most);
        }

        @Test
        void shouldTapWhatIsForwardedInABatchWhereOtherFlowsAreRefused() throws Exception {
            settings.modeOf(OTHER_ENDPOINT, TunnelMode.INLINE_WITH_TAP).declareTunnel(ENDPOINT).declareTunnel(OTHER_ENDPOINT);
            start(TunnelMode.TUN);
            awaitActive(ENDPOINT);
            awaitActive(OTHER_ENDPOINT);
            byte[][] packets = new byte[3000][]; // of a flow each, about three times what the table takes
            Arrays.setAll(packets, i -> ofFlow(i, 8));
            for (byte[] packet : packets) {
                bench.sendInner(packet);
                bench.send(TestPackets.geneve(OTHER_ENDPOINT, packet));
            }
            for (byte[] packet : packets) {
                assertThat(bench.reply().payload()).isEqualTo(TestPackets.geneve(OTHER_ENDPOINT, packet));
                assertThat(bench.delivered(OTHER_ENDPOINT)).isEqualTo(packet);
            }
            bench.expectNothingDelivered(OTHER_ENDPOINT);
            long refused = bench.stats().dropped(DropReason.FLOW_TABLE_FULL);
            assertThat(refused).isBetween(1000L, 2500L);
            assertThat(bench.stats().deliveredPackets()).isEqualTo(packets.length - refused);
            assertThat(bench.stats().extras().tappedPackets()).isEqualTo(packets.length);
            for (long i = refused; i < packets.length; i++) {
                assertThat(bench.delivered(ENDPOINT)).isNotNull();
            }
            bench.expectNothingDelivered(ENDPOINT);
        }

        @Test
        void shouldLetNoPacketOvertakeThoseHeldWhenTheTunnelBecomesActiveWhileTheWorkerReceives() throws Exception {
            SteppedBench stepped = (SteppedBench) bench;
            start(TunnelMode.TUN);
            bench.holdCreation(true);
            byte[][] packets = {Inner.query(4, 1), Inner.query(4, 2), Inner.query(4, 3)};
            bench.sendInner(packets[0]);
            bench.sendInner(packets[1]);
            bench.await(() -> bench.stats().heldPackets() == 2);
            stepped.appliance.holdCallbacks(false);
            stepped.duringReceive = () -> {
                stepped.appliance.control();
                stepped.appliance.control();
            };
            bench.sendInner(packets[2]);
            stepped.appliance.work();
            awaitActive(ENDPOINT);
            for (byte[] packet : packets) {
                assertThat(bench.delivered(ENDPOINT)).isEqualTo(packet);
            }
        }
    }
}

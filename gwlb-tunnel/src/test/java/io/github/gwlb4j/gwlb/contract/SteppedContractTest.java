package io.github.gwlb4j.gwlb.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.TestPackets;
import io.github.gwlb4j.gwlb.TunnelMode;
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

package io.github.gwlb4j.gwlb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.DatagramPacket;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The appliance that takes over fails: as long as the one before can, that one goes on as if nothing had been. */
@Timeout(60)
class TakeoverFailureTest extends TakeoverLab {
    @Test
    void shouldGoOnWhenTheNewOneCannotMakeItsHandler() throws IOException {
        assertOldGoesOnWhenNewOneFails(worker -> {
            throw new IllegalStateException("no rules");
        });
    }

    /** It has been given everything by then, and gives it back by ending. */
    @Test
    void shouldGoOnWhenTheNewOnesHandlerFailsAtItsStart() throws IOException {
        assertOldGoesOnWhenNewOneFails(worker -> new PacketHandler() {
            @Override
            public void onStart(HandlerContext context) {
                throw new IllegalStateException("no rules");
            }

            @Override
            public Verdict onPacket(GwlbPacket packet) {
                return Verdict.DROP;
            }
        });
    }

    private void assertOldGoesOnWhenNewOneFails(PacketHandler.Factory failing) throws IOException {
        GwlbAppliance first = start(builder().handler(FORWARD).listener(new Listener("first")));
        assertForwards();
        assertThatThrownBy(() -> start(builder().handler(failing).listener(new Listener("second")))).hasMessageContaining("no rules");
        assertForwards();
        assertThat(first.state()).isEqualTo(GwlbAppliance.State.RUNNING);
        assertThat(calls).doesNotContain("first destroyed", "second destroyed");
        start(builder().handler(FORWARD)); // and it can be taken over still
        assertForwards();
        awaitClosed(first);
        assertThat(first.isHandedOver()).isTrue();
    }

    /** Each worker's handler knows its own flows only: a process that goes on after all must find them where they were. */
    @Test
    void shouldLeaveFlowsAtTheirWorkersWhenTheNewOneFails() throws Exception {
        GwlbAppliance first = start(builder().workers(2).handler(FORWARD));
        int[] before = packetsOfEachWorker(first);
        assertThat(before).as("flows at each worker").doesNotContain(0);
        assertThatThrownBy(() -> start(builder().workers(2).handler(worker -> {
            assertThat(worker).isZero(); // sockets are there by the second
            return packet -> Verdict.FORWARD;
        }))).isInstanceOf(AssertionError.class);
        int[] after = packetsOfEachWorker(first);
        assertThat(after).isEqualTo(Arrays.stream(before).map(packets -> 2 * packets).toArray());
        start(builder().workers(2).handler(FORWARD));
        awaitClosed(first);
    }

    /** Sends the same packets each time, of some flows. */
    private int[] packetsOfEachWorker(GwlbAppliance appliance) throws Exception {
        long due = appliance.stats().receivedPackets();
        for (int i = 0; i < 100; i++, due++) {
            byte[] inner = TestPackets.dnsQuery();
            inner[21] = (byte) i; // source port
            byte[] datagram = TestPackets.geneve(TestPackets.ENDPOINT, i, inner);
            flow.send(new DatagramPacket(datagram, datagram.length, target));
        }
        long expected = due;
        await(() -> appliance.stats().receivedPackets() == expected);
        return appliance.stats().workers().stream().mapToInt(worker -> (int) worker.receivedPackets()).toArray();
    }

    /** The one before has ended by then: a process that ended, too, because of one endpoint would leave the others without any. */
    @Test
    void shouldGoOnWithWhatItHasTakenOverWhenATunnelThatItDeclaresCannotBeCreated() throws Exception {
        GwlbAppliance first = start(builder().handler(FORWARD));
        assertForwards();
        GwlbAppliance second = start(builder().handler(FORWARD).maxTunnels(1).declareTunnel(TestPackets.ENDPOINT + 1));
        awaitClosed(first);
        assertForwards();
        assertThat(second.state()).isEqualTo(GwlbAppliance.State.RUNNING);
        start(builder().handler(FORWARD));
        assertForwards();
    }
}

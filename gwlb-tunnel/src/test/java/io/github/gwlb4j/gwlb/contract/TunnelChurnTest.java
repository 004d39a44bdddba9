package io.github.gwlb4j.gwlb.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.TestPackets;
import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.TunnelListener;
import io.github.gwlb4j.gwlb.TunnelMode;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** An endpoint whose tunnel times out and comes back a hundred times, with real TUN devices, next to one with traffic. Needs root. */
class TunnelChurnTest extends Contract {
    private static final int ROUNDS = 100;
    private static final int BURST = 5;
    private static final Duration IDLE = Duration.ofMillis(10);
    private static final long FIRST_PASSER_BY = 1;

    private final byte[] query = Inner.query(4, 64);
    private final AtomicInteger timeouts = new AtomicInteger();
    private long sentToInterfaces;
    private long passersBy;

    @Override
    Bench newBench() throws Exception {
        ContractRequirements.tunDevices();
        return new NamespaceBench(false);
    }

    private void sendTo(long endpointId) throws Exception {
        for (int i = 0; i < BURST; i++) {
            bench.send(TestPackets.geneve(endpointId, query));
        }
        sentToInterfaces += BURST;
    }

    /** New endpoints, inline, keep the control thread busy: it looks at timeouts whenever it has something to do. */
    private void letSomeonePassBy() throws Exception {
        bench.send(TestPackets.geneve(FIRST_PASSER_BY + passersBy++, query));
        bench.reply();
    }

    /** The silent tunnel closes any moment, so that one is waited for: afterwards the other's interfaces alone are open. */
    private List<String> descriptorsAtRest() throws Exception {
        bench.await(() -> bench.stats().tunnels().stream().noneMatch(tunnel -> tunnel.endpointId() == ENDPOINT));
        return Leftovers.descriptors();
    }

    @Test
    void shouldLoseNothingAndLeaveNothingOpenInAHundredRoundsOfTimeoutAndCreation() throws Exception {
        settings.modeOf(ENDPOINT, TunnelMode.TUN).modeOf(OTHER_ENDPOINT, TunnelMode.TUN).declareTunnel(OTHER_ENDPOINT)
                .tunnelIdleTimeout(IDLE).listener(new TunnelListener() {
                    @Override
                    public void onDestroyed(Tunnel tunnel, Reason reason) {
                        if (tunnel.endpointId() == ENDPOINT && reason == Reason.TIMED_OUT) {
                            timeouts.incrementAndGet();
                        }
                    }
                });
        start(TunnelMode.INLINE);
        List<String> openAtFirst = null;
        for (int round = 1; round <= ROUNDS; round++) {
            sendTo(ENDPOINT);
            sendTo(OTHER_ENDPOINT);
            while (timeouts.get() < round) {
                letSomeonePassBy();
                bench.pass(Duration.ofMillis(2));
            }
            sendTo(ENDPOINT); // its interfaces are closing: these are held for the next tunnel
            bench.await(() -> bench.stats().deliveredPackets() == sentToInterfaces);
            if (round == 1) {
                openAtFirst = descriptorsAtRest();
            }
        }
        ApplianceStats stats = bench.stats();
        assertThat(stats.droppedByReason()).as(bench.describe()).isZero();
        assertThat(stats.forwardedPackets()).isEqualTo(passersBy);
        assertThat(timeouts.get()).isGreaterThanOrEqualTo(ROUNDS);
        assertThat(descriptorsAtRest()).hasSameSizeAs(openAtFirst);
    }
}

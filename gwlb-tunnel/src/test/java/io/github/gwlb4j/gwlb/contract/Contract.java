package io.github.gwlb4j.gwlb.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.GwlbApplianceBuilder;
import io.github.gwlb4j.gwlb.TestPackets;
import io.github.gwlb4j.gwlb.TunSettings;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.TunnelPhase;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.contract.Bench.Need;
import io.github.gwlb4j.gwlb.contract.Bench.Node;
import io.github.gwlb4j.gwlb.contract.Bench.Reply;
import io.github.gwlb4j.gwlb.contract.Bench.Side;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;

/** What all parts of the contract share: a bench for each test, and what must hold after each. */
abstract class Contract {
    static final long ENDPOINT = TestPackets.ENDPOINT;
    static final long OTHER_ENDPOINT = 0x0fed_cba9_8765_4321L;
    static final int COOKIE = TestPackets.COOKIE;

    final GwlbApplianceBuilder settings = GwlbAppliance.builder().poisonPackets(true).health(null)
            .handler(worker -> packet -> Verdict.FORWARD);
    final TunSettings.Builder tun = TunSettings.builder().maxFlows(1024);
    private List<String> openBefore;
    private boolean isStarted;
    Bench bench;

    /** Skips the test visibly where the edge is missing. */
    abstract Bench newBench() throws Exception;

    @BeforeEach
    void openBench() throws Exception {
        openBefore = Leftovers.open();
        bench = newBench();
    }

    @AfterEach
    void everyPacketIsCountedOnceAndNothingStaysOpen() throws Exception {
        if (bench == null) {
            return;
        }
        bench.close();
        if (isStarted) {
            assertThat(bench.stats().isBalanced()).as(bench.describe()).isTrue();
            assertThat(bench.stats().heldPackets()).as(bench.describe()).isZero();
        }
        Leftovers.expectNone(openBefore);
    }

    void needs(Need... needs) {
        for (Need need : needs) {
            String limit = bench.limitOf(need);
            Assumptions.assumeTrue(limit == null, limit);
        }
    }

    void start(TunnelMode mode) throws Exception {
        settings.mode(mode);
        bench.start(settings, tun);
        isStarted = true;
    }

    /** Waits until packets of an endpoint pass, without counting on any. */
    void awaitActive(long endpointId) throws Exception {
        bench.await(() -> bench.stats().tunnels().stream()
                .anyMatch(tunnel -> tunnel.endpointId() == endpointId && tunnel.phase() == TunnelPhase.ACTIVE));
    }

    /** From the load balancer into the interface. */
    void expectDelivered(byte[] inner) throws Exception {
        bench.sendInner(inner);
        assertThat(bench.delivered(ENDPOINT)).isEqualTo(inner);
    }

    /** From the interface to the load balancer. */
    void expectReturned(Side side, byte[] inner) throws Exception {
        expectReturned(side, inner, ENDPOINT, COOKIE);
    }

    void expectReturned(Side side, byte[] inner, long endpointId, int cookie) throws Exception {
        bench.intoInterface(endpointId, side, inner);
        expectReply(TestPackets.geneve(endpointId, cookie, inner), Node.A, Bench.PORT);
    }

    void expectReply(byte[] payload, Node node, int port) throws Exception {
        Reply reply = bench.reply();
        assertThat(reply.payload()).isEqualTo(payload);
        assertThat(reply.node()).isEqualTo(node);
        assertThat(reply.port()).isEqualTo(port);
    }
}

package io.github.gwlb4j.gwlb.internal.flow;

import static io.github.gwlb4j.gwlb.internal.flow.TestFlows.assertFound;
import static io.github.gwlb4j.gwlb.internal.flow.TestFlows.assertUnknown;
import static io.github.gwlb4j.gwlb.internal.flow.TestFlows.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The smallest table: two sets, each the other's neighbour, so that flows spill and every place gets taken. */
class FullFlowTableTest {
    private static final int PLACES = 112;

    private final TestFlows flows = new TestFlows();
    private final FlowTable table = new FlowTable(FlowTableConfig.defaults(1));
    private long nowNs = -seconds(1000);

    private RememberResult remember(int flow) {
        return table.remember(flows.udp(flow, true), FlowSignal.DATA, flows.path(flow), nowNs);
    }

    private RememberResult rememberTcp(int flow) {
        return table.remember(flows.tcp(flow, true), FlowSignal.DATA, flows.path(flow), nowNs);
    }

    @Test
    void shouldUseEveryPlaceThenRefuseTheNewAndKeepTheOld() {
        for (int i = 0; i < PLACES; i++) {
            assertThat(remember(i)).isEqualTo(RememberResult.INSERTED);
        }
        assertThat(remember(PLACES)).isEqualTo(RememberResult.FULL);

        for (int i = 0; i < PLACES; i++) {
            assertFound(table, flows.udp(i, false), nowNs, i);
            assertThat(remember(i)).isEqualTo(RememberResult.UNCHANGED);
        }
        assertThat(table.stats().full()).isEqualTo(1);
        assertThat(table.stats().flows()).isEqualTo(PLACES);
    }

    @Test
    void shouldNotLetAFloodOfNewFlowsPushOutThoseThatLive() {
        int live = 50;
        for (int round = 0, flood = 1000; round < 30; round++) {
            for (int i = 0; i < live; i++) {
                assertThat(rememberTcp(i).isRemembered()).isTrue();
            }
            for (int i = 0; i < 5000; i++) {
                rememberTcp(flood++);
            }
            nowNs += seconds(20);
            for (int i = 0; i < live; i++) {
                assertFound(table, flows.tcp(i, false), nowNs, i);
            }
            table.expire(nowNs, Integer.MAX_VALUE);
        }
        assertThat(table.stats().full()).isPositive();
        assertThat(table.stats().evicted()).as("the flood's own flows, silent for 120 s").isPositive();
        assertThat(table.stats().flows()).isEqualTo(PLACES);
    }

    @Test
    void shouldGiveThePlaceOfAnExpiredFlowToANewOneWithoutASweep() {
        for (int i = 0; i < PLACES; i++) {
            remember(i);
        }
        nowNs += seconds(122);
        for (int i = 0; i < PLACES; i++) {
            assertThat(remember(1000 + i)).isEqualTo(RememberResult.INSERTED);
        }
        assertThat(table.stats().expired()).isEqualTo(PLACES);
        assertThat(table.stats().flows()).isEqualTo(PLACES);
        assertUnknown(table, flows.udp(0, false), nowNs);
        assertFound(table, flows.udp(1000, false), nowNs, 1000);
    }

    @Test
    void shouldEvictTheFlowsSilentLongestWhenTheyHaveBeenForLong() {
        for (int i = 0; i < PLACES; i++) {
            rememberTcp(i);
        }
        nowNs += seconds(100);
        for (int i = 0; i < PLACES; i += 2) {
            rememberTcp(i);
        }
        assertThat(rememberTcp(1000)).isEqualTo(RememberResult.FULL);
        nowNs += seconds(21);
        int inserted = 0;
        for (int i = 0; i < 1000; i++) {
            inserted += rememberTcp(1000 + i) == RememberResult.INSERTED ? 1 : 0;
        }
        for (int i = 0; i < PLACES; i += 2) {
            assertFound(table, flows.tcp(i, false), nowNs, i);
        }
        assertThat(inserted).isEqualTo(PLACES / 2);
        assertThat(table.stats().evicted()).isEqualTo(PLACES / 2);
        assertThat(table.stats().flows()).isEqualTo(PLACES);
    }

    @Test
    void shouldNotSearchAFullSetAgainBeforeAFlowCanHaveComeOfAgeButThenAtOnce() {
        for (int i = 0; i < PLACES; i++) {
            rememberTcp(i);
        }
        nowNs += seconds(120) - 100_000_000;
        assertThat(rememberTcp(1000)).isEqualTo(RememberResult.FULL);
        nowNs += 110_000_000;
        assertThat(rememberTcp(1000)).isEqualTo(RememberResult.INSERTED);
    }

    @Test
    void shouldFillAgainAfterSpilledFlowsHaveGone() {
        for (int round = 0; round < 5; round++) {
            for (int i = 0; i < PLACES; i++) {
                assertThat(remember(1000 * round + i)).isEqualTo(RememberResult.INSERTED);
            }
            nowNs += seconds(122);
            assertThat(table.expire(nowNs, Integer.MAX_VALUE)).isEqualTo(PLACES);
        }
        assertThat(table.stats().flows()).isZero();
    }
}

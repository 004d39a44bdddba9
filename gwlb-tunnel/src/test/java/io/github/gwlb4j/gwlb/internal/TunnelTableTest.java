package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.TunnelMode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TunnelTableTest {
    private static TunnelState tunnel(long endpointId) {
        return new TunnelState(endpointId, TunnelMode.INLINE, 1, Instant.EPOCH, () -> 0);
    }

    @Test
    void shouldFindWhatWasAddedAndNotWhatWasRemovedWhateverTheOrder() {
        Random random = new Random(1);
        TunnelTable table = new TunnelTable(1 << 20);
        List<TunnelState> in = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            if (in.isEmpty() || random.nextInt(3) > 0) {
                TunnelState added = tunnel(random.nextLong() & ~1L);
                assertThat(table.add(added)).isSameAs(added);
                in.add(added);
            } else {
                TunnelState removed = in.remove(random.nextInt(in.size()));
                table.remove(removed);
                assertThat(table.find(removed.endpointId())).isNull();
            }
            assertThat(table.find(random.nextLong() | 1)).isNull();
        }
        assertThat(in).allSatisfy(tunnel -> assertThat(table.find(tunnel.endpointId())).isSameAs(tunnel));
        assertThat(table.tunnels()).containsExactlyInAnyOrderElementsOf(in);
    }

    @Test
    void shouldTakeTheEndpointIdsZeroAndMinusOne() {
        TunnelTable table = new TunnelTable(4);
        assertThat(table.find(0)).isNull();

        TunnelState zero = table.add(tunnel(0));
        TunnelState minusOne = table.add(tunnel(-1));

        assertThat(table.find(0)).isSameAs(zero);
        assertThat(table.find(-1)).isSameAs(minusOne);
    }

    @Test
    void shouldRefuseWhenFullButStillFindTheOthers() {
        TunnelTable table = new TunnelTable(1);
        TunnelState first = table.add(tunnel(1));

        assertThat(table.isFull()).isTrue();
        assertThat(table.add(tunnel(2))).isNull();
        assertThat(table.add(tunnel(1))).isSameAs(first);
    }

    @Test
    void shouldGiveAllThreadsTheSameTunnelWhenTheyRaceForIt() throws InterruptedException {
        TunnelTable table = new TunnelTable(10_000);
        int perThread = 2000;
        TunnelState[][] got = new TunnelState[2][perThread];
        Thread[] threads = new Thread[2];
        for (int t = 0; t < 2; t++) {
            int thread = t;
            threads[t] = new Thread(() -> {
                for (int i = 0; i < perThread; i++) {
                    got[thread][i] = table.add(tunnel(i));
                }
            });
            threads[t].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(got[0]).containsExactly(got[1]);
        assertThat(table.tunnels()).hasSize(perThread);
    }
}

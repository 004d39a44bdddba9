package io.github.gwlb4j.firewall.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class HalfOpenConnectionsTest {
    private static final int SOURCES = 40;

    /** Four places of a table of 128, the last ones, so that searches go around its end. */
    private static long source(int n) {
        return (long) n << 20 | 124 + (n & 3);
    }

    private static Connection from(long source) {
        Connection connection = new Connection();
        connection.sourceTag = source;
        return connection;
    }

    @Test
    void shouldNameTheOldestOnlyWhenFull() {
        HalfOpenConnections halfOpen = new HalfOpenConnections(2, 0, 100);
        Connection first = from(1);
        halfOpen.add(first);
        assertThat(halfOpen.oldestIfFull()).isNull();
        Connection second = from(1);
        halfOpen.add(second);
        assertThat(halfOpen.oldestIfFull()).isSameAs(first);
        halfOpen.remove(first);
        halfOpen.add(from(1));
        assertThat(halfOpen.oldestIfFull()).isSameAs(second);
    }

    @Test
    void shouldRefuseASourceThatHasItsShareAndNoOther() {
        HalfOpenConnections halfOpen = new HalfOpenConnections(0, 2, 100);
        Connection one = from(1);
        halfOpen.add(one);
        halfOpen.add(from(1));
        assertThat(halfOpen.admits(1)).isFalse();
        assertThat(halfOpen.admits(2)).isTrue();
        halfOpen.remove(one);
        assertThat(halfOpen.admits(1)).isTrue();
    }

    /** Against plain collections, with sources that fall into a few places, so that searches run into each other. */
    @Test
    void shouldCountEachSourceRightWhateverComesAndGoes() {
        HalfOpenConnections halfOpen = new HalfOpenConnections(0, 1_000_000, 64);
        SourceCounts counts = new SourceCounts(64);
        Map<Long, Integer> expected = new HashMap<>();
        List<Connection> present = new ArrayList<>();
        Deque<Connection> order = new ArrayDeque<>();
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 100_000; i++) {
            if (present.size() < 64 && (present.isEmpty() || random.nextBoolean())) {
                Connection connection = from(source(random.nextInt(SOURCES)));
                halfOpen.add(connection);
                counts.increment(connection.sourceTag);
                present.add(connection);
                order.add(connection);
                expected.merge(connection.sourceTag, 1, Integer::sum);
            } else {
                Connection connection = present.remove(random.nextInt(present.size()));
                halfOpen.remove(connection);
                order.remove(connection);
                counts.decrement(connection.sourceTag);
                expected.merge(connection.sourceTag, -1, Integer::sum);
            }
            assertThat(halfOpen.size()).isEqualTo(present.size());
            if (i % 100 == 0 && !order.isEmpty()) {
                for (int n = 0; n < SOURCES; n++) {
                    assertThat(counts.count(source(n))).isEqualTo(expected.getOrDefault(source(n), 0));
                }
                halfOpen.setLimits(1, 0);
                assertThat(halfOpen.oldestIfFull()).isSameAs(order.peek());
            }
        }
    }
}

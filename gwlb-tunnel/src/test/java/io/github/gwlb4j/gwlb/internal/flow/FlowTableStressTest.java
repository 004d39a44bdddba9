package io.github.gwlb4j.gwlb.internal.flow;

import static io.github.gwlb4j.gwlb.internal.flow.TestFlows.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.packet.FlowKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Threads that remember, find and expire the same few flows of a tiny table, so that slots and overflow paths change hands all
 * the time. Each path is of one stamp through and through and names its flow, so a torn or foreign one is seen. Each flow is
 * remembered by one thread with growing stamps, so a stamp that goes back is seen too.
 *
 * <p>Runs for a second each; system property {@code gwlb4j.stress.seconds} sets another time.
 */
class FlowTableStressTest {
    private static final long SECONDS = Long.getLong("gwlb4j.stress.seconds", 1);
    private static final int FLOWS = 160; // for 112 places
    /** The first flows are TCP, so that one test can give them another timeout. */
    private static final int TCP_FLOWS = 60;
    /** Flow number in the lower bits of a stamp, a count above. */
    private static final int STAMP_SHIFT = 8;
    private static final long SHORT_NS = TimeUnit.MILLISECONDS.toNanos(10);

    private final AtomicBoolean isOver = new AtomicBoolean();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final AtomicInteger found = new AtomicInteger();

    private interface Actor {
        void step(Random random, TestFlows flows, ReturnPath out);
    }

    private void run(List<Actor> actors) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (Actor actor : actors) {
            int seed = threads.size();
            Thread thread = new Thread(() -> {
                Random random = new Random(seed);
                TestFlows flows = new TestFlows();
                ReturnPath out = new ReturnPath();
                try {
                    while (!isOver.get()) {
                        actor.step(random, flows, out);
                    }
                } catch (Throwable e) {
                    failures.add(e);
                    isOver.set(true);
                }
            }, "stress-" + seed);
            threads.add(thread);
            thread.start();
        }
        long endNs = System.nanoTime() + seconds(SECONDS);
        while (!isOver.get() && System.nanoTime() - endNs < 0) {
            Thread.sleep(10);
        }
        isOver.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        if (!failures.isEmpty()) {
            throw new AssertionError(failures.peek());
        }
        assertThat(found.get()).as("flows found").isPositive();
    }

    private static FlowKey key(TestFlows flows, int flow, boolean isForward) {
        return flow < TCP_FLOWS ? flows.tcp(flow, isForward) : flows.udp(flow, isForward);
    }

    /** Remembers its share of the flows, with changing paths of changing lengths. */
    private static Actor writer(FlowTable table, int share, int shares) {
        int[] count = new int[FLOWS];
        return (random, flows, out) -> {
            int flow = random.nextInt(FLOWS / shares) * shares + share;
            count[flow] += random.nextInt(4) == 0 ? 1 : 0;
            remember(table, flows, flow, random.nextBoolean(), count[flow]);
        };
    }

    private static RememberResult remember(FlowTable table, TestFlows flows, int flow, boolean isForward, int count) {
        int stamp = count << STAMP_SHIFT | flow;
        return table.remember(key(flows, flow, isForward), FlowSignal.DATA, flows.path(stamp, lengthOf(stamp)), System.nanoTime());
    }

    private static int lengthOf(int stamp) {
        int n = stamp >>> STAMP_SHIFT & 7;
        return n < 4 ? 40 : 8 + n * 36;
    }

    /** Finds flows and checks what it finds; flows below a number must always be found. */
    private Actor reader(FlowTable table, int alwaysThere) {
        Map<Integer, Integer> last = new HashMap<>();
        return (random, flows, out) -> {
            int flow = random.nextInt(FLOWS);
            boolean isForward = random.nextBoolean();
            FindResult result = table.find(key(flows, flow, isForward), out, System.nanoTime());
            if (result == FindResult.FOUND) {
                found.incrementAndGet();
                int stamp = TestFlows.stampOf(out);
                assertThat(stamp & (1 << STAMP_SHIFT) - 1).as("the flow that stamp %x belongs to", stamp).isEqualTo(flow);
                if (!TestFlows.isWhole(out, stamp) || out.headerLength() != lengthOf(stamp)) {
                    throw new AssertionError("torn path of flow " + flow + ", stamp " + Integer.toHexString(stamp));
                }
                Integer before = last.put(isForward ? flow : -1 - flow, stamp);
                if (before != null && before > stamp) {
                    throw new AssertionError("flow " + flow + " went back from stamp " + before + " to " + stamp);
                }
            } else if (flow < alwaysThere && result != FindResult.BUSY) {
                throw new AssertionError("flow " + flow + " overlooked: " + result);
            }
        };
    }

    /** Its clock is ahead, by more than the short timeout: so it takes flows that others are just using. */
    private static Actor sweeper(FlowTable table) {
        return (random, flows, out) -> {
            table.expire(System.nanoTime() + 2 * SHORT_NS, 56);
            Thread.onSpinWait();
        };
    }

    /** At rest: each flow is there at most once, and nothing is lost of slots and overflow paths. */
    private static void assertSound(FlowTable table) {
        long nowNs = System.nanoTime();
        table.expire(nowNs, Integer.MAX_VALUE);
        TestFlows flows = new TestFlows();
        int there = 0;
        for (int flow = 0; flow < FLOWS; flow++) {
            there += table.find(key(flows, flow, true), new ReturnPath(), nowNs) == FindResult.FOUND ? 1 : 0;
        }
        assertThat(table.stats().flows()).as("flows held, against flows found").isEqualTo(there);
        table.expire(nowNs + seconds(4000), Integer.MAX_VALUE);
        assertThat(table.stats().flows()).isZero();
        assertThat(table.stats().overflowInUse()).isZero();
        for (int flow = 0; flow < 112; flow++) {
            assertThat(table.remember(flows.udp(flow, true), FlowSignal.DATA, flows.path(flow), nowNs)).isEqualTo(RememberResult.INSERTED);
        }
        assertThat(table.stats().flows()).isEqualTo(112);
    }

    @Test
    void shouldNeverTearMixUpOrLoseAPathWhenFlowsComeGoAndChange() throws InterruptedException {
        FlowTable table = new FlowTable(FlowTableConfig.defaults(1).withHeaderRoom(40, 20)
                .withTimeouts(SHORT_NS, SHORT_NS, SHORT_NS, SHORT_NS));

        run(List.of(writer(table, 0, 2), writer(table, 1, 2), reader(table, 0), reader(table, 0), sweeper(table)));

        assertSound(table);
    }

    @Test
    void shouldNeverOverlookAFlowThatLivesWhenOthersComeAndGoAroundIt() throws InterruptedException {
        FlowTable table = new FlowTable(FlowTableConfig.defaults(1).withHeaderRoom(40, 2 * FLOWS)
                .withTimeouts(seconds(4000), SHORT_NS, SHORT_NS, seconds(4000)));
        TestFlows flows = new TestFlows();
        for (int flow = 0; flow < TCP_FLOWS; flow++) {
            assertThat(remember(table, flows, flow, true, 0)).isEqualTo(RememberResult.INSERTED);
        }

        run(List.of(writer(table, 0, 1), reader(table, TCP_FLOWS), reader(table, TCP_FLOWS), sweeper(table)));

        assertThat(table.stats().inserted()).as("others that came").isGreaterThan(TCP_FLOWS + 100L);
        assertThat(table.stats().evicted()).isZero();
    }

    @Test
    void shouldInsertAFlowOnceWhenThreadsRaceForIt() throws InterruptedException {
        int races = 10_000;
        AtomicInteger arrivals = new AtomicInteger();
        FlowTable table = new FlowTable(FlowTableConfig.defaults(races));
        AtomicInteger inserted = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        Thread[] threads = new Thread[2];
        for (int t = 0; t < threads.length; t++) {
            boolean isForward = t == 0;
            threads[t] = new Thread(() -> {
                TestFlows flows = new TestFlows();
                for (int flow = 0; flow < races; flow++) {
                    FlowKey key = flows.udp(flow, isForward);
                    ReturnPath path = flows.path(flow);
                    arrivals.incrementAndGet();
                    for (int spin = 0; arrivals.get() < 2 * flow + 2; spin++) {
                        if (spin > 1000) {
                            Thread.yield(); // the other may wait for our processor
                        }
                    }
                    RememberResult result = table.remember(key, FlowSignal.DATA, path, 0);
                    inserted.addAndGet(result == RememberResult.INSERTED ? 1 : 0);
                    refused.addAndGet(result.isRemembered() ? 0 : 1);
                }
            });
            threads[t].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(table.stats().flows()).isEqualTo(inserted.get());
        assertThat(inserted.get()).isBetween(races - refused.get(), races);
        assertThat(table.stats().overflowInUse()).isZero();
    }
}

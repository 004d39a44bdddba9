package io.github.gwlb4j.firewall.view;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.github.gwlb4j.firewall.view.FirewallStatus.Talker;
import io.github.gwlb4j.firewall.view.FirewallStatus.TopTraffic;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TopTalkersTest {
    private static final long ENDPOINT = 0x0123_4567_89ab_cdefL;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final int CAPACITY = 64;

    private final ByteBuffer buffer = ByteBuffer.allocate(2048);
    private final IpPacket inner = new IpPacket();
    private final FlowKey flow = new FlowKey();

    /** A UDP packet. */
    private void packet(int source, int sourcePort, int destination, int destinationPort, int bytes) {
        buffer.clear().put((byte) 0x45).put((byte) 0).putShort((short) bytes).putInt(0).put((byte) 64).put((byte) 17).putShort((short) 0)
                .putInt(source).putInt(destination).putShort((short) sourcePort).putShort((short) destinationPort)
                .putShort((short) (bytes - 20)).putShort((short) 0);
        assertThat(inner.wrap(buffer, 0, bytes)).isEqualTo(PacketStatus.OK);
        flow.set(ENDPOINT, inner);
    }

    private static String text(int address) {
        return (address >>> 24) + "." + (address >>> 16 & 255) + "." + (address >>> 8 & 255) + "." + (address & 255);
    }

    /** Streams of addresses and sizes; with some of them the sketch is always wrong about whom it has. */
    enum Stream {
        ZIPF(random -> (int) Math.min(5_000, 1 / Math.max(1e-6, random.nextDouble()))),
        UNIFORM(random -> random.nextInt(3_000)),
        EACH_ONCE(random -> random.nextInt()),
        FLOOD_AROUND_TWO(random -> random.nextInt(3) > 0 ? random.nextInt() : random.nextInt(2)),
        ROUND_ROBIN_JUST_PAST_CAPACITY(null);

        private final Function<Random, Integer> next;
        private int turn;

        Stream(Function<Random, Integer> next) {
            this.next = next;
        }

        int next(Random random) {
            return next != null ? next.apply(random) : turn++ % (CAPACITY + 1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldKeepTheErrorBoundForEveryStreamAndMissNoOneAboveIt(Stream stream) {
        Random random = new Random(7);
        TopTalkers talkers = new TopTalkers(CAPACITY, Long.MAX_VALUE);
        Map<String, Long> bytes = new HashMap<>();
        Map<String, Long> packets = new HashMap<>();
        long total = 0;
        for (int i = 0; i < 60_000; i++) {
            int size = 28 + random.nextInt(1400);
            packet(stream.next(random), 1000, 1, 53, size);
            talkers.count(inner, flow);
            bytes.merge(text(buffer.getInt(12)), (long) size, Long::sum);
            packets.merge(text(buffer.getInt(12)), 1L, Long::sum);
            total += size;
        }
        talkers.publish(SECOND);
        TopTraffic top = TopTalkers.top(List.of(talkers), CAPACITY);
        long bound = total / CAPACITY;
        assertThat(top.bytes()).isEqualTo(total);
        assertThat(top.packets()).isEqualTo(60_000);
        assertThat(top.talkers()).hasSize(Math.min(CAPACITY, bytes.size())).allSatisfy(talker -> {
            assertThat(bytes.get(talker.name())).isBetween(talker.bytes(), talker.bytes() + talker.error());
            assertThat(talker.error()).isLessThanOrEqualTo(bound);
            assertThat(talker.packets()).isBetween(1L, packets.get(talker.name()));
        });
        List<String> found = top.talkers().stream().map(Talker::name).toList();
        assertThat(bytes).allSatisfy((name, count) -> assertThat(count <= bound || found.contains(name)).isTrue());
    }

    @Test
    void shouldBeExactAsLongAsThereIsRoom() {
        TopTalkers talkers = new TopTalkers(CAPACITY, Long.MAX_VALUE);
        for (int i = 0; i < 10_000; i++) {
            packet(i % CAPACITY, 1000, 1, 53, 100 + i % CAPACITY);
            talkers.count(inner, null);
        }
        talkers.publish(0);
        TopTraffic top = TopTalkers.top(List.of(talkers), 3);
        assertThat(top.flows()).isEmpty();
        assertThat(top.talkers()).hasSize(3).allSatisfy(talker -> assertThat(talker.error()).isZero());
        assertThat(top.talkers().get(0)).isEqualTo(new Talker("0.0.0.63", "", 156, 156 * 163, 0));
    }

    @Test
    void shouldAddUpWorkersWithBoundsThatHoldForWhomOnlyOneOfThemHas() {
        Random random = new Random(11);
        List<TopTalkers> workers = List.of(new TopTalkers(CAPACITY, Long.MAX_VALUE), new TopTalkers(CAPACITY, Long.MAX_VALUE));
        Map<String, Long> bytes = new HashMap<>();
        for (int i = 0; i < 40_000; i++) {
            packet(Stream.ZIPF.next(random), 1000, 1, 53, 500);
            workers.get(random.nextInt(10) == 0 ? 1 : 0).count(inner, flow);
            bytes.merge(text(buffer.getInt(12)), 500L, Long::sum);
        }
        workers.forEach(worker -> worker.publish(0));
        TopTraffic top = TopTalkers.top(workers, 1000);
        assertThat(top.talkers().size()).isGreaterThan(CAPACITY);
        assertThat(top.talkers()).allSatisfy(talker -> assertThat(bytes.get(talker.name())).isBetween(talker.bytes(), talker.bytes() + talker.error()));
        assertThat(top.talkers().get(0).name()).isEqualTo("0.0.0.1");
    }

    @Test
    void shouldNameAFlowOnceForBothDirectionsWithTheLikelyServerLast() {
        TopTalkers talkers = new TopTalkers();
        packet(0x0a000001, 443, 0x0a000002, 40_000, 1000);
        talkers.count(inner, flow);
        packet(0x0a000002, 40_000, 0x0a000001, 443, 100);
        talkers.count(inner, flow);
        talkers.publish(0);
        TopTraffic top = TopTalkers.top(List.of(talkers), 10);
        assertThat(top.flows()).containsExactly(new Talker("udp 10.0.0.2:40000 <-> 10.0.0.1:443", "vpce-00123456789abcdef", 2, 1100, 0));
        assertThat(top.talkers()).extracting(Talker::name).containsExactly("10.0.0.1", "10.0.0.2");
    }

    @Test
    void shouldForgetWhatWasBusyTwoWindowsAgo() {
        TopTalkers talkers = new TopTalkers(CAPACITY, 30 * SECOND);
        packet(1, 1000, 9, 53, 1400);
        for (int second = 0; second < 100; second++) {
            if (second == 20) {
                packet(2, 1000, 9, 53, 100);
            }
            talkers.count(inner, flow);
            talkers.publish(second * SECOND);
            TopTraffic top = TopTalkers.top(List.of(talkers), 10);
            assertThat(top.seconds()).isBetween(Math.min(second + 1.0, 30.0), 61.0);
            assertThat(top.packets()).isBetween((long) top.seconds(), (long) top.seconds() + 1);
            assertThat(top.talkers().get(0).name()).isEqualTo(second < 60 ? "0.0.0.1" : "0.0.0.2");
        }
    }

    @Test
    void shouldShowNothingBeforeAnythingIsPublished() {
        TopTalkers talkers = new TopTalkers();
        packet(1, 1000, 9, 53, 1400);
        talkers.count(inner, flow);
        assertThat(TopTalkers.top(List.of(talkers), 10)).isEqualTo(TopTraffic.NONE);
    }

    @Test
    void shouldAllocateNothingForAPacket() {
        TopTalkers talkers = new TopTalkers();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Random random = new Random(5);
        long allocated = Long.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 20_000; i++) {
                buffer.putInt(12, random.nextInt());
                inner.wrap(buffer, 0, 1400);
                talkers.count(inner, flow);
            }
            allocated = Math.min(allocated, threads.getCurrentThreadAllocatedBytes() - before);
            if (round == 0) {
                packet(1, 1000, 9, 53, 1400);
            }
        }
        assertThat(allocated).isLessThan(20_000);
    }
}

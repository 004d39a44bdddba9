package io.github.gwlb4j.firewall.view;

import io.github.gwlb4j.firewall.view.FirewallStatus.Talker;
import io.github.gwlb4j.firewall.view.FirewallStatus.TopTraffic;
import io.github.gwlb4j.firewall.view.SpaceSaving.Counts;
import io.github.gwlb4j.geneve.aws.EndpointId;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpAddress;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Counts which source addresses and which flows move most bytes, in a fixed amount of memory (about 350 KiB) however many there
 * are. One instance for each worker.
 *
 * <p>{@link #count} and {@link #publish} are for the worker's thread; {@link #top} reads what has been published, from any thread
 * and without a lock. Counting allocates nothing; publishing, once a second, copies.
 *
 * <p>Counts are of a window of 30 s and the one before it, so that what was busy an hour ago does not stand in the way of what is
 * busy now. Of B bytes in a window each address or flow with more than B/1024 is found, and none is told with more than it had.
 */
public final class TopTalkers {
    private static final int CAPACITY = 1024;
    private static final long WINDOW_NS = TimeUnit.SECONDS.toNanos(30);
    private static final int ADDRESS_WIDTH = 3;
    private static final int FLOW_WIDTH = 7;
    private static final int VERSION_SHIFT = 16;
    private static final int FRAGMENT = 0x100;
    private static final long SEED = new SecureRandom().nextLong();
    private static final long MIX_1 = 0xbf58_476d_1ce4_e5b9L;
    private static final long MIX_2 = 0x94d0_49bb_1331_11ebL;

    private final SpaceSaving addresses;
    private final SpaceSaving flows;
    private final long[] key = new long[FLOW_WIDTH];
    private final long windowNs;
    private boolean hasBegun;
    private long windowStartNs;
    private Window previous = Window.NONE;
    private volatile Published published = new Published(Window.NONE, Window.NONE);

    /** What was counted in some time. */
    private record Window(long lengthNs, Counts addresses, Counts flows) {
        static final Window NONE = new Window(0, new SpaceSaving(1, ADDRESS_WIDTH).copy(), new SpaceSaving(1, FLOW_WIDTH).copy());
    }

    private record Published(Window previous, Window current) {
    }

    /** Nothing counted yet. */
    public TopTalkers() {
        this(CAPACITY, WINDOW_NS);
    }

    TopTalkers(int capacity, long windowNs) {
        this.addresses = new SpaceSaving(capacity, ADDRESS_WIDTH);
        this.flows = new SpaceSaving(capacity, FLOW_WIDTH);
        this.windowNs = windowNs;
    }

    /**
     * Counts a packet to its source address and to its flow. Packet path: allocates nothing.
     *
     * @param inner the packet
     * @param flow  its flow, or null if it has none that is known
     */
    public void count(IpPacket inner, FlowKey flow) {
        int bytes = inner.totalLength();
        key[0] = inner.sourceHigh();
        key[1] = inner.sourceLow();
        key[2] = inner.version();
        addresses.add(key, hash(key[0], key[1]), bytes);
        if (flow != null) {
            key[0] = flow.endpointId();
            key[1] = flow.firstHigh();
            key[2] = flow.firstLow();
            key[3] = flow.secondHigh();
            key[4] = flow.secondLow();
            key[5] = flow.ports() & 0xffff_ffffL;
            key[6] = (long) inner.version() << VERSION_SHIFT | (flow.isFragment() ? FRAGMENT : 0) | flow.protocol();
            flows.add(key, flow.hash64(), bytes);
        }
    }

    /** Seeded: whoever chooses source addresses must not choose places in the table. Finalizer of SplitMix64, twice. */
    private static long hash(long high, long low) {
        return mix(mix(high ^ SEED) + low);
    }

    private static long mix(long value) {
        long mixed = (value ^ value >>> 30) * MIX_1;
        mixed = (mixed ^ mixed >>> 27) * MIX_2;
        return mixed ^ mixed >>> 31;
    }

    /**
     * Lets other threads see what has been counted; to be called about once a second.
     *
     * @param nowNs {@link System#nanoTime()}, or the worker's idea of it
     */
    public void publish(long nowNs) {
        if (!hasBegun) {
            hasBegun = true;
            windowStartNs = nowNs - TimeUnit.SECONDS.toNanos(1);
        }
        Window current = new Window(nowNs - windowStartNs, addresses.copy(), flows.copy());
        published = new Published(previous, current);
        if (current.lengthNs >= windowNs) {
            previous = current;
            windowStartNs = nowNs;
            addresses.clear();
            flows.clear();
        }
    }

    /**
     * Adds up what the workers have published.
     *
     * @param workers the instances of all workers
     * @param max     most addresses, and most flows, to list
     * @return the busiest of the last half to whole minute
     */
    public static TopTraffic top(Collection<TopTalkers> workers, int max) {
        List<Window> windows = new ArrayList<>();
        long longestNs = 0;
        for (TopTalkers worker : workers) {
            Published now = worker.published;
            windows.add(now.previous);
            windows.add(now.current);
            longestNs = Math.max(longestNs, now.previous.lengthNs + now.current.lengthNs);
        }
        return new TopTraffic(longestNs / 1e9,
                windows.stream().mapToLong(window -> window.addresses.totalPackets()).sum(),
                windows.stream().mapToLong(window -> window.addresses.totalBytes()).sum(),
                merge(windows.stream().map(Window::addresses).toList(), max, TopTalkers::addressTalker),
                merge(windows.stream().map(Window::flows).toList(), max, TopTalkers::flowTalker));
    }

    /** The bounds of several sketches add up; a key that one does not have may have had there what the sketch calls unseen. */
    private static List<Talker> merge(List<Counts> sketches, int max, Function<Sum, Talker> talker) {
        Map<List<Long>, Sum> sums = new HashMap<>();
        long unseenByAll = 0;
        for (Counts sketch : sketches) {
            unseenByAll += sketch.unseen();
            for (int entry = 0; entry < sketch.size(); entry++) {
                sums.computeIfAbsent(sketch.key(entry), Sum::new).add(sketch, entry);
            }
        }
        long unseen = unseenByAll;
        return sums.values().stream()
                .sorted(Comparator.comparingLong((Sum sum) -> -sum.least).thenComparing(sum -> sum.key.toString()))
                .limit(max)
                .map(sum -> talker.apply(sum.addUnseen(unseen)))
                .toList();
    }

    /** One key over several sketches. */
    private static final class Sum {
        private final List<Long> key;
        private long packets;
        private long least;
        private long error;

        Sum(List<Long> key) {
            this.key = key;
        }

        void add(Counts sketch, int entry) {
            packets += sketch.packets()[entry];
            least += sketch.counts()[entry] - sketch.errors()[entry];
            error += sketch.errors()[entry] - sketch.unseen();
        }

        Sum addUnseen(long unseenByAll) {
            error += unseenByAll;
            return this;
        }
    }

    private static Talker addressTalker(Sum sum) {
        String address = IpAddress.format(sum.key.get(2).intValue(), sum.key.get(0), sum.key.get(1));
        return new Talker(address, "", sum.packets, sum.least, sum.error);
    }

    private static Talker flowTalker(Sum sum) {
        int kind = sum.key.get(6).intValue();
        int ports = sum.key.get(5).intValue();
        boolean hasPorts = IpProtocol.hasPorts(kind & 0xff) && (kind & FRAGMENT) == 0;
        String first = end(kind, sum.key.get(1), sum.key.get(2), hasPorts, ports >>> 16);
        String second = end(kind, sum.key.get(3), sum.key.get(4), hasPorts, ports & 0xffff);
        boolean isSecondLikelyServer = (ports >>> 16) >= (ports & 0xffff);
        String name = IpProtocol.name(kind & 0xff) + ((kind & FRAGMENT) == 0 ? " " : " fragment ")
                + (isSecondLikelyServer ? first : second) + " <-> " + (isSecondLikelyServer ? second : first);
        return new Talker(name, "vpce-" + EndpointId.toHex(sum.key.get(0)), sum.packets, sum.least, sum.error);
    }

    private static String end(int kind, long high, long low, boolean hasPort, int port) {
        int version = kind >>> VERSION_SHIFT;
        return hasPort ? IpAddress.format(version, high, low, port) : IpAddress.format(version, high, low);
    }
}

package io.github.gwlb4j.simulator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/**
 * What goes wrong during a run, and when: flows that move to another node, cookies that change, packets that are lost, and so
 * on. Immutable; usable from any thread and more than once.
 *
 * <pre>{@code
 * Timeline timeline = Timeline.of()
 *         .at(Duration.ofMillis(500), FlowChange.failover(0, 1))
 *         .between(Duration.ofSeconds(1), Duration.ofSeconds(2), Impairment.loss(0.05));
 * SimulationReport report = gwlb.run(timeline, Traffic.http(8).sessions(20));
 * }</pre>
 *
 * <p>Time is counted in packets, not by a clock: with 1000 packets a second, what happens at 500 ms happens before the 501st
 * packet. So the same seed gives the same packets with the same failures, on a fast machine and on a slow one. A packet that is
 * lost takes its time too, as it does on a real network.
 */
public final class Timeline {
    /** The fastest that {@link #speed} allows. */
    public static final double MAX_SPEED = 10_000;

    private final double speed;
    private final List<Change> changes;
    private final List<Span> spans;
    private final List<Drop> drops;
    private final List<Start> starts;

    /** What happens to flows at one moment. */
    record Change(Duration at, FlowChange change) {
    }

    /** What happens to packets for a while. */
    record Span(Duration from, Duration until, Impairment impairment) {
    }

    /** Packets that the appliance is expected to drop for a while. */
    record Drop(Duration from, Duration until, PacketFilter filter) {
    }

    /** Traffic that begins later. */
    record Start(Duration at, Traffic traffic) {
    }

    private Timeline(double speed, List<Change> changes, List<Span> spans, List<Drop> drops, List<Start> starts) {
        this.speed = speed;
        this.changes = changes;
        this.spans = spans;
        this.drops = drops;
        this.starts = starts;
    }

    /**
     * A timeline on which nothing happens.
     *
     * @return a timeline to be added to
     */
    public static Timeline of() {
        return new Timeline(1, List.of(), List.of(), List.of(), List.of());
    }

    /**
     * Sets how much faster than the clock this timeline runs, with the rate and the duration of the run: at speed 100 a silence
     * of 350 s takes 3.5 s. The packets stay the same. The timeout for replies stays in real time.
     *
     * @param factor 0.01 to {@value #MAX_SPEED}; 1 if not set
     * @return a copy
     * @throws IllegalArgumentException if the factor is out of range
     */
    public Timeline speed(double factor) {
        if (!(factor >= 0.01 && factor <= MAX_SPEED)) {
            throw new IllegalArgumentException("speed " + factor + " is not in 0.01.." + MAX_SPEED);
        }
        return new Timeline(factor, changes, spans, drops, starts);
    }

    /**
     * Adds something that happens to flows at one moment.
     *
     * @param at     since the start of the run
     * @param change what happens
     * @return a copy
     * @throws IllegalArgumentException if the time is negative
     */
    public Timeline at(Duration at, FlowChange change) {
        return new Timeline(speed, sorted(changes, new Change(positive(at), Objects.requireNonNull(change, "change")), Change::at),
                spans, drops, starts);
    }

    /**
     * Adds something that happens to packets for a while.
     *
     * @param from       since the start of the run
     * @param until      since the start of the run, after from
     * @param impairment what happens to the packets
     * @return a copy
     * @throws IllegalArgumentException if until is not after from, or from is negative
     */
    public Timeline between(Duration from, Duration until, Impairment impairment) {
        return new Timeline(speed, changes, plus(spans, new Span(positive(from), after(from, until),
                Objects.requireNonNull(impairment, "impairment"))), drops, starts);
    }

    /**
     * Adds packets that the appliance is expected to drop for a while, such as the rest of connections whose beginning it has
     * not seen.
     *
     * @param from   since the start of the run
     * @param until  since the start of the run, after from
     * @param filter which packets
     * @return a copy
     * @throws IllegalArgumentException if until is not after from, or from is negative
     */
    public Timeline expectDrop(Duration from, Duration until, PacketFilter filter) {
        return new Timeline(speed, changes, spans, plus(drops, new Drop(positive(from), after(from, until),
                Objects.requireNonNull(filter, "filter"))), starts);
    }

    /**
     * Adds traffic that begins later than the run.
     *
     * @param at      since the start of the run
     * @param traffic what begins then
     * @return a copy
     * @throws IllegalArgumentException if the time is negative
     */
    public Timeline start(Duration at, Traffic traffic) {
        return new Timeline(speed, changes, spans, drops,
                sorted(starts, new Start(positive(at), Objects.requireNonNull(traffic, "traffic")), Start::at));
    }

    private static Duration positive(Duration at) {
        if (at.isNegative()) {
            throw new IllegalArgumentException("time " + at + " is before the start of the run");
        }
        return at;
    }

    private static Duration after(Duration from, Duration until) {
        if (until.compareTo(from) <= 0) {
            throw new IllegalArgumentException("the end " + until + " is not after the start " + from);
        }
        return until;
    }

    private static <T> List<T> plus(List<T> list, T one) {
        List<T> longer = new ArrayList<>(list);
        longer.add(one);
        return List.copyOf(longer);
    }

    /** Of equal times, the one added first comes first. */
    private static <T> List<T> sorted(List<T> list, T one, Function<T, Duration> time) {
        List<T> longer = new ArrayList<>(plus(list, one));
        longer.sort(Comparator.comparing(time));
        return List.copyOf(longer);
    }

    /** Checks what only the simulator's settings can tell. */
    void requireRunnable(SimulatorSettings settings, int traffic) {
        if (!hasTraffic(traffic)) {
            throw new IllegalArgumentException("no traffic to send");
        }
        if (settings.packetsPerSecond() == 0) {
            throw new IllegalArgumentException("a timeline needs a rate: its time is counted in packets, so set packets a second");
        }
        int nodes = settings.sources().size();
        changes.forEach(change -> change.change().requireNodes(nodes));
        spans.forEach(span -> requireNode(span.impairment().node().orElse(0), nodes));
    }

    static void requireNode(int index, int nodes) {
        if (index >= nodes) {
            throw new IllegalArgumentException("the timeline names node " + (index + 1) + ", and there " + (nodes == 1 ? "is 1 node"
                    : "are " + nodes + " nodes") + ": give the simulator more sources");
        }
    }

    /**
     * Whether there is something to be sent.
     *
     * @param fromTheStart how much traffic the run has beside the timeline
     * @return true if the run or the timeline has traffic
     */
    public boolean hasTraffic(int fromTheStart) {
        return fromTheStart + starts.size() > 0;
    }

    double speed() {
        return speed;
    }

    /** In order of time. */
    List<Change> changes() {
        return changes;
    }

    List<Span> spans() {
        return spans;
    }

    List<Drop> drops() {
        return drops;
    }

    /** In order of time. */
    List<Start> starts() {
        return starts;
    }
}

package io.github.gwlb4j.firewall.log;

import io.github.gwlb4j.firewall.rules.Action;
import io.github.gwlb4j.firewall.rules.Rule;
import io.github.gwlb4j.gwlb.GwlbPacket;
import io.github.gwlb4j.packet.FlowKey;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Takes one worker's decisions to a {@link DecisionLog}: picks those that are logged, and copies them into a bounded ring.
 *
 * <p>{@link #decided} is called on one thread, the worker's; the log's thread takes the decisions out. It allocates nothing, takes no
 * lock, makes no system call and never waits.
 */
public final class DecisionQueue {
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    /** The log's thread: receives decisions, each valid until the call returns. */
    interface Sink {
        void onDecision(Decision decision);
    }

    private final int sampleEvery;
    private final LineBudget lineBudget;
    private final Decision[] ring;
    private final AtomicLong head = new AtomicLong();
    private final AtomicLong tail = new AtomicLong();
    private final KindCounters sampledOut = new KindCounters();
    private final KindCounters rateLimited = new KindCounters();
    private final KindCounters queueFull = new KindCounters();
    private volatile boolean isClosed;

    // The worker's own.
    private final int[] skip = new int[DecisionKind.COUNT];
    private final long[] toldSampledOut = new long[DecisionKind.COUNT];
    private final int[] linesOfSecond = new int[DecisionKind.COUNT];
    private int allLinesOfSecond;
    /** 0 before the first second has begun. */
    private int maxLinesOfSecond;
    private long secondStartNs;

    /** How many lines a second one queue may have; changes when queues are added. From any thread. */
    @FunctionalInterface
    interface LineBudget {
        int linesPerSecond();
    }

    /**
     * Takes the memory that the queue will ever use.
     *
     * @param sampleEvery one in so many decisions of a kind is logged
     * @param decisions   how many the ring holds, a power of two
     */
    DecisionQueue(int sampleEvery, int decisions, LineBudget lineBudget) {
        this.sampleEvery = sampleEvery;
        this.lineBudget = lineBudget;
        this.ring = new Decision[decisions];
        Arrays.setAll(ring, i -> new Decision());
    }

    /**
     * Logs a decision about a packet, or counts that it did not: one in so many of each pair of cause and action, but
     * all by rules with {@code log}; no more lines a second than allowed, none when the ring is full. A closed log takes nothing.
     *
     * @param packet what was decided about, as its handler sees it; only read, and not kept
     * @param key    the packet's flow, which knows the ports of later fragments; may be null
     * @param rule   the rule that decided; null if none did
     * @param action what was decided
     * @param cause  why
     * @param name   the name that the flow's client asked for (TLS, HTTP, DNS), any text, of which 255 characters are kept; null if none is known
     */
    public void decided(GwlbPacket packet, FlowKey key, Rule rule, Action action, DecisionCause cause, CharSequence name) {
        int kind = DecisionKind.of(action, cause);
        boolean isSampled = rule == null || !rule.isLogged();
        if (isSampled && skip[kind] > 0) {
            skip[kind]--;
            sampledOut.increment(kind);
            return;
        }
        if (isClosed) {
            return;
        }
        skip[kind] = isSampled ? sampleEvery - 1 : skip[kind];
        if (!takeLine(kind, packet.receivedNs())) {
            rateLimited.increment(kind);
            return;
        }
        long position = tail.getPlain();
        if (position - head.get() == ring.length) {
            queueFull.increment(kind);
            return;
        }
        Decision decision = ring[(int) position & ring.length - 1];
        decision.timeMs = System.currentTimeMillis();
        decision.set(packet, key);
        decision.setName(name);
        decision.rule = rule;
        decision.action = action;
        decision.cause = cause;
        decision.suppressed = sampledOut.get(kind) - toldSampledOut[kind];
        toldSampledOut[kind] = sampledOut.get(kind);
        tail.lazySet(position + 1);
    }

    /**
     * Whether there is a line left for this kind in this second. A kind gets no more lines than it leaves to the others: at most half
     * of all, so that a flood of one kind does not hide what else happens.
     */
    private boolean takeLine(int kind, long nowNs) {
        if (nowNs - secondStartNs >= SECOND_NS || maxLinesOfSecond == 0) {
            secondStartNs = nowNs;
            maxLinesOfSecond = lineBudget.linesPerSecond();
            allLinesOfSecond = 0;
            Arrays.fill(linesOfSecond, 0);
        }
        if (linesOfSecond[kind] >= maxLinesOfSecond - allLinesOfSecond) {
            return false;
        }
        linesOfSecond[kind]++;
        allLinesOfSecond++;
        return true;
    }

    /** The log's thread: hands over what is there now. False if there was nothing. */
    boolean drain(Sink sink) {
        long from = head.getPlain();
        long to = tail.get();
        for (long position = from; position != to; position++) {
            Decision decision = ring[(int) position & ring.length - 1];
            sink.onDecision(decision);
            decision.rule = null; // a replaced policy must not live on in here
            head.lazySet(position + 1);
        }
        return from != to;
    }

    /** Takes no more decisions. From any thread. */
    void close() {
        isClosed = true;
    }

    /** Decisions of a kind left out. From any thread. */
    KindCounters leftOut(LeftOut why) {
        return switch (why) {
            case SAMPLED -> sampledOut;
            case RATE_LIMIT -> rateLimited;
            case QUEUE_FULL -> queueFull;
            case WRITE_FAILED -> throw new IllegalArgumentException("queues do not write");
        };
    }
}

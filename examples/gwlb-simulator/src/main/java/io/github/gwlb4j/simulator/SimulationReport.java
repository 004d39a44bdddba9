package io.github.gwlb4j.simulator;

import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The outcome of a run. Immutable; usable from any thread.
 *
 * <p>Each packet sent is in exactly one of three: {@code sent = returned + missing + droppedAsExpected}.
 */
public final class SimulationReport {
    private final Map<String, KindCount> byKind;
    private final Map<ReplyFault, Long> faults;
    private final RoundTrip roundTrip;
    private final long received;
    private final long sentBytes;
    private final int flows;
    private final long sendingNs;
    private final long portUnreachable;
    private final List<TimelineEvent> events;
    private final List<String> notes;

    /**
     * Packets of one kind.
     *
     * @param sent              packets sent
     * @param returned          of these, came back in time, intact or not
     * @param intact            of these, without any fault
     * @param missing           should have come back and did not in time
     * @param droppedAsExpected were expected not to come back, and did not
     */
    public record KindCount(long sent, long returned, long intact, long missing, long droppedAsExpected) {
        KindCount plus(KindCount other) {
            return new KindCount(sent + other.sent, returned + other.returned, intact + other.intact,
                    missing + other.missing, droppedAsExpected + other.droppedAsExpected);
        }
    }

    /**
     * Times between sending a packet and its return; all 0 if none came back.
     *
     * @param p50Ns  median in nanoseconds
     * @param p90Ns  90th percentile in nanoseconds
     * @param p99Ns  99th percentile in nanoseconds
     * @param p999Ns 99.9th percentile in nanoseconds
     * @param minNs  shortest in nanoseconds
     * @param maxNs  longest in nanoseconds, up to 60 s
     */
    public record RoundTrip(long p50Ns, long p90Ns, long p99Ns, long p999Ns, long minNs, long maxNs) {
    }

    SimulationReport(RunCounters counters, int flows, long sendingNs, long portUnreachable, List<TimelineEvent> events,
            List<String> notes) {
        this.byKind = Collections.unmodifiableMap(new LinkedHashMap<>(counters.byKind()));
        this.faults = Collections.unmodifiableMap(new EnumMap<>(counters.faults()));
        this.roundTrip = counters.roundTrip();
        this.received = counters.received();
        this.sentBytes = counters.sentBytes();
        this.flows = flows;
        this.sendingNs = sendingNs;
        this.portUnreachable = portUnreachable;
        this.events = List.copyOf(events);
        this.notes = List.copyOf(notes);
    }

    /**
     * The sum over all kinds.
     *
     * @return counts of packets
     */
    public KindCount total() {
        return byKind.values().stream().reduce(new KindCount(0, 0, 0, 0, 0), KindCount::plus);
    }

    /**
     * Counts by kind of traffic, in the order in which they were first sent.
     *
     * @return kind, such as {@code dns}, to counts
     */
    public Map<String, KindCount> byKind() {
        return byKind;
    }

    /**
     * Packets sent.
     *
     * @return number of datagrams
     */
    public long sent() {
        return total().sent();
    }

    /**
     * Packets sent that came back in time, whether intact or not.
     *
     * @return number of packets, each counted once
     */
    public long returned() {
        return total().returned();
    }

    /**
     * Packets that came back in time, in order, from the right address and port, with the same header and inner packet.
     *
     * @return number of packets
     */
    public long intact() {
        return total().intact();
    }

    /**
     * Packets that should have come back and did not, or not in time.
     *
     * @return number of packets
     */
    public long missing() {
        return total().missing();
    }

    /**
     * Packets that were expected to be dropped, and were.
     *
     * @return number of packets
     */
    public long droppedAsExpected() {
        return total().droppedAsExpected();
    }

    /**
     * Datagrams that should not have come: never sent, or expected to be dropped.
     *
     * @return number of datagrams
     */
    public long unexpected() {
        return faults.entrySet().stream().filter(e -> e.getKey().isUnexpected()).mapToLong(Map.Entry::getValue).sum();
    }

    /**
     * How often each fault was seen, the unexpected ones included. A datagram with two faults counts in both.
     *
     * @return fault to number of datagrams; a fault that was not seen is not there
     */
    public Map<ReplyFault, Long> faults() {
        return faults;
    }

    /**
     * Datagrams received, duplicates and strangers included.
     *
     * @return number of datagrams
     */
    public long received() {
        return received;
    }

    /**
     * Bytes sent, counted as UDP payload.
     *
     * @return bytes
     */
    public long sentBytes() {
        return sentBytes;
    }

    /**
     * Flows of the load balancer that were used.
     *
     * @return number of flows
     */
    public int flows() {
        return flows;
    }

    /**
     * How long sending took, without the wait for the last replies.
     *
     * @return nanoseconds
     */
    public long sendingNs() {
        return sendingNs;
    }

    /**
     * The rate that was reached.
     *
     * @return packets sent a second
     */
    public double packetsPerSecond() {
        return sendingNs == 0 ? 0 : sent() * 1e9 / sendingNs;
    }

    /**
     * Round-trip times of the packets that came back in time.
     *
     * @return percentiles
     */
    public RoundTrip roundTrip() {
        return roundTrip;
    }

    /**
     * How often the target's host said that nothing listens there (ICMP port unreachable).
     *
     * @return number of ICMP errors seen; the kernel may merge several
     */
    public long portUnreachable() {
        return portUnreachable;
    }

    /**
     * What became of the run's {@link Timeline}.
     *
     * @return in the order of time; empty if there was none
     */
    public List<TimelineEvent> events() {
        return events;
    }

    /**
     * What else the reader should know: ports that were replaced, frames of a capture that could not be sent, and so on.
     *
     * @return one sentence each
     */
    public List<String> notes() {
        return notes;
    }

    /**
     * Whether exactly what should come back came back, each once, unchanged and in order, and at least one packet was sent.
     *
     * @return true if nothing is wrong
     */
    public boolean isOk() {
        return sent() > 0 && missing() == 0 && faults.isEmpty();
    }

    /**
     * The report for people, without the verdict.
     *
     * @return several lines
     */
    public String details() {
        return ReportText.details(this);
    }

    /**
     * The report for people.
     *
     * @return several lines, the last of which is the verdict
     */
    @Override
    public String toString() {
        return ReportText.of(this);
    }
}

package io.github.gwlb4j.simulator;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Counts one run. Not thread-safe. Each packet sent ends in exactly one of returned, missing and dropped as expected. */
final class RunCounters {
    private static final long LONGEST_ROUND_TRIP_NS = 60_000_000_000L;
    private static final int ROUND_TRIP_DIGITS = 3;

    /** One row of the report. */
    private static final class Row {
        private long sent;
        private long returned;
        private long intact;
        private long missing;
        private long dropped;
    }

    private final Map<String, Row> rows = new LinkedHashMap<>();
    private final EnumMap<ReplyFault, Long> faults = new EnumMap<>(ReplyFault.class);
    private final Histogram roundTrips = new Histogram(LONGEST_ROUND_TRIP_NS, ROUND_TRIP_DIGITS);
    private long received;
    private long sent;
    private long sentBytes;

    private Row row(OutboundPacket packet) {
        Row row = rows.get(packet.kind());
        if (row == null) {
            row = new Row();
            rows.put(packet.kind(), row);
        }
        return row;
    }

    void sent(OutboundPacket packet) {
        row(packet).sent++;
        sent++;
        sentBytes += packet.datagram().length;
    }

    /** A packet was given up. */
    void expired(SentPacket sent) {
        Row row = row(sent.packet);
        if (sent.packet.isExpectedBack()) {
            row.missing++;
        } else {
            row.dropped++;
        }
    }

    /** A datagram came; sent is null if it is the reply to nothing. */
    void received(SentPacket sent, EnumSet<ReplyFault> found, long receivedNs) {
        received++;
        for (ReplyFault fault : found) {
            faults.merge(fault, 1L, Long::sum);
        }
        if (sent != null && sent.state == SentPacket.State.OUTSTANDING) {
            Row row = row(sent.packet);
            row.returned++;
            if (found.isEmpty()) {
                row.intact++;
            }
            roundTrips.recordValue(Math.min(LONGEST_ROUND_TRIP_NS, receivedNs - sent.sentNs));
        }
    }

    Map<String, SimulationReport.KindCount> byKind() {
        Map<String, SimulationReport.KindCount> counts = new LinkedHashMap<>();
        rows.forEach((kind, row) -> counts.put(kind,
                new SimulationReport.KindCount(row.sent, row.returned, row.intact, row.missing, row.dropped)));
        return counts;
    }

    Map<ReplyFault, Long> faults() {
        return faults;
    }

    long sent() {
        return sent;
    }

    long received() {
        return received;
    }

    long sentBytes() {
        return sentBytes;
    }

    SimulationReport.RoundTrip roundTrip() {
        if (roundTrips.getTotalCount() == 0) {
            return new SimulationReport.RoundTrip(0, 0, 0, 0, 0, 0);
        }
        return new SimulationReport.RoundTrip(roundTrips.getValueAtPercentile(50), roundTrips.getValueAtPercentile(90),
                roundTrips.getValueAtPercentile(99), roundTrips.getValueAtPercentile(99.9), roundTrips.getMinValue(),
                roundTrips.getMaxValue());
    }
}

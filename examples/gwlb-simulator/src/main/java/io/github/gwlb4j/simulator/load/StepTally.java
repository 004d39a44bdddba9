package io.github.gwlb4j.simulator.load;

import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.simulator.ReplyFault;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What came back of one step. The receiver's thread writes; others read {@link #returned()} at any time, the rest when the
 * receiver has let go of it.
 */
final class StepTally {
    private static final int DIGITS = 3;
    private static final long MAX_LATENCY_NS = 3_600_000_000_000L;

    final int step;
    final Histogram latency = new Histogram(DIGITS);
    final Map<ReplyFault, Long> faults = new EnumMap<>(ReplyFault.class);
    final long[] returnedByInterval;
    long intact;
    long changed;
    long reordered;
    long duplicates;
    long stale;
    long unrecognised;
    long returnedBytes;
    private final long planned;
    private final long startNs;
    private final long intervalNs;
    private final LoadPackets packets;
    private final int targetAddress;
    private final int[] sourcePorts;
    /** A bit for each packet: whether it has come back. */
    private final long[] isBack;
    private final long[] latestByFlow;
    private final int runLength;
    private volatile long returned;

    StepTally(LoadSettings settings, LoadPackets packets, StepSchedule schedule, int[] sourcePorts) {
        this.step = schedule.step();
        this.packets = packets;
        this.planned = schedule.packets();
        this.startNs = schedule.startNs();
        this.intervalNs = schedule.intervalNs();
        this.sourcePorts = sourcePorts;
        this.targetAddress = PortableWire.number(settings.target().getAddress());
        this.runLength = settings.runLength();
        isBack = new long[Math.toIntExact((planned + 63) / 64)];
        latestByFlow = new long[settings.flows()];
        returnedByInterval = new long[schedule.intervals()];
    }

    /** Counts one datagram, once: unrecognised, of another step, a duplicate, or returned, which is intact or changed. */
    void count(ByteBuffer buffer, int offset, int lengthBytes, int sourceAddress, int sourcePort, long nowNs) {
        if (!packets.hasStamp(buffer, offset, lengthBytes)) {
            unrecognised++;
            fault(ReplyFault.NEVER_SENT);
            return;
        }
        long number = LoadPackets.number(buffer, offset);
        if (LoadPackets.step(buffer, offset) != step || number < 0 || number >= planned) {
            stale++;
            return;
        }
        if (!markBack(number)) {
            duplicates++;
            fault(ReplyFault.DUPLICATE);
            return;
        }
        ReplyFault fault = packets.check(buffer, offset, lengthBytes);
        if (fault == null && sourceAddress != targetAddress) {
            fault = ReplyFault.OUTER_SOURCE_ADDRESS;
        }
        if (fault == null && sourcePort != sourcePorts[packets.port(number)]) {
            fault = ReplyFault.UDP_SOURCE_PORT;
        }
        if (fault == null) {
            intact++;
        } else {
            changed++;
            fault(fault);
        }
        noteOrder(number);
        returnedBytes += lengthBytes - Gwlb.HEADER_LENGTH;
        latency.recordValue(Math.min(MAX_LATENCY_NS, Math.max(0, nowNs - LoadPackets.dueNs(buffer, offset))));
        int interval = (int) Math.min(returnedByInterval.length - 1, Math.max(0, nowNs - startNs) / intervalNs);
        returnedByInterval[interval]++;
        returned = returned + 1;
    }

    private boolean markBack(long number) {
        int word = (int) (number / 64);
        long bit = 1L << number % 64;
        boolean isFirst = (isBack[word] & bit) == 0;
        isBack[word] |= bit;
        return isFirst;
    }

    private void noteOrder(long number) {
        int flow = (int) (number / runLength % latestByFlow.length);
        if (number < latestByFlow[flow]) {
            reordered++;
            fault(ReplyFault.OUT_OF_ORDER);
        } else {
            latestByFlow[flow] = number;
        }
    }

    private void fault(ReplyFault fault) {
        faults.merge(fault, 1L, Long::sum);
    }

    long returned() {
        return returned;
    }
}

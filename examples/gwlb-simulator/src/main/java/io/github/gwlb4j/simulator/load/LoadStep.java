package io.github.gwlb4j.simulator.load;

import io.github.gwlb4j.simulator.ReplyFault;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What became of one rate. Immutable. Every packet is accounted for: sent = returned + lost, returned = intact + changed; each
 * further datagram is a duplicate, late (of an earlier step, whose count is closed) or unrecognised.
 *
 * @param packetsPerSecond   the rate that was asked for
 * @param planned            packets that the rate asks for
 * @param sent               packets that the kernel took
 * @param returned           packets that came back
 * @param intact             of those, the ones with every byte and the outer addresses and ports as they must be
 * @param changed            of those, the others
 * @param reordered          of those returned, the ones that a later packet of their flow had overtaken
 * @param duplicates         datagrams that came back more than once
 * @param late               datagrams of an earlier step
 * @param unrecognised       datagrams without a whole stamp of this test
 * @param faults             what was wrong, how often
 * @param sentBytes          inner bytes sent
 * @param returnedBytes      inner bytes returned
 * @param durationNs         how long was sent
 * @param latency            from when a packet was due until it was back, so a late sender makes it worse and not better
 * @param sendDelay          the part of it that is this program's: from when a packet was due until the kernel got it
 * @param ownDrops           replies that this program was too slow to read, lost at its own socket; -1: not known
 * @param fullBuffers        how often the kernel had no room for a packet to be sent
 * @param senderBusyPercent  processor time of the sending thread, 100 for one core
 * @param receiverBusyPercent processor time of the receiving thread, 100 for one core
 * @param intervals          the course of it
 */
public record LoadStep(int packetsPerSecond, long planned, long sent, long returned, long intact, long changed, long reordered,
        long duplicates, long late, long unrecognised, Map<ReplyFault, Long> faults, long sentBytes, long returnedBytes,
        long durationNs, Latency latency, Latency sendDelay, long ownDrops, long fullBuffers, int senderBusyPercent,
        int receiverBusyPercent, List<Interval> intervals) {
    private static final double MIN_SENT = 0.99;
    /** What is later than this comes in bursts, which may be lost where an even rate would not be. */
    private static final long MAX_SEND_DELAY_NS = 20_000_000;

    /**
     * A part of a step.
     *
     * @param startMs  from the step's start
     * @param lengthMs how long
     * @param sent     packets
     * @param returned packets
     */
    public record Interval(long startMs, long lengthMs, long sent, long returned) {
    }

    /**
     * Copies the collections.
     *
     * @param packetsPerSecond   rate asked for
     * @param planned            packets asked for
     * @param sent               packets sent
     * @param returned           packets returned
     * @param intact             packets intact
     * @param changed            packets changed
     * @param reordered          packets reordered
     * @param duplicates         duplicates
     * @param late               datagrams of an earlier step
     * @param unrecognised       other datagrams
     * @param faults             what was wrong
     * @param sentBytes          inner bytes sent
     * @param returnedBytes      inner bytes returned
     * @param durationNs         how long
     * @param latency            from due to back
     * @param sendDelay          from due to sent
     * @param ownDrops           lost at this program's socket
     * @param fullBuffers        send buffer full
     * @param senderBusyPercent  sender's processor time
     * @param receiverBusyPercent receiver's processor time
     * @param intervals          course
     */
    public LoadStep {
        faults = Map.copyOf(faults);
        intervals = List.copyOf(intervals);
    }

    /**
     * Packets that did not come back in time.
     *
     * @return sent − returned
     */
    public long lost() {
        return sent - returned;
    }

    /**
     * The part of the packets sent that did not come back.
     *
     * @return 0 to 1
     */
    public double lossRatio() {
        return sent == 0 ? 0 : (double) lost() / sent;
    }

    /**
     * The rate that was really sent.
     *
     * @return packets a second
     */
    public double sentPacketsPerSecond() {
        return sent * 1e9 / durationNs;
    }

    /**
     * The rate that came back.
     *
     * @return packets a second
     */
    public double returnedPacketsPerSecond() {
        return returned * 1e9 / durationNs;
    }

    /**
     * Inner bits that came back.
     *
     * @return bits a second
     */
    public double returnedBitsPerSecond() {
        return returnedBytes * 8e9 / durationNs;
    }

    /**
     * Whether all that came back was right; loss is another matter.
     *
     * @return true if nothing was changed, doubled or unrecognised
     */
    public boolean isClean() {
        return changed == 0 && duplicates == 0 && unrecognised == 0;
    }

    /**
     * Whether as many packets were sent as the rate asks for.
     *
     * @return false below 99 %
     */
    public boolean isRateKept() {
        return sent >= MIN_SENT * planned;
    }

    /**
     * What this program itself could not do, so that loss says less about the appliance.
     *
     * @return sentences; empty if it kept the rate evenly and read all that came
     */
    public List<String> generatorLimits() {
        List<String> limits = new ArrayList<>();
        if (!isRateKept()) {
            limits.add(String.format(Locale.ROOT, "sent %.1f %% of the packets asked for", 100.0 * sent / planned));
        }
        if (sendDelay.p99Ns() > MAX_SEND_DELAY_NS) {
            limits.add(String.format(Locale.ROOT, "sent late, p99 %.0f ms after they were due", sendDelay.p99Ns() / 1e6));
        }
        if (ownDrops > 0) {
            limits.add(String.format(Locale.ROOT, "%,d replies lost at the generator's own socket", ownDrops));
        }
        return limits;
    }
}

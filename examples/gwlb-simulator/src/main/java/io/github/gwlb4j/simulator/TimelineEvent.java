package io.github.gwlb4j.simulator;

import java.util.Locale;

/**
 * What became of one entry of a {@link Timeline}. Immutable; usable from any thread.
 *
 * @param atNs        when it was to happen or begin, in nanoseconds of the timeline since the start of the run
 * @param description what was to happen
 * @param hasHappened false if the traffic ended before
 * @param concerned   how many it has happened to
 * @param unit        what was counted: {@code flows} or {@code packets}
 */
public record TimelineEvent(long atNs, String description, boolean hasHappened, long concerned, String unit) {
    /**
     * Whether it has happened, to at least one flow or packet. If not, the run has not tested what it was meant to.
     *
     * @return true if all is well
     */
    public boolean isEffective() {
        return hasHappened && concerned > 0;
    }

    /**
     * Says it in one line.
     *
     * @return for example {@code 0.5 s  failover from node 1 to node 2: 8 flows}
     */
    @Override
    public String toString() {
        String one = concerned == 1 ? unit.substring(0, unit.length() - 1) : unit;
        String outcome = !hasHappened ? "DID NOT HAPPEN, the traffic ended before"
                : concerned == 0 ? "CONCERNED NO " + one.toUpperCase(Locale.ROOT) : concerned + " " + one;
        return Impairment.number(atNs / 1e9) + " s  " + description + ": " + outcome;
    }
}

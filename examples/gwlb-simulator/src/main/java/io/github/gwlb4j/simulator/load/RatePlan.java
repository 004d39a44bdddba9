package io.github.gwlb4j.simulator.load;

import java.util.List;
import java.util.OptionalInt;

/** Which rates are tried. A plan has no memory: it tells the next rate from what the ones before have brought. */
public interface RatePlan {
    /** Most steps of a test. */
    int MAX_STEPS = 100;
    /** Highest rate in packets a second. */
    int MAX_RATE = 100_000_000;

    /**
     * The next rate.
     *
     * @param done    steps so far
     * @param maxLoss the part of packets that may be lost in a step that counts as passed
     * @return packets a second, empty if there is nothing left to try
     */
    OptionalInt next(List<LoadStep> done, double maxLoss);

    /**
     * How many steps there may be.
     *
     * @return 1 to {@link #MAX_STEPS}
     */
    int maxSteps();

    /**
     * Whether it looks for the highest rate, so that there is one answer.
     *
     * @return false if the rates are given
     */
    boolean isSearch();

    /**
     * Tries given rates, all of them.
     *
     * @param rates packets a second, in the order of trying
     * @return the plan
     * @throws IllegalArgumentException if there is none, too many, or one is not 1 to {@value #MAX_RATE}
     */
    static RatePlan of(List<Integer> rates) {
        return new RateSteps(rates);
    }

    /**
     * Looks for the highest rate that passes: doubles the lowest until one fails, then halves the gap until it is small. A rate
     * fails if it fails twice.
     *
     * @param minRate    packets a second to start with
     * @param maxRate    packets a second to end with
     * @param resolution when to stop, as a part of the rate: 0.05 finds it to 5 %
     * @return the plan
     * @throws IllegalArgumentException if a number is out of range
     */
    static RatePlan search(int minRate, int maxRate, double resolution) {
        return new RateSearch(minRate, maxRate, resolution);
    }
}

package io.github.gwlb4j.simulator.load;

import java.util.List;
import java.util.OptionalInt;

/** Doubling, then halving the gap; a rate that fails gets a second chance, because machines hiccup. Immutable. */
record RateSearch(int minRate, int maxRate, double resolution) implements RatePlan {
    private static final double FINEST = 0.001;
    /** Doublings of an int, and halvings down to the finest resolution, twice. */
    private static final int STEPS = 96;
    private static final int ATTEMPTS = 2;

    RateSearch {
        RateSteps.requireRate(minRate);
        RateSteps.requireRate(maxRate);
        if (minRate >= maxRate) {
            throw new IllegalArgumentException("the lowest rate " + minRate + " must be below the highest, " + maxRate);
        }
        if (!(resolution >= FINEST && resolution <= 1)) {
            throw new IllegalArgumentException("resolution " + resolution + " is not in " + FINEST + "..1");
        }
    }

    @Override
    public OptionalInt next(List<LoadStep> done, double maxLoss) {
        if (done.isEmpty()) {
            return OptionalInt.of(minRate);
        }
        int latest = done.get(done.size() - 1).packetsPerSecond();
        int failed = LoadReport.lowestFailed(done, maxLoss).orElse(0);
        boolean hasSecondChance = latest == failed && done.stream().filter(step -> step.packetsPerSecond() == latest).count() < ATTEMPTS;
        if (hasSecondChance && done.size() < STEPS) {
            return OptionalInt.of(latest);
        }
        int passed = LoadReport.capacity(done, maxLoss).orElse(0);
        if (passed == 0 || passed == maxRate || done.size() == STEPS) {
            return OptionalInt.empty();
        }
        if (failed == 0) {
            return OptionalInt.of((int) Math.min(maxRate, 2L * passed));
        }
        boolean isCloseEnough = failed - passed <= Math.max(1, resolution * passed);
        return isCloseEnough ? OptionalInt.empty() : OptionalInt.of(passed + (failed - passed) / 2);
    }

    @Override
    public int maxSteps() {
        double halvings = Math.log(1 / resolution) / Math.log(2);
        double doublings = Math.log((double) maxRate / minRate) / Math.log(2);
        return (int) Math.min(STEPS, Math.ceil(doublings) + ATTEMPTS * (Math.ceil(halvings) + 2));
    }

    @Override
    public boolean isSearch() {
        return true;
    }

    @Override
    public String toString() {
        return "search from " + minRate + " to " + maxRate + " packets/s";
    }
}

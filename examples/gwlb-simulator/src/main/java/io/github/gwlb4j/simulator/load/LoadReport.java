package io.github.gwlb4j.simulator.load;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a load test has found. Immutable.
 *
 * @param settings   what was sent
 * @param plan       which rates were to be tried, in words
 * @param maxLoss    the part of packets that may be lost in a step that counts as passed
 * @param isSearch   whether the plan looked for the highest rate
 * @param wire       how packets were sent and received, in words
 * @param cores      processors that this program sees
 * @param isLocal    whether the appliance runs on this machine, on the same processors
 * @param isComplete false if it was stopped before its end
 * @param steps      in the order of trying; a test that was stopped may have none
 */
public record LoadReport(LoadSettings settings, String plan, double maxLoss, boolean isSearch, String wire, int cores,
        boolean isLocal, boolean isComplete, List<LoadStep> steps) {
    /**
     * Copies the list.
     *
     * @param settings   what was sent
     * @param plan       which rates
     * @param maxLoss    tolerated loss
     * @param isSearch   whether it searched
     * @param wire       how it sent
     * @param cores      processors
     * @param isLocal    whether the appliance is on this machine
     * @param isComplete whether it ran to its end
     * @param steps      in order
     */
    public LoadReport {
        steps = List.copyOf(steps);
    }

    static boolean hasPassed(LoadStep step, double maxLoss) {
        return step.sent() > 0 && step.isRateKept() && step.lossRatio() <= maxLoss && step.isClean();
    }

    /**
     * Whether a step counts as passed: the rate was kept, little enough was lost, and nothing came back wrong.
     *
     * @param step of this report
     * @return true if so
     */
    public boolean hasPassed(LoadStep step) {
        return hasPassed(step, maxLoss);
    }

    /** The lowest rate that never passed, however often it was tried. */
    static OptionalInt lowestFailed(List<LoadStep> steps, double maxLoss) {
        Set<Integer> passed = steps.stream().filter(step -> hasPassed(step, maxLoss)).map(LoadStep::packetsPerSecond)
                .collect(Collectors.toSet());
        return steps.stream().mapToInt(LoadStep::packetsPerSecond).filter(rate -> !passed.contains(rate)).min();
    }

    /** The highest rate that passed, below any that never did. */
    static OptionalInt capacity(List<LoadStep> steps, double maxLoss) {
        int failed = lowestFailed(steps, maxLoss).orElse(Integer.MAX_VALUE);
        return steps.stream().mapToInt(LoadStep::packetsPerSecond).filter(rate -> rate < failed).max();
    }

    /**
     * The highest rate that passed, below any that never did.
     *
     * @return packets a second; empty if the lowest rate failed already
     */
    public OptionalInt capacity() {
        return capacity(steps, maxLoss);
    }

    /**
     * Whether this program was a bottleneck at the lowest rate that failed: then the appliance may be able to take more.
     *
     * @return false if the appliance was the limit, or no rate failed
     */
    public boolean isGeneratorTheLimit() {
        OptionalInt failed = lowestFailed(steps, maxLoss);
        return failed.isPresent() && steps.stream().filter(step -> step.packetsPerSecond() == failed.getAsInt())
                .anyMatch(step -> !step.generatorLimits().isEmpty());
    }

    /**
     * Whether nothing failed for another reason than too high a rate.
     *
     * @return true if some rate passed and nothing came back wrong
     */
    public boolean isOk() {
        return capacity().isPresent() && steps.stream().allMatch(LoadStep::isClean);
    }

    /**
     * The answer in one sentence.
     *
     * @return a sentence
     */
    public String verdict() {
        if (steps.stream().mapToLong(LoadStep::returned).sum() == 0) {
            return "Nothing came back. Does the appliance listen at " + text() + ", and does it let UDP from 10.64.0.0/16 to 10.200.0.1 "
                    + "port 7000 pass? The command 'run' tells what is wrong with replies that go astray.";
        }
        String loss = String.format(Locale.ROOT, "%s %% loss", trimmed(100 * maxLoss));
        if (capacity().isEmpty()) {
            return isGeneratorTheLimit() ? "No rate passed: this program could not do its part at the lowest rate already."
                    : "No rate passed: at the lowest one more than " + loss + ", or replies were wrong.";
        }
        String rate = String.format(Locale.ROOT, "%,d packets/s", capacity().getAsInt());
        if (lowestFailed(steps, maxLoss).isEmpty()) {
            return "The appliance takes at least " + rate + " with at most " + loss + ", the highest rate tried.";
        }
        return isGeneratorTheLimit()
                ? "The appliance takes at least " + rate + " with at most " + loss + "; above that this program was a bottleneck itself."
                : "The appliance takes " + rate + " with at most " + loss + ".";
    }

    private String text() {
        return settings.target().getAddress().getHostAddress() + ", UDP port " + settings.target().getPort();
    }

    private static String trimmed(double percent) {
        return BigDecimal.valueOf(percent).stripTrailingZeros().toPlainString();
    }

    /**
     * What a reader must know to judge the figures.
     *
     * @return sentences, possibly none
     */
    public List<String> notes() {
        List<String> notes = new ArrayList<>();
        if (isLocal) {
            notes.add("The appliance runs on this machine and shares its " + cores + " processors with this program: on a machine of "
                    + "its own it can take more.");
        }
        if (!isComplete) {
            notes.add("The test was stopped before its end.");
        }
        if (isGeneratorTheLimit()) {
            notes.add("This program was a bottleneck itself in some steps, see there. Larger --run, fewer --flows, or more programs "
                    + "at once with a source address each take it further.");
        }
        if (steps.stream().anyMatch(step -> step.ownDrops() > 0)) {
            notes.add("Replies were lost at this program's own socket and count as lost: raise net.core.rmem_max, or run as root.");
        }
        return notes;
    }

    @Override
    public String toString() {
        return LoadText.of(this);
    }
}

package io.github.gwlb4j.simulator.scenario;

/**
 * One thing that a scenario expects, and what came of it. Immutable; usable from any thread.
 *
 * @param name   what is counted, for example {@code missing}, {@code dns missing} or {@code flow-cookie}
 * @param wanted for example {@code at most 5}
 * @param was    what was seen
 * @param holds  whether that is as wanted
 */
public record Expectation(String name, String wanted, String was, boolean holds) {
    /**
     * Says it in one line.
     *
     * @return for example {@code missing: at most 5, was 7}
     */
    @Override
    public String toString() {
        return name + ": " + wanted + ", was " + was;
    }
}

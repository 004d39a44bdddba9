package io.github.gwlb4j.simulator.scenario;

import io.github.gwlb4j.simulator.SimulationReport;
import java.util.List;

/** What came of a {@link Scenario}. Immutable; usable from any thread. */
public final class ScenarioReport {
    private final String name;
    private final SimulationReport simulation;
    private final List<Expectation> expectations;

    ScenarioReport(String name, SimulationReport simulation, List<Expectation> expectations) {
        this.name = name;
        this.simulation = simulation;
        this.expectations = List.copyOf(expectations);
    }

    /**
     * The scenario's name.
     *
     * @return as {@link Scenario#name()}
     */
    public String name() {
        return name;
    }

    /**
     * What was sent and what came back.
     *
     * @return the report of the run; its own verdict knows nothing of the scenario's expectations
     */
    public SimulationReport simulation() {
        return simulation;
    }

    /**
     * Everything that was expected: what the file names first, then what goes without saying.
     *
     * @return at least one
     */
    public List<Expectation> expectations() {
        return expectations;
    }

    /**
     * The expectations that do not hold.
     *
     * @return empty if all is as expected
     */
    public List<Expectation> failures() {
        return expectations.stream().filter(expectation -> !expectation.holds()).toList();
    }

    /**
     * Whether all expectations hold.
     *
     * @return true if nothing is wrong
     */
    public boolean isOk() {
        return failures().isEmpty();
    }

    /**
     * The report for people.
     *
     * @return several lines, the last of which is the verdict
     */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(2048).append("Scenario: ").append(name).append("\n\n").append(simulation.details());
        text.append("\nExpectations:\n");
        expectations.forEach(expectation -> text.append(expectation.holds() ? "  ok      " : "  FAILED  ").append(expectation).append('\n'));
        return text.append(verdict()).toString();
    }

    private String verdict() {
        List<Expectation> failures = failures();
        if (failures.isEmpty()) {
            return "OK: all " + expectations.size() + " expectations hold.";
        }
        return "FAILED: " + failures.size() + " of " + expectations.size() + " expectations: "
                + String.join("; ", failures.stream().map(Expectation::toString).toList()) + ".";
    }
}

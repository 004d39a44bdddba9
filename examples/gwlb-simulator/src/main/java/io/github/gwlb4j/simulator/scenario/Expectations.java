package io.github.gwlb4j.simulator.scenario;

import io.github.gwlb4j.simulator.ReplyFault;
import io.github.gwlb4j.simulator.SimulationReport;
import io.github.gwlb4j.simulator.SimulationReport.KindCount;
import io.github.gwlb4j.simulator.TimelineEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * What a scenario expects of an appliance. Immutable.
 *
 * <p>What the file does not name is expected all the same: something is sent, nothing is missing, no reply has a fault, and
 * each entry of the timeline happens.
 */
final class Expectations {
    private static final String MISSING = "missing";
    private static final String SENT = "sent";
    private static final Map<String, ToLongFunction<KindCount>> COUNTS = counts();
    private static final Map<String, ToLongFunction<SimulationReport>> TOTALS = totals();

    private final Map<String, Bound> totals;
    private final Map<String, Map<String, Bound>> rows;

    /**
     * Expectations as a file has them.
     *
     * @param totals bounds by a name of {@link #totalNames}
     * @param rows   bounds by row of the report and a name of {@link #rowNames}
     */
    Expectations(Map<String, Bound> totals, Map<String, Map<String, Bound>> rows) {
        this.totals = new LinkedHashMap<>(totals);
        this.rows = new LinkedHashMap<>(rows);
    }

    private static Map<String, ToLongFunction<KindCount>> counts() {
        Map<String, ToLongFunction<KindCount>> counts = new LinkedHashMap<>();
        counts.put(SENT, KindCount::sent);
        counts.put("returned", KindCount::returned);
        counts.put("intact", KindCount::intact);
        counts.put(MISSING, KindCount::missing);
        counts.put("dropped", KindCount::droppedAsExpected);
        return counts;
    }

    private static Map<String, ToLongFunction<SimulationReport>> totals() {
        Map<String, ToLongFunction<SimulationReport>> totals = new LinkedHashMap<>();
        COUNTS.forEach((name, count) -> totals.put(name, report -> count.applyAsLong(report.total())));
        totals.put("received", SimulationReport::received);
        totals.put("unexpected", SimulationReport::unexpected);
        for (ReplyFault fault : ReplyFault.values()) {
            totals.put(fault.label(), report -> report.faults().getOrDefault(fault, 0L));
        }
        return totals;
    }

    /** What can be expected of the run as a whole. */
    static List<String> totalNames() {
        return List.copyOf(TOTALS.keySet());
    }

    /** What can be expected of one row of the report. */
    static List<String> rowNames() {
        return List.copyOf(COUNTS.keySet());
    }

    /** Holds a report against the expectations: first what the file names, then what goes without saying. */
    List<Expectation> check(SimulationReport report) {
        List<Expectation> checked = new ArrayList<>();
        totals.forEach((name, bound) -> checked.add(check(name, bound, TOTALS.get(name).applyAsLong(report), report.sent())));
        rows.forEach((row, bounds) -> {
            KindCount count = report.byKind().getOrDefault(row, new KindCount(0, 0, 0, 0, 0));
            bounds.forEach((name, bound) -> checked.add(check(row + " " + name, bound, COUNTS.get(name).applyAsLong(count), count.sent())));
        });
        addDefaults(report, checked);
        return checked;
    }

    private static Expectation check(String name, Bound bound, long value, long sent) {
        return new Expectation(name, bound.toString(), bound.describe(value, sent), bound.holds(value, sent));
    }

    private void addDefaults(SimulationReport report, List<Expectation> checked) {
        if (!totals.containsKey(SENT)) {
            checked.add(check(SENT, Bound.SOME, report.sent(), report.sent()));
        }
        if (!totals.containsKey(MISSING)) {
            checked.add(checkMissingElsewhere(report));
        }
        checked.add(checkOtherFaults(report));
        if (!report.events().isEmpty()) {
            checked.add(checkTimeline(report));
        }
    }

    private Expectation checkMissingElsewhere(SimulationReport report) {
        long missing = 0;
        boolean isElsewhere = false;
        for (Map.Entry<String, KindCount> row : report.byKind().entrySet()) {
            boolean isBound = rows.getOrDefault(row.getKey(), Map.of()).containsKey(MISSING);
            isElsewhere |= isBound;
            missing += isBound ? 0 : row.getValue().missing();
        }
        return check(isElsewhere ? "missing in other rows" : MISSING, Bound.NONE, missing, report.sent());
    }

    /** Each unexpected datagram has a fault too, so a bound for all unexpected ones covers those faults. */
    private Expectation checkOtherFaults(SimulationReport report) {
        Map<ReplyFault, Long> others = new LinkedHashMap<>(report.faults());
        others.keySet().removeIf(fault -> totals.containsKey(fault.label())
                || fault.isUnexpected() && totals.containsKey("unexpected"));
        boolean areSomeNamed = Arrays.stream(ReplyFault.values()).anyMatch(fault -> totals.containsKey(fault.label()));
        String was = others.isEmpty() ? "none" : others.entrySet().stream()
                .map(fault -> fault.getKey().label() + " " + fault.getValue()).collect(Collectors.joining(", "));
        return new Expectation(areSomeNamed ? "other faults" : "faults", "none", was, others.isEmpty());
    }

    private static Expectation checkTimeline(SimulationReport report) {
        List<TimelineEvent> idle = report.events().stream().filter(event -> !event.isEffective()).toList();
        int all = report.events().size();
        String was = all - idle.size() + " of " + all
                + (idle.isEmpty() ? "" : idle.stream().map(TimelineEvent::toString).collect(Collectors.joining("; ", ": ", "")));
        return new Expectation("timeline", "each entry happens to something", was, idle.isEmpty());
    }
}

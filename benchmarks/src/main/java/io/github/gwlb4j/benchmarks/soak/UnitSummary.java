package io.github.gwlb4j.benchmarks.soak;

import io.github.gwlb4j.simulator.ReplyFault;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Takes together what all observers of one appliance have seen. Stateless. */
final class UnitSummary {
    private UnitSummary() {
    }

    static UnitResult of(SoakUnit unit, Growth first, Growth last, boolean isCalm, Map<String, Double> pauses) throws IOException {
        HealthWatch health = unit.health();
        return new UnitResult(unit.role(), health.total(), health.answers(), health.violations(), health.firstViolation(), health.unhealthy(),
                health.unanswered(), first, last, unit.restarts(), unit.unexpectedEnds(), load(unit), unit.badDatagrams().sent(),
                BadDatagrams.REASONS.stream().mapToLong(health.total()::dropped).sum(),
                unit.files().logLines("Exception in thread ") + unit.files().logLines("UncaughtExceptionHandler"), wrong(unit),
                unit.transfer() == null ? 0 : breaks(unit.transfer().connections()), isCalm, pauses);
    }

    /** One connection is as it should be. None at all is no better than one that broke. */
    static long breaks(long connections) {
        return Math.abs(connections - 1);
    }

    private static Map<String, Long> load(SoakUnit unit) {
        Map<String, Long> load = new LinkedHashMap<>();
        load.put("probe: datagrams sent", unit.probe().sent());
        load.put("probe: datagrams back, each byte right", unit.probe().intact());
        if (unit.transfer() != null) {
            load.put("TCP transfer: bytes, each right", unit.transfer().bytes());
        }
        load.put("short TCP connections closed by FIN", unit.connections().completed());
        load.put("short TCP connections ended by RST", unit.connections().reset());
        load.put("short TCP connections that failed (during faults)", unit.connections().failed());
        if (unit.simulated() != null) {
            load.put("simulated traffic: runs", unit.simulated().runs());
            load.put("simulated traffic: runs without loss", unit.simulated().cleanRuns());
            load.put("simulated traffic: packets sent", unit.simulated().sent());
            load.put("simulated traffic: back, each byte right", unit.simulated().intact());
            load.put("simulated traffic: missing (during faults)", unit.simulated().missing());
            SimulatedTraffic.HARMLESS.forEach(fault -> load.put("simulated traffic: " + fault.label() + " (during faults)",
                    unit.simulated().faults().getOrDefault(fault, 0L)));
            load.put("simulated traffic: runs that could not start (during faults)", unit.simulated().refusedRuns());
        }
        return load;
    }

    private static Map<String, Long> wrong(SoakUnit unit) {
        Map<String, Long> wrong = new LinkedHashMap<>();
        put(wrong, "probe: wrong bytes", unit.probe().wrong());
        put(wrong, "short connections: wrong bytes", unit.connections().wrong());
        if (unit.transfer() != null) {
            put(wrong, "transfer: wrong bytes", unit.transfer().wrong());
        }
        for (Map.Entry<ReplyFault, Long> fault : unit.lab().report().faults().entrySet()) {
            put(wrong, "load balancer: " + fault.getKey().label(), fault.getValue());
        }
        if (unit.simulated() != null) {
            unit.simulated().faults().forEach((fault, count) -> put(wrong, "simulated traffic: " + fault.label(), isHarmless(fault) ? 0 : count));
        }
        return wrong;
    }

    private static boolean isHarmless(ReplyFault fault) {
        return SimulatedTraffic.HARMLESS.contains(fault);
    }

    private static void put(Map<String, Long> wrong, String name, long count) {
        if (count > 0) {
            wrong.put(name, count);
        }
    }
}

package io.github.gwlb4j.benchmarks.soak;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * An appliance's counters as its health page shows them in JSON. Immutable.
 *
 * @param received         packets from the load balancer
 * @param read             packets read from interfaces
 * @param forwarded        packets sent back
 * @param delivered        packets written into interfaces
 * @param droppedByHandler by verdict
 * @param held             waiting for their tunnel
 * @param drops            by reason, all of them
 * @param others           further counters and gauges, by their name in JSON
 * @param problems         why it is not healthy; empty if it is
 */
record Counters(long received, long read, long forwarded, long delivered, long droppedByHandler, long held, Map<String, Long> drops,
                Map<String, Long> others, List<String> problems) {
    static final String TUNNELS_ADOPTED = "tunnelsAdopted";
    static final String FLOWS_ADOPTED = "flowsAdopted";
    static final Counters ZERO = new Counters(0, 0, 0, 0, 0, 0, Map.of(), Map.of(), List.of("no answer yet"));

    static Counters of(JsonNode page) {
        Map<String, Long> drops = new TreeMap<>();
        page.path("drops").properties().forEach(entry -> drops.put(entry.getKey(), entry.getValue().asLong()));
        Map<String, Long> others = new TreeMap<>();
        page.properties().forEach(entry -> {
            if (entry.getValue().isNumber()) {
                others.put(entry.getKey(), entry.getValue().asLong());
            }
        });
        others.put(TUNNELS_ADOPTED, page.path("adopted").path("tunnels").asLong());
        others.put(FLOWS_ADOPTED, page.path("adopted").path("flows").asLong());
        List<String> problems = new ArrayList<>();
        page.path("problems").forEach(problem -> problems.add(problem.asText()));
        return new Counters(packets(page, "received"), packets(page, "readFromInterfaces"), packets(page, "forwarded"),
                packets(page, "deliveredToInterfaces"), page.path("droppedByHandler").asLong(), page.path("heldPackets").asLong(), drops,
                others, problems);
    }

    private static long packets(JsonNode page, String name) {
        return page.path(name).path("packets").asLong(-1);
    }

    long dropped(String reason) {
        return drops.getOrDefault(reason, 0L);
    }

    long other(String name) {
        return others.getOrDefault(name, 0L);
    }

    long in() {
        return received + read;
    }

    long out() {
        return forwarded + delivered;
    }

    long droppedByReason() {
        return drops.values().stream().mapToLong(Long::longValue).sum();
    }

    /** received + read from interfaces = forwarded + delivered to interfaces + dropped by the handler + held + drops by reason. */
    boolean isBalanced() {
        return received >= 0 && in() == out() + droppedByHandler + held + droppedByReason();
    }

    /** Whether a process started later says this; by whole seconds, so not within the first. */
    boolean isOfYoungerProcess(Counters earlier) {
        return other("uptimeSeconds") < earlier.other("uptimeSeconds");
    }

    /** Whether no counter has gone back since then. */
    boolean isNotBefore(Counters earlier) {
        return received >= earlier.received && read >= earlier.read && forwarded >= earlier.forwarded && delivered >= earlier.delivered
                && droppedByHandler >= earlier.droppedByHandler
                && earlier.drops.entrySet().stream().allMatch(drop -> dropped(drop.getKey()) >= drop.getValue());
    }

    /** Counts of two processes, one after the other. */
    Counters plus(Counters other) {
        Map<String, Long> sum = new TreeMap<>(drops);
        other.drops.forEach((reason, count) -> sum.merge(reason, count, Long::sum));
        Map<String, Long> sumOfOthers = new TreeMap<>(others);
        other.others.forEach((name, count) -> sumOfOthers.merge(name, count, Long::sum));
        return new Counters(received + other.received, read + other.read, forwarded + other.forwarded, delivered + other.delivered,
                droppedByHandler + other.droppedByHandler, held + other.held, sum, sumOfOthers, other.problems);
    }
}

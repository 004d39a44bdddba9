package io.github.gwlb4j.firewall;

import io.github.gwlb4j.firewall.state.PolicyVersion;
import io.github.gwlb4j.firewall.state.RuleTally;
import java.util.List;

/**
 * What each rule has decided, by all workers together. Immutable.
 *
 * <p>A worker that has not taken the newest rules into use yet is counted as though it had.
 *
 * @param version the rules
 * @param tallies of each worker, all of this version
 */
record RuleTotals(PolicyVersion version, List<RuleTally> tallies) {
    static RuleTotals of(PolicyVersion version, List<Firewall> workers) {
        return new RuleTotals(version, workers.stream().map(Firewall::tally)
                .map(tally -> tally.version() == version ? tally : tally.carriedOver(version)).toList());
    }

    long packets(int rule) {
        return tallies.stream().mapToLong(tally -> tally.packets(rule)).sum();
    }

    long bytes(int rule) {
        return tallies.stream().mapToLong(tally -> tally.bytes(rule)).sum();
    }

    long connections(int rule) {
        return tallies.stream().mapToLong(tally -> tally.connections(rule)).sum();
    }
}

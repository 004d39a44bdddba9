package io.github.gwlb4j.benchmarks.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Decides what a run has shown. Stateless: figures in, checks out. */
final class Judge {
    private static final long MAX_HEAP_GROWTH = 6L << 20;
    /** Code that is compiled late, thread stacks, the C library's arenas. */
    private static final long MAX_RSS_GROWTH = 64L << 20;
    private static final long MAX_DESCRIPTOR_GROWTH = 12;
    /** The JVM starts compiler and collector threads as it needs them. */
    private static final long MAX_THREAD_GROWTH = 8;
    /** What each run of the simulated traffic brings new, three of them: how many are there at once. */
    private static final long MAX_TUNNEL_GROWTH = 8;
    private static final long MAX_REPLY_SOCKET_GROWTH = 64;
    private static final long MAX_FLOW_GROWTH = 400;
    /** Of the malformed datagrams; the others meet a link that is down, a full buffer, or a process that is killed before it tells. */
    private static final double LEAST_DROPPED = 0.7;

    private Judge() {
    }

    static List<Check> judge(List<UnitResult> units, List<FaultOutcome> outcomes, Set<String> wanted, List<String> ownFailures) {
        List<Check> checks = new ArrayList<>();
        units.forEach(unit -> judge(unit, checks));
        judge(outcomes, wanted, checks);
        checks.add(new Check("the soak test's own threads went on", ownFailures.isEmpty(), String.join("; ", ownFailures)));
        return checks;
    }

    private static void judge(UnitResult unit, List<Check> checks) {
        String name = unit.role().label() + ": ";
        checks.add(new Check(name + "received + read = forwarded + delivered + dropped by handler + held + drops by reason, and no counter went back",
                unit.invariantChecks() > 0 && unit.violations() == 0, unit.invariantChecks() + " snapshots, " + unit.violations()
                + " wrong" + (unit.firstViolation() == null ? "" : "; first: " + unit.firstViolation())));
        checks.add(new Check(name + "traffic flowed", unit.total().received() > 0 && unit.total().forwarded() > 0,
                unit.total().received() + " received, " + unit.total().forwarded() + " sent back"));
        checks.add(new Check(name + "what is malformed was dropped, and nothing else as malformed",
                unit.malformedDropped() >= LEAST_DROPPED * unit.malformedSent() && unit.malformedDropped() <= unit.malformedSent(),
                unit.malformedSent() + " sent, " + unit.malformedDropped() + " dropped for their reasons"));
        checks.add(new Check(name + "no thread ended by an exception that nobody caught", unit.threadDeaths() == 0,
                unit.threadDeaths() + " in the log"));
        checks.add(new Check(name + "nothing came back wrong", unit.wrong().isEmpty(), unit.wrong().toString()));
        checks.add(new Check(name + "the TCP transfer never broke", unit.transferBreaks() == 0, unit.transferBreaks() + " times"));
        checks.add(new Check(name + "the process ended only when killed", unit.unexpectedEnds().isEmpty(), String.join("; ", unit.unexpectedEnds())));
        checks.add(new Check(name + "calm at the end: everything comes back", unit.isCalmAtTheEnd(), ""));
        if (unit.first() != null && unit.last() != null) {
            judgeGrowth(name, unit.first(), unit.last(), checks);
        } else {
            checks.add(new Check(name + "figures of growth were to be had", unit.role() == Role.MORTAL, "of a process that is killed there are none"));
        }
    }

    private static void judgeGrowth(String name, Growth first, Growth last, List<Check> checks) {
        checks.add(growth(name + "heap after GC", first.heapBytes(), last.heapBytes(), MAX_HEAP_GROWTH));
        checks.add(growth(name + "RSS", first.rssBytes(), last.rssBytes(), MAX_RSS_GROWTH));
        checks.add(growth(name + "descriptors", first.descriptors(), last.descriptors(), MAX_DESCRIPTOR_GROWTH));
        checks.add(growth(name + "threads", first.threads(), last.threads(), MAX_THREAD_GROWTH));
        checks.add(growth(name + "tunnels that do not idle out", first.tunnels(), last.tunnels(), MAX_TUNNEL_GROWTH));
        checks.add(growth(name + "reply sockets that do not close", first.replySockets(), last.replySockets(), MAX_REPLY_SOCKET_GROWTH));
        checks.add(growth(name + "flows that do not time out", first.flows(), last.flows(), MAX_FLOW_GROWTH));
    }

    private static Check growth(String what, long first, long last, long most) {
        return new Check(what + " did not grow", last - first <= most, first + " -> " + last + " (at most " + most + " more)");
    }

    private static void judge(List<FaultOutcome> outcomes, Set<String> wanted, List<Check> checks) {
        Set<String> never = new TreeSet<>(wanted);
        Set<String> unseen = new TreeSet<>();
        outcomes.forEach(outcome -> never.remove(outcome.title()));
        outcomes.stream().filter(outcome -> outcome.seen() == null).forEach(outcome -> unseen.add(outcome.title()));
        outcomes.stream().filter(outcome -> outcome.seen() != null).forEach(outcome -> unseen.remove(outcome.title()));
        checks.add(new Check("each fault was injected", never.isEmpty(), never.isEmpty() ? wanted.size() + " faults" : "not: " + never));
        checks.add(new Check("each fault reached its appliance", unseen.isEmpty(), unseen.isEmpty() ? "" : "no sign of " + unseen));
        List<FaultOutcome> bad = outcomes.stream().filter(outcome -> !outcome.problems().isEmpty()).toList();
        checks.add(new Check("all was well after each of " + outcomes.size() + " injections", bad.isEmpty(), bad.isEmpty() ? ""
                : bad.size() + " were not: " + bad.stream().map(outcome -> outcome.title() + " at " + outcome.atSeconds() + " s "
                + outcome.problems()).toList()));
    }
}

package io.github.gwlb4j.benchmarks.soak;

import io.github.gwlb4j.benchmarks.soak.Fault.Effect;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Injects one fault and waits until all is well again. */
final class FaultRun {
    /** TCP itself waits twice as long after each loss, so after an outage of 5 s it may be silent for 10 s more. */
    private static final Duration TRANSFER_LIMIT = Duration.ofSeconds(40);

    private FaultRun() {
    }

    static FaultOutcome of(Fault fault, SoakUnit unit, long runSinceNs) throws InterruptedException {
        List<String> problems = new ArrayList<>();
        Counters before = fault.effect() == Effect.KILLS ? Counters.ZERO : unit.health().last();
        long violations = unit.health().violations();
        int ends = unit.unexpectedEnds().size();
        ApplianceProcess process = unit.process();
        long beginNs = System.nanoTime();
        unit.probe().mark();
        unit.health().mark();
        inject(fault, unit, problems);
        long endNs = System.nanoTime();

        long recoveryNs = unit.probe().awaitRecovery(endNs, fault.limit());
        long transferNs = unit.transfer() == null ? 0 : unit.transfer().awaitProgress(endNs, TRANSFER_LIMIT);
        if (!unit.health().awaitHealthy(fault.limit())) {
            problems.add("health page does not say healthy within " + fault.limit().toSeconds() + " s: " + unit.health().last().problems());
        }
        long gapMs = TimeUnit.NANOSECONDS.toMillis(unit.probe().longestGapNs());
        if (recoveryNs < 0) {
            problems.add("traffic does not pass within " + fault.limit().toSeconds() + " s");
        }
        if (transferNs < 0) {
            problems.add("the TCP transfer stands still for " + TRANSFER_LIMIT.toSeconds() + " s");
        }
        if (gapMs > fault.effect().maxGapMs()) {
            problems.add("traffic stopped for " + gapMs + " ms, more than " + fault.effect().maxGapMs());
        }
        if (unit.health().violations() > violations) {
            problems.add("counters: " + unit.health().firstViolation());
        }
        if (unit.unexpectedEnds().size() > ends) {
            problems.add("the process ended");
        }
        if (fault.effect() == Effect.KILLS && unit.process() == process) {
            problems.add("the process is the same as before");
        }
        return new FaultOutcome(fault.title(), TimeUnit.NANOSECONDS.toSeconds(beginNs - runSinceNs), gapMs,
                millis(recoveryNs), millis(transferNs), find(fault, unit, before, problems), problems);
    }

    private static long millis(long ns) {
        return ns < 0 ? -1 : TimeUnit.NANOSECONDS.toMillis(ns);
    }

    /** What has been begun is taken back whatever happens. */
    private static void inject(Fault fault, SoakUnit unit, List<String> problems) throws InterruptedException {
        try {
            fault.begin().run(unit);
            Thread.sleep(fault.lasts().toMillis());
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            problems.add("injecting it failed: " + e);
        } finally {
            try {
                fault.end().run(unit);
            } catch (Exception e) {
                problems.add("taking it back failed: " + e);
            }
        }
    }

    private static String find(Fault fault, SoakUnit unit, Counters before, List<String> problems) {
        try {
            return fault.evidence().find(unit, before, unit.health().last());
        } catch (Exception e) {
            problems.add("looking for its sign failed: " + e);
            return null;
        }
    }
}

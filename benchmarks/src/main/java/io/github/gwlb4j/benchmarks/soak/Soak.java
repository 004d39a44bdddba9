package io.github.gwlb4j.benchmarks.soak;

import io.github.gwlb4j.benchmarks.soak.HiccupThread.Hiccup;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** One run: warm-up, faults in turns, calm, report. */
final class Soak {
    private static final int QUIET_MIN_MS = 2_000;
    private static final int QUIET_MORE_MS = 3_000;
    private static final int GROWTH_SAMPLES = 6;
    private static final Duration CALM_LIMIT = Duration.ofSeconds(90);
    private static final long CALM_TURN_MS = 1_000;

    private final Settings settings;
    private final PrintStream out;
    private final Random random;
    private final Map<Role, SoakUnit> units = new EnumMap<>(Role.class);
    private final Map<Role, Pauses> pauses = new EnumMap<>(Role.class);
    private final Map<Role, Growth> first = new EnumMap<>(Role.class);
    private final Map<Role, Growth> last = new EnumMap<>(Role.class);
    private final Map<Role, Boolean> isCalm = new EnumMap<>(Role.class);
    private final List<FaultOutcome> outcomes = new ArrayList<>();
    private final HiccupThread ownHiccups = HiccupThread.start();
    private final CountDownLatch over = new CountDownLatch(1);
    private volatile boolean isAskedToEnd;
    private long sinceNs;

    /**
     * What is to be done.
     *
     * @param duration         of warm-up and faults; the calm and the end come on top
     * @param warmUp           of that, before the first figures are taken
     * @param seed             of the order of faults and of made-up packets
     * @param packetsPerSecond of simulated traffic for each of the two large appliances
     * @param faults           to choose from
     * @param directory        for the report and all files
     */
    record Settings(Duration duration, Duration warmUp, long seed, int packetsPerSecond, List<Fault> faults, Path directory) {
    }

    Soak(Settings settings, PrintStream out) {
        this.settings = settings;
        this.out = out;
        this.random = new Random(settings.seed());
    }

    SoakReport run() throws Exception {
        sinceNs = System.nanoTime();
        try {
            for (Role role : Role.values()) {
                int rate = role == Role.MORTAL ? 0 : settings.packetsPerSecond();
                pauses.put(role, new Pauses());
                units.put(role, new SoakUnit(role, settings.directory(), 0x1000 + role.ordinal(), rate, settings.seed() + role.ordinal()));
                say("the " + role.label() + " appliance runs: process " + units.get(role).process().pid());
            }
            sinceNs = System.nanoTime(); // a busy machine takes its time to start all that
            Thread.sleep(settings.warmUp().toMillis());
            takeGrowth(first);
            injectInTurns();
            say("no more faults: waiting for a calm end");
            Thread.sleep(SoakAppliance.TUNNEL_IDLE.plusSeconds(5).toMillis());
            takeGrowth(last);
            awaitCalm();
            collectPauses(null);
            return report();
        } finally {
            closeAll();
        }
    }

    /** No more faults: calm, report, end. Waits until {@link #isOver}. From any thread. */
    void endEarly() {
        isAskedToEnd = true;
        try {
            over.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The report has been written. */
    void isOver() {
        over.countDown();
    }

    private void injectInTurns() throws InterruptedException {
        List<Fault> turn = new ArrayList<>();
        while (!isAskedToEnd && elapsed().compareTo(settings.duration()) < 0 && !settings.faults().isEmpty()) {
            if (turn.isEmpty()) {
                turn.addAll(settings.faults());
                Collections.shuffle(turn, random);
                say("next turn: " + turn.stream().map(Fault::title).collect(Collectors.joining(", ")));
            }
            Thread.sleep(QUIET_MIN_MS + random.nextInt(QUIET_MORE_MS));
            collectPauses(null);
            Fault fault = turn.remove(0);
            FaultOutcome outcome = FaultRun.of(fault, units.get(fault.role()), sinceNs);
            outcomes.add(outcome);
            collectPauses(fault.role());
            say(outcome.title() + ": gap " + outcome.gapMs() + " ms, passes again after " + outcome.recoveryMs() + " ms, TCP after "
                    + outcome.transferMs() + " ms; " + (outcome.seen() == null ? "no sign of it" : outcome.seen())
                    + (outcome.problems().isEmpty() ? "" : "; NOT WELL: " + outcome.problems()));
        }
    }

    private Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - sinceNs);
    }

    /** What each process has noted; only one appliance has a fault at a time. */
    private void collectPauses(Role withFault) throws InterruptedException {
        List<Hiccup> own = ownHiccups.take();
        for (SoakUnit unit : units.values()) {
            pauses.get(unit.role()).addOwn(own);
            try {
                pauses.get(unit.role()).add(unit.figures(), unit.role() == withFault);
            } catch (IOException e) {
                say("no figures of " + unit.role().label() + ": " + e.getMessage());
            }
        }
    }

    private void takeGrowth(Map<Role, Growth> into) throws InterruptedException {
        for (int i = 0; i < GROWTH_SAMPLES; i++) {
            for (SoakUnit unit : units.values()) {
                try {
                    if (unit.role() != Role.MORTAL) {
                        into.merge(unit.role(), unit.growth(), Growth::least);
                    }
                } catch (IOException e) {
                    say("no figures of " + unit.role().label() + ": " + e.getMessage()); // the missing figures fail a check
                }
            }
            Thread.sleep(1_000);
        }
    }

    /** Waits until for a while all that is sent through each appliance has come back; of those for which it does not, says so. */
    private void awaitCalm() throws InterruptedException {
        Map<Role, CalmFigures> begins = new EnumMap<>(Role.class);
        units.forEach((role, unit) -> begins.put(role, CalmFigures.of(unit)));
        long endNs = System.nanoTime() + CALM_LIMIT.toNanos();
        while (!begins.isEmpty() && System.nanoTime() - endNs < 0) {
            Thread.sleep(CALM_TURN_MS);
            for (Role role : List.copyOf(begins.keySet())) {
                CalmFigures now = CalmFigures.of(units.get(role));
                if (!now.isCalmSince(begins.get(role))) {
                    begins.put(role, now); // what was lost was lost: from here on nothing may be
                } else if (now.hasShownEnoughSince(begins.get(role))) {
                    begins.remove(role);
                }
            }
        }
        units.keySet().forEach(role -> isCalm.put(role, !begins.containsKey(role)));
    }

    private SoakReport report() throws IOException {
        List<UnitResult> results = new ArrayList<>();
        for (SoakUnit unit : units.values()) {
            results.add(UnitSummary.of(unit, first.get(unit.role()), last.get(unit.role()), isCalm.get(unit.role()),
                    pauses.get(unit.role()).figures(unit.files().directory())));
        }
        TreeSet<String> wanted = settings.faults().stream().map(Fault::title).collect(Collectors.toCollection(TreeSet::new));
        String machine = Runtime.getRuntime().availableProcessors() + " CPUs, Linux " + System.getProperty("os.version") + ", JDK "
                + Runtime.version() + (Faults.missingPrograms().isEmpty() ? "" : "; faults left out for want of " + Faults.missingPrograms());
        return new SoakReport(settings.seed(), elapsed().toSeconds(), machine, results, List.copyOf(outcomes),
                Judge.judge(results, outcomes, wanted, LoadThread.failures()));
    }

    private void closeAll() {
        units.values().forEach(unit -> {
            try {
                unit.close();
            } catch (Exception e) {
                say("closing " + unit.role().label() + ": " + e);
            }
        });
    }

    private void say(String what) {
        out.printf("%5d s  %s%n", TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - sinceNs), what);
    }
}

package io.github.gwlb4j.benchmarks.soak;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * One thing that goes wrong. Immutable; each method makes a changed copy.
 *
 * @param name     for the report and the command line
 * @param role     whose appliance it hits
 * @param what     what is done, for the report
 * @param effect   what it may do to a flow that exists
 * @param lasts    time between begin and end
 * @param limit    longest time from its end until traffic passes and the health page says healthy
 * @param begin    what is done
 * @param end      what takes it back
 * @param evidence the sign that it did reach the appliance
 */
record Fault(String name, Role role, String what, Effect effect, Duration lasts, Duration limit, Action begin, Action end,
             Evidence evidence) {
    private static final Duration USUAL_LENGTH = Duration.ofSeconds(3);
    private static final Duration USUAL_LIMIT = Duration.ofSeconds(10);

    /** What becomes of existing flows. */
    enum Effect {
        /**
         * They go on. A busy machine alone may stand still for some hundred milliseconds; the shortest stop that a fault can cause where it
         * must not, by a listener that takes its time, is one of three seconds.
         */
        PASSES(2_000),
        /** They wait while another process takes over, for as long as one that hangs is waited for (docs/restart.md). */
        WAITS(5_000),
        /** They may stop until it is over. */
        STOPS(Long.MAX_VALUE),
        /** The process ends and is started again. */
        KILLS(Long.MAX_VALUE);

        private final long maxGapMs;

        Effect(long maxGapMs) {
            this.maxGapMs = maxGapMs;
        }

        /** Longest gap that they may have. */
        long maxGapMs() {
            return maxGapMs;
        }
    }

    /** Something that is done to a unit. */
    interface Action {
        Action NONE = unit -> { };

        void run(SoakUnit unit) throws Exception;
    }

    /** Looks for the sign of a fault in the counters, or elsewhere, after it is over. */
    interface Evidence {
        /**
         * What was seen.
         *
         * @return a phrase, or null if there is no sign of it
         */
        String find(SoakUnit unit, Counters before, Counters after) throws Exception;

        static Evidence dropped(String reason) {
            return (unit, before, after) -> {
                long count = after.dropped(reason) - before.dropped(reason);
                return count > 0 ? count + " dropped as " + reason : null;
            };
        }

        static Evidence counted(String counter) {
            return (unit, before, after) -> {
                long count = after.other(counter) - before.other(counter);
                return count > 0 ? counter + " rose by " + count : null;
            };
        }

        /** Of a fault that stops existing flows for about as long as it lasts. */
        static Evidence stoppedFor(int seconds) {
            return (unit, before, after) -> {
                long gapMs = TimeUnit.NANOSECONDS.toMillis(unit.probe().longestGapNs());
                return gapMs >= seconds * 1_000L ? "traffic stopped for " + gapMs + " ms" : null;
            };
        }

        /** Of a fault of which the log tells; it need not tell each time. */
        static Evidence logged(String text) {
            return (unit, before, after) -> unit.files().logLines(text) > 0 ? "the log says: " + text : null;
        }

        static Evidence struck() {
            return (unit, before, after) -> {
                long count = unit.figures().path("struck").asLong();
                return count > 0 ? count + " callbacks misbehaved" : null;
            };
        }

        /** Of a fault that is done from outside and leaves nothing to look for. */
        static Evidence done(String phrase) {
            return (unit, before, after) -> phrase;
        }
    }

    static Fault of(String name, Role role, Effect effect, String what) {
        return new Fault(name, role, what, effect, USUAL_LENGTH, USUAL_LIMIT, Action.NONE, Action.NONE, Evidence.done("done"));
    }

    Fault lasting(int seconds) {
        return new Fault(name, role, what, effect, Duration.ofSeconds(seconds), limit, begin, end, evidence);
    }

    Fault within(int seconds) {
        return new Fault(name, role, what, effect, lasts, Duration.ofSeconds(seconds), begin, end, evidence);
    }

    Fault begin(Action action) {
        return new Fault(name, role, what, effect, lasts, limit, action, end, evidence);
    }

    Fault end(Action action) {
        return new Fault(name, role, what, effect, lasts, limit, begin, action, evidence);
    }

    Fault seen(Evidence sign) {
        return new Fault(name, role, what, effect, lasts, limit, begin, end, sign);
    }

    /** For people: which fault of which appliance. */
    String title() {
        return role.label() + "/" + name;
    }
}

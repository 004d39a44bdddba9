package io.github.gwlb4j.benchmarks.soak;

import java.util.List;

/**
 * What one injection did.
 *
 * @param title      which fault of which appliance
 * @param atSeconds  when it began, since the start of the run
 * @param gapMs      longest time without a reply on the flow that exists, from its begin until all was well
 * @param recoveryMs from its end until that flow passed again; 0 if it always did; -1 if it did not
 * @param transferMs from its end until the TCP transfer went on; -1 if it did not
 * @param seen       the sign that it reached the appliance; null if there was none
 * @param problems   what should not have been; empty if all was well
 */
record FaultOutcome(String title, long atSeconds, long gapMs, long recoveryMs, long transferMs, String seen, List<String> problems) {
    FaultOutcome {
        problems = List.copyOf(problems);
    }
}

package io.github.gwlb4j.benchmarks.soak;

import java.util.List;
import java.util.Map;

/**
 * What one appliance went through.
 *
 * @param role              what it was
 * @param total             its counters, those of processes that were killed included
 * @param invariantChecks   answers of the health page in which the counters were checked
 * @param violations        of these, those in which they did not add up, or one had gone back
 * @param firstViolation    the first of them, or null
 * @param unhealthyAnswers  answers that said unhealthy
 * @param unanswered        questions without an answer
 * @param first             what must not grow, after the warm-up; null if the process was not the same throughout
 * @param last              the same at the end; null likewise
 * @param restarts          how often its supervisor started it again
 * @param unexpectedEnds    ends of its process that were no fault's doing
 * @param load              what clients and servers saw, by name
 * @param malformedSent     datagrams sent that must be dropped
 * @param malformedDropped  drops by their reasons
 * @param threadDeaths      lines of its log that tell of a thread that ended by an exception that nobody caught
 * @param wrong             bytes or packets that came back wrong, by kind; must be empty
 * @param transferBreaks    times that the TCP transfer broke; 1 too if it never began
 * @param isCalmAtTheEnd    whether, with the last fault over, everything came back
 * @param pauses            how long it did not run, by name, in milliseconds
 */
record UnitResult(Role role, Counters total, long invariantChecks, long violations, String firstViolation, long unhealthyAnswers,
                  long unanswered, Growth first, Growth last, long restarts, List<String> unexpectedEnds, Map<String, Long> load,
                  long malformedSent, long malformedDropped, long threadDeaths, Map<String, Long> wrong, long transferBreaks, boolean isCalmAtTheEnd, Map<String, Double> pauses) {
}

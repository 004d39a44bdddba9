package io.github.gwlb4j.benchmarks.soak;

/**
 * What must come back without exception while no fault is on, at one moment.
 *
 * @param probesIntact     of {@link Probe}, those that came back
 * @param probesInARow     of these, the last ones between which none is missing
 * @param connections      short TCP connections that did what they should
 * @param failed           those that did not
 * @param hasSimulated     whether there is simulated traffic and a TCP transfer at all
 * @param cleanRuns        of the simulated traffic, without loss and fault
 * @param runs             all of them
 * @param transferBytes    of the TCP transfer
 * @param healthUnanswered questions to the health page without an answer
 */
record CalmFigures(long probesIntact, long probesInARow, long connections, long failed, boolean hasSimulated, long cleanRuns, long runs,
                   long transferBytes, long healthUnanswered) {
    private static final long PROBES = 1_000;
    private static final long CLEAN_RUNS = 2;
    private static final long CONNECTIONS = 30;

    static CalmFigures of(SoakUnit unit) {
        boolean hasSimulated = unit.simulated() != null;
        return new CalmFigures(unit.probe().intact(), unit.probe().inARow(), unit.connections().completed() + unit.connections().reset(),
                unit.connections().failed(), hasSimulated, hasSimulated ? unit.simulated().cleanRuns() : 0,
                hasSimulated ? unit.simulated().runs() : 0, unit.transfer() == null ? 0 : unit.transfer().bytes(), unit.health().unanswered());
    }

    /** Whether nothing has failed or was left unanswered since then. */
    boolean isCalmSince(CalmFigures begin) {
        return failed == begin.failed && runs - begin.runs == cleanRuns - begin.cleanRuns && healthUnanswered == begin.healthUnanswered;
    }

    /** Whether enough was asked for since then that its coming back says something. */
    boolean hasShownEnoughSince(CalmFigures begin) {
        return probesIntact - begin.probesIntact >= PROBES && probesInARow >= PROBES && connections - begin.connections >= CONNECTIONS
                && (!hasSimulated || cleanRuns - begin.cleanRuns >= CLEAN_RUNS && transferBytes > begin.transferBytes);
    }
}

package io.github.gwlb4j.firewall.state;

/**
 * Counters of an engine, or of several added up. Immutable.
 *
 * @param connections        remembered now
 * @param halfOpen           of these, TCP handshakes that are not complete
 * @param opened             connections since the start
 * @param evicted            connections that were forgotten early, because there were too many, or too many handshakes
 * @param rejectsSent        answers sent to rejected packets
 * @param rejectsSuppressed  answers not sent, because there were too many
 * @param namesGivenUp       connections judged without a name, because too many were undecided
 * @param fragmentsDisplaced fragmented datagrams forgotten early, because there were too many
 * @param sharedBuckets      times that a source shared a rate limit with others, because there were too many
 */
public record EngineStats(long connections, long halfOpen, long opened, long evicted, long rejectsSent, long rejectsSuppressed,
                          long namesGivenUp, long fragmentsDisplaced, long sharedBuckets) {
    /** All zero. */
    public static final EngineStats NONE = new EngineStats(0, 0, 0, 0, 0, 0, 0, 0, 0);

    /**
     * The sum with another engine's.
     *
     * @param other of another worker
     * @return of both
     */
    public EngineStats plus(EngineStats other) {
        return new EngineStats(connections + other.connections, halfOpen + other.halfOpen, opened + other.opened, evicted + other.evicted,
                rejectsSent + other.rejectsSent, rejectsSuppressed + other.rejectsSuppressed, namesGivenUp + other.namesGivenUp,
                fragmentsDisplaced + other.fragmentsDisplaced, sharedBuckets + other.sharedBuckets);
    }
}

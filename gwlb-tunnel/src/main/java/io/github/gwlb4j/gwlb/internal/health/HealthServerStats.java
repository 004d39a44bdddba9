package io.github.gwlb4j.gwlb.internal.health;

/**
 * Counters of the health server since its start. Immutable.
 *
 * @param openConnections open now
 * @param connections     accepted
 * @param requests        complete requests, refused ones included
 * @param badRequests     requests that were refused as malformed, too long or of an unknown HTTP version
 * @param timeouts        connections ended because a request, or the taking of its answer, took too long
 * @param evicted         connections that had to give way to new ones at the limit
 * @param acceptFailures  connections that the system did not hand out, such as for want of file descriptors
 * @param pauses          times that the server has paused because requests had taken their share of a CPU
 */
public record HealthServerStats(int openConnections, long connections, long requests, long badRequests, long timeouts,
                                long evicted, long acceptFailures, long pauses) {
}

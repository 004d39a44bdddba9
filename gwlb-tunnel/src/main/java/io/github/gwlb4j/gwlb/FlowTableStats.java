package io.github.gwlb4j.gwlb;

/**
 * What a flow table holds and has been through. Counts since it was made; read one after the other while workers go on, so
 * they agree only when the table rests.
 *
 * @param flows          flows held now, expired ones included until the sweep or a new flow takes their place
 * @param slots          places for flows
 * @param overflowInUse  overflow paths in use now
 * @param overflowPaths  overflow paths in all
 * @param memoryBytes    direct memory, all of it taken at the start
 * @param tcpTimeoutNs   silence after which a TCP flow is forgotten, in nanoseconds
 * @param otherTimeoutNs silence after which any other flow is forgotten, in nanoseconds
 * @param closedTimeoutNs silence after which a TCP flow is forgotten that was reset or closed by both sides, in nanoseconds
 * @param inserted       new flows
 * @param expired        flows removed because they were silent for their timeout
 * @param evicted        flows removed before their timeout, to make room for a new one
 * @param full           new flows refused because there was no room
 * @param noHeaderRoom   headers not kept because no overflow path was free
 * @param busy           packets given up on because another thread was changing their flow
 */
public record FlowTableStats(long flows, int slots, int overflowInUse, int overflowPaths, long memoryBytes, long tcpTimeoutNs,
                             long otherTimeoutNs, long closedTimeoutNs, long inserted,
                             long expired, long evicted, long full, long noHeaderRoom, long busy) {
}

package io.github.gwlb4j.gwlb;

/**
 * Counters of one worker. Immutable.
 *
 * @param index            from 0
 * @param receivedPackets  datagrams received
 * @param receivedBytes    their UDP payload bytes
 * @param forwardedPackets datagrams sent back
 * @param forwardedBytes   their UDP payload bytes
 * @param readPackets      packets read out of TUN interfaces
 * @param deliveredPackets packets written into TUN interfaces
 * @param droppedByHandler datagrams that the handler dropped
 * @param busyRatio        share of the last second or so, 0 to 1, in which the worker was not waiting for packets; a ratio
 *                         that stays near 1 means that the handler is too slow for the traffic
 */
public record WorkerStats(int index, long receivedPackets, long receivedBytes, long forwardedPackets, long forwardedBytes,
                          long readPackets, long deliveredPackets, long droppedByHandler, double busyRatio) {
}

package io.github.gwlb4j.gwlb.transport;

import io.github.gwlb4j.geneve.Geneve;

/**
 * One worker's edge to the network: receives datagrams in batches and sends replies the way a Gateway Load Balancer wants
 * them: outer addresses swapped, both UDP ports kept (source: the flow's own port, destination: the port listened on).
 *
 * <p>All methods but {@link #wakeUp} belong to the worker's thread.
 */
public interface DatagramPort {
    /**
     * Takes what has arrived, without waiting.
     *
     * @param batch emptied, then filled with at most its capacity
     * @return how many datagrams it holds now, 0 or more
     */
    int receive(DatagramBatch batch);

    /**
     * Sends back those datagrams of a batch that are {@linkplain DatagramBatch#markReply marked}, each to where it came from,
     * and notes the result of each in the batch.
     *
     * @param batch filled by {@link #receive} of this port, or with peers and origins that once came from it
     * @param nowNs monotonic time, for closing what is idle
     */
    void reply(DatagramBatch batch, long nowNs);

    /**
     * Waits until something can be received, {@link #wakeUp} is called, or the time is over. May return early.
     *
     * @param timeoutNs at most this long, in nanoseconds
     */
    void await(long timeoutNs);

    /**
     * Descriptors that are readable when there is something to {@link #receive} or {@link #wakeUp} was called, for whoever
     * polls them together with its own instead of calling {@link #await}; {@link #receive} takes a wake-up back.
     *
     * @return for example those of a socket and an eventfd; empty, the default, if this port can only be waited for with
     *         {@link #await}
     */
    default int[] descriptors() {
        return new int[0];
    }

    /**
     * Whether the next {@link #receive} delivers what an earlier one has taken from the system, and nothing else.
     *
     * @return true if packets would be lost with this port; false by default
     */
    default boolean hasUndelivered() {
        return false;
    }

    /** Ends a running or the next {@link #await}. From any thread. */
    void wakeUp();

    /**
     * Closes what has been idle for too long.
     *
     * @param nowNs monotonic time
     */
    default void expire(long nowNs) {
    }

    /**
     * The local address behind an origin, for captures.
     *
     * @param origin of a datagram received
     * @return IPv4 address, 10.0.0.1 is 0x0a000001; 0 if it is not known or not IPv4
     */
    default int localIpv4(int origin) {
        return 0;
    }

    /**
     * The UDP port listened on, to which replies go as well.
     *
     * @return 1 to 65535
     */
    default int localPort() {
        return Geneve.UDP_PORT;
    }

    /**
     * How many sockets are open for replies.
     *
     * @return 0 or more; read from any thread, a moment old
     */
    default int returnSockets() {
        return 0;
    }
}

package io.github.gwlb4j.gwlb.transport;

import io.github.gwlb4j.linux.UdpSocket;

/**
 * A socket that replies leave from, with those flows of the batch at hand that wait for it: a list through
 * {@link LinuxReturnPath}'s array of next flows. Belongs to one worker's thread.
 */
final class ReplyQueue implements AutoCloseable {
    static final int NONE = -1;

    final UdpSocket socket;
    /** The first flow, as {@link ReplyRuns} names it, or {@link #NONE}. */
    int first = NONE;
    /** Index of the last one; means nothing if there is no first one. */
    int last;

    ReplyQueue(UdpSocket socket) {
        this.socket = socket;
    }

    @Override
    public void close() {
        socket.close();
    }
}

package io.github.gwlb4j.gwlb.transport;

import java.io.IOException;

/**
 * Where GENEVE datagrams come from and replies go to: one {@link DatagramPort} for each worker.
 *
 * <p>Opened and closed on the thread that starts and closes the appliance.
 */
public interface DatagramTransport extends AutoCloseable {
    /**
     * Opens the port of one worker.
     *
     * @param workerIndex from 0
     * @param workerCount how many there will be; they share the load
     * @return an open port, for that worker's thread alone
     * @throws IOException if it cannot be opened; the message names the fix
     */
    DatagramPort open(int workerIndex, int workerCount) throws IOException;

    /**
     * Work that is not for a packet thread, such as looking for new local addresses. Called about once a second on the
     * control thread while the appliance runs.
     */
    default void maintain() {
    }

    /**
     * Datagrams that were lost because a receive buffer was full, since the transport was opened. From any thread; as of the
     * last {@link #maintain}.
     *
     * @return 0 or more; -1 if the system does not tell
     */
    default long receiveBufferDrops() {
        return -1;
    }

    /**
     * Says in one line what was opened and what the system granted, for the log.
     *
     * @return for example {@code portable NIO transport on UDP 10.0.0.5:6081, receive buffer 4096 KiB}
     */
    String describe();

    /** Closes all ports; safe to call again, and while a worker still uses its port. */
    @Override
    void close();
}

package io.github.gwlb4j.tun;

/**
 * An open TUN device: a network interface whose packets this process reads and writes. Safe for any thread.
 *
 * @see LinuxTun#open(TunConfig)
 */
public interface TunDevice extends AutoCloseable {

    /**
     * The name of the interface, as the kernel gave it.
     *
     * @return the name at opening time; someone may have renamed the interface since
     */
    String name();

    /**
     * The index of the interface, which a rename does not change.
     *
     * @return a positive number
     */
    int index();

    /**
     * What the kernel granted.
     *
     * @return the same for all queues
     */
    TunOffload offload();

    /**
     * How many queues are open.
     *
     * @return at least 1
     */
    int queueCount();

    /**
     * A queue. The kernel spreads flows over the queues; each thread should have its own.
     *
     * @param index 0 to {@link #queueCount()} - 1
     * @return the queue, the same object each time
     * @throws IndexOutOfBoundsException if there is no such queue
     */
    TunQueue queue(int index);

    /** Closes all queues, see {@link TunQueue#close()}. The interface is then gone, unless it is persistent. */
    @Override
    void close();
}

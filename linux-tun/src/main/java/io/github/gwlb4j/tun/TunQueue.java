package io.github.gwlb4j.tun;

/**
 * One queue of a TUN device: packets in and out, in batches, never blocking but in {@link #await(int)}. One thread reads
 * (with await) and one thread writes at a time, which may be the same; {@link #wakeup()} and {@link #close()} are for any
 * thread at any time.
 *
 * <p>Results are values: a count, or −errno. No call allocates or throws for what the kernel or a peer does. After
 * {@link #close()} every call gives −EBADF (-9).
 *
 * <p>What is exchanged are <em>frames</em>: an IP packet, with a virtio_net header of
 * {@link TunOffload#VNET_HEADER_BYTES} bytes in front if {@link #offload()} says so. A frame then may be a super-packet of
 * up to 64 KB; {@code io.github.gwlb4j.tun.offload} splits and merges them, and its {@code PacketQueue} hides them.
 */
public interface TunQueue extends AutoCloseable {

    /** Most bytes of one frame: a virtio_net header and the longest IP packet. */
    int MAX_FRAME_BYTES = TunOffload.VNET_HEADER_BYTES + 65_535;

    /**
     * What the device's frames are like.
     *
     * @return the same as {@link TunDevice#offload()}
     */
    TunOffload offload();

    /**
     * Reads frames behind those the batch holds, until there are no more or the batch has no room for one of
     * {@link #MAX_FRAME_BYTES}. Frames lie close together: a batch of 64 packets of 1,500 bytes wants
     * 64 × 1,536 + 65,545 bytes.
     *
     * @param batch where frames go
     * @return frames added, 0 if none was waiting, −ENOBUFS (-105) if the batch had no room for one, or another −errno
     */
    int read(PacketBatch batch);

    /**
     * Writes frames in order, and stops at the first the kernel does not take. To go on, drop that one or try it again.
     *
     * @param batch frames, each with a virtio_net header if {@link #offload()} says so
     * @param from  first frame
     * @param to    behind the last frame
     * @return frames written, which may be fewer than given, or −errno if the first failed
     */
    int write(PacketBatch batch, int from, int to);

    /**
     * Writes frames that lie in pieces; otherwise as {@link #write(PacketBatch, int, int)}.
     *
     * @param batch frames, each with a virtio_net header if {@link #offload()} says so
     * @param from  first frame
     * @param to    behind the last frame
     * @return frames written, which may be fewer than given, or −errno if the first failed
     */
    int write(GatherBatch batch, int from, int to);

    /**
     * Waits until there is something to read, {@link #wakeup()} is called, or time is over.
     *
     * @param timeoutMs milliseconds, 0 not to wait, -1 for ever
     * @return 1 if there is something to read, 0 if not, or −errno
     */
    int await(int timeoutMs);

    /** Makes the current or, if there is none, the next {@link #await(int)} return at once. */
    void wakeup();

    /**
     * The descriptor, for a poll over several queues. It must be out of every poll set before {@link #close()}.
     *
     * @return its number, or -1 if this queue is not the kernel's
     */
    int fileDescriptor();

    /**
     * Closes the queue, and wakes whoever waits for it. Never blocks longer than a second, does nothing the second time;
     * the descriptor is closed when the last running call has left.
     */
    @Override
    void close();
}

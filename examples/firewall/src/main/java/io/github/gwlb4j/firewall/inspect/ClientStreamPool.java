package io.github.gwlb4j.firewall.inspect;

/**
 * A bounded number of {@link ClientStream}s for one worker: memory is at most their number times their limit, however many connections
 * wait for their first bytes.
 *
 * <p>Belongs to its worker's thread; the counters may be read from any, a moment old. Streams are made when first needed and used again.
 */
public final class ClientStreamPool {
    private final int limitBytes;
    private final ClientStream[] free;
    private int freeCount;
    private int made;
    private volatile int inUse;
    private volatile long refused;

    /**
     * Makes a pool without any stream yet.
     *
     * @param maxStreams 1 or more
     * @param limitBytes most bytes to keep of a stream, {@link ClientStream#MIN_LIMIT} to {@link ClientStream#MAX_LIMIT}
     * @throws IllegalArgumentException if a value is out of its range
     */
    public ClientStreamPool(int maxStreams, int limitBytes) {
        if (maxStreams < 1) {
            throw new IllegalArgumentException("the number of inspected streams is " + maxStreams + ", must be 1 or more");
        }
        this.limitBytes = limitBytes;
        free = new ClientStream[maxStreams];
        free[freeCount++] = new ClientStream(limitBytes);
        made = 1;
    }

    /**
     * Takes a stream for a new connection.
     *
     * @param sequence as in {@link ClientStream#start}
     * @param port     as in {@link ClientStream#start}
     * @return a started stream, or null if all are in use; that is counted
     */
    public ClientStream acquire(int sequence, int port) {
        if (freeCount == 0 && made == free.length) {
            refused += 1;
            return null;
        }
        ClientStream stream;
        if (freeCount > 0) {
            stream = free[--freeCount];
        } else {
            stream = new ClientStream(limitBytes);
            made++;
        }
        inUse += 1;
        stream.start(sequence, port);
        return stream;
    }

    /**
     * Gives a stream back.
     *
     * @param stream from {@link #acquire}, not to be used any more
     */
    public void release(ClientStream stream) {
        free[freeCount++] = stream;
        inUse -= 1;
    }

    /**
     * How many streams are in use.
     *
     * @return 0 or more
     */
    public int inUse() {
        return inUse;
    }

    /**
     * How many connections got no stream because all were in use.
     *
     * @return counted since the start
     */
    public long refused() {
        return refused;
    }
}

package io.github.gwlb4j.firewall.state;

/**
 * The TCP connections whose handshake is not complete, the longest waiting first. Belongs to one worker's thread.
 *
 * <p>Two limits keep a flood of SYNs from hurting others. Beyond the total, the handshake that has waited longest gives way, so an
 * honest one has as long as the flood needs to fill the list; connections that are complete are not in it. Beyond the number for one
 * source, that source's next ones are refused.
 */
final class HalfOpenConnections {
    private final Connection list = new Connection();
    private final SourceCounts bySource;
    private int max;
    private int maxPerSource;
    private int size;

    /**
     * @param max          most of all sources, 0 for no limit
     * @param maxPerSource most of one source, 0 for no limit
     * @param maxTracked   most connections there can be at all
     */
    HalfOpenConnections(int max, int maxPerSource, int maxTracked) {
        list.older = list;
        list.newer = list;
        bySource = new SourceCounts(maxTracked);
        setLimits(max, maxPerSource);
    }

    /** From now on; those that are there stay. */
    void setLimits(int max, int maxPerSource) {
        this.max = max == 0 ? Integer.MAX_VALUE : max;
        this.maxPerSource = maxPerSource == 0 ? Integer.MAX_VALUE : maxPerSource;
    }

    /** Whether a source may begin another one. */
    boolean admits(long sourceTag) {
        return maxPerSource == Integer.MAX_VALUE || bySource.count(sourceTag) < maxPerSource;
    }

    /** The one that has to give way before another is added, or null. */
    Connection oldestIfFull() {
        return size >= max ? list.newer : null;
    }

    void add(Connection connection) {
        connection.older = list.older;
        connection.newer = list;
        list.older.newer = connection;
        list.older = connection;
        bySource.increment(connection.sourceTag);
        size++;
    }

    boolean contains(Connection connection) {
        return connection.older != null;
    }

    void remove(Connection connection) {
        connection.older.newer = connection.newer;
        connection.newer.older = connection.older;
        connection.older = null;
        connection.newer = null;
        bySource.decrement(connection.sourceTag);
        size--;
    }

    int size() {
        return size;
    }
}

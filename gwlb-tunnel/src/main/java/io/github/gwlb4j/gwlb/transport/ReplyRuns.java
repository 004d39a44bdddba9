package io.github.gwlb4j.gwlb.transport;

import java.util.Arrays;

/**
 * Sorts the replies of a batch: by flow, in the order in which flows first appear, and within a flow into runs that the kernel
 * can cut out of one message (UDP_SEGMENT, udp(7)). Other flows' datagrams may lie between those of a run.
 *
 * <p>Belongs to one worker's thread. Allocates only when a larger batch comes than any before.
 *
 * <p>A flow is what the outer header tells: local address, node, port. A run is datagrams of one flow that follow each other in
 * it, with one TOS byte, of one size but the last, which may be shorter. Flows, runs and datagrams are all named by the index of
 * their first datagram, so this is lists threaded through arrays as long as the batch:
 *
 * <pre>
 *   flow(n) = first run ── nextRun ──> run ── nextRun ──> NONE
 *               │ next                  │ next
 *               v                       v
 *             datagram                 NONE
 * </pre>
 */
final class ReplyRuns {
    static final int NONE = -1;
    /** UDP_MAX_SEGMENTS of Linux before 6.9, 128 since. */
    static final int MAX_SEGMENTS = 64;
    /** The longest UDP payload that IPv4 can have. */
    static final int MAX_BYTES = 65_507;

    private static final int HASH_MULTIPLIER = 0x9e37_79b1;

    private DatagramBatch batch;
    private int[] flows = {};
    private int flowCount;
    private int[] next = {};
    private int[] nextRun = {};
    /** Of a flow: its last run, its longest run's datagrams, its longest datagram's bytes. */
    private int[] lastRun = {};
    private int[] longestRun = {};
    private int[] longestDatagram = {};
    /** Of a run: its last datagram, how many it has, their bytes. */
    private int[] last = {};
    private int[] count = {};
    private int[] bytes = {};
    /** Hash table of flows with linear probing, never more than half full. An entry counts only if its stamp is the current one. */
    private int[] flowAt = {};
    private int[] stampAt = {};
    private int stamp;
    /** The datagram that was added last, and its flow: in a run the next one is of the same. */
    private int lastAdded;
    private int lastFlow;

    /** Starts with a batch, forgets the one before. */
    void begin(DatagramBatch newBatch) {
        batch = newBatch;
        flowCount = 0;
        lastAdded = NONE;
        if (++stamp == 0) { // after four thousand million batches, and the places that were never used would count
            Arrays.fill(stampAt, 0);
            stamp = 1;
        }
        int capacity = newBatch.capacity();
        if (next.length < capacity) {
            flows = new int[capacity];
            next = new int[capacity];
            nextRun = new int[capacity];
            lastRun = new int[capacity];
            longestRun = new int[capacity];
            longestDatagram = new int[capacity];
            last = new int[capacity];
            count = new int[capacity];
            bytes = new int[capacity];
            int places = Integer.highestOneBit(2 * capacity - 1) << 1;
            flowAt = new int[places];
            stampAt = new int[places];
            stamp = 1;
        }
    }

    /** Adds a datagram of the batch. They must come in the order of the batch, and their peers must be IPv4. */
    void add(int i) {
        if (lastAdded == NONE || !isSameFlow(lastAdded, i)) {
            lastFlow = find(i);
        }
        if (lastFlow == i) {
            beginFlow(i);
        } else {
            addToFlow(lastFlow, i);
        }
        lastAdded = i;
    }

    /** The flow of a datagram: the datagram itself if it is the first. */
    private int find(int i) {
        int place = hash(i) & flowAt.length - 1;
        while (stampAt[place] == stamp && !isSameFlow(flowAt[place], i)) {
            place = place + 1 & flowAt.length - 1;
        }
        if (stampAt[place] != stamp) {
            stampAt[place] = stamp;
            flowAt[place] = i;
        }
        return flowAt[place];
    }

    private int hash(int i) {
        int hash = ((int) batch.peerLow(i) * 31 + batch.origin(i)) * 31 + batch.peerPort(i);
        return hash * HASH_MULTIPLIER >>> Short.SIZE; // a multiplication mixes upwards
    }

    private boolean isSameFlow(int a, int b) {
        return batch.peerPort(a) == batch.peerPort(b) && batch.peerLow(a) == batch.peerLow(b) && batch.origin(a) == batch.origin(b);
    }

    private void beginFlow(int i) {
        flows[flowCount++] = i;
        longestRun[i] = 1;
        longestDatagram[i] = batch.length(i);
        lastRun[i] = i;
        beginRun(i);
    }

    private void beginRun(int i) {
        next[i] = NONE;
        nextRun[i] = NONE;
        last[i] = i;
        count[i] = 1;
        bytes[i] = batch.length(i);
    }

    private void addToFlow(int flow, int i) {
        int run = lastRun[flow];
        longestDatagram[flow] = Math.max(longestDatagram[flow], batch.length(i));
        if (canExtend(run, i)) {
            next[last[run]] = i;
            next[i] = NONE;
            last[run] = i;
            bytes[run] += batch.length(i);
            longestRun[flow] = Math.max(longestRun[flow], ++count[run]);
        } else {
            beginRun(i);
            nextRun[run] = i;
            lastRun[flow] = i;
        }
    }

    private boolean canExtend(int run, int i) {
        int size = batch.length(run);
        int length = batch.length(i);
        return length > 0 && length <= size && batch.length(last[run]) == size && count[run] < MAX_SEGMENTS
                && bytes[run] + length <= MAX_BYTES && trafficClass(run) == trafficClass(i);
    }

    /** Nothing set and 0 are the same on the wire. */
    private int trafficClass(int i) {
        return Math.max(0, batch.replyTrafficClass(i));
    }

    int flowCount() {
        return flowCount;
    }

    /** The n-th flow, which is also its first run, which is also its first datagram. */
    int flow(int n) {
        return flows[n];
    }

    /** Most datagrams of one run of a flow, 1 or more. */
    int longestRun(int flow) {
        return longestRun[flow];
    }

    /** Most bytes of one datagram of a flow. */
    int longestDatagram(int flow) {
        return longestDatagram[flow];
    }

    /** The run behind a run in its flow, or {@link #NONE}. */
    int nextRun(int run) {
        return nextRun[run];
    }

    /** How many datagrams a run has. */
    int count(int run) {
        return count[run];
    }

    /** The datagram behind one in its run, or {@link #NONE}. */
    int next(int i) {
        return next[i];
    }
}

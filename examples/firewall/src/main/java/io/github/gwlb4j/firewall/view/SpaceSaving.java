package io.github.gwlb4j.firewall.view;

import java.util.Arrays;
import java.util.List;

/**
 * Finds the keys of a stream that weigh most in a fixed amount of memory: the Space-Saving algorithm with weights (Metwally,
 * Agrawal, El Abbadi: Efficient Computation of Frequent and Top-k Elements in Data Streams, 2005). A key that is not among those
 * being counted takes the place of the one with the least count, and inherits that count as its possible error.
 *
 * <p>With N the weight of all and k the capacity: for each key counted, count - error &lt;= truth &lt;= count, error &lt;= N/k, and each
 * key of more than N/k is being counted. Holds for any stream, whoever makes it.
 *
 * <p>Belongs to one thread. Adding allocates nothing and costs a look into a hash table and at most log2(k) steps in a heap. The
 * caller's hash must be seeded, or a sender could make the table a list.
 */
final class SpaceSaving {
    private final int capacity;
    private final int width;
    private final long[] keys;
    private final long[] hashes;
    private final long[] counts;
    private final long[] errors;
    private final long[] packets;
    /** Entries as a heap, the least count first. */
    private final int[] heap;
    private final int[] heapPlace;
    /** Open addressing, linear probing, at most half full; entry + 1, or 0. */
    private final int[] table;
    private int size;
    private long totalBytes;
    private long totalPackets;

    /**
     * @param capacity how many keys are counted at a time
     * @param width    longs in a key
     */
    SpaceSaving(int capacity, int width) {
        this.capacity = capacity;
        this.width = width;
        keys = new long[capacity * width];
        hashes = new long[capacity];
        counts = new long[capacity];
        errors = new long[capacity];
        packets = new long[capacity];
        heap = new int[capacity];
        heapPlace = new int[capacity];
        table = new int[Integer.highestOneBit(capacity) * 4];
    }

    /**
     * Counts one packet.
     *
     * @param key   its first longs, as many as a key has; copied
     * @param hash  of the key, seeded, all bits good
     * @param bytes 1 or more
     */
    void add(long[] key, long hash, long bytes) {
        totalBytes += bytes;
        totalPackets += 1;
        int slot = find(key, hash);
        int entry = table[slot] - 1;
        if (entry < 0) {
            entry = size < capacity ? addEntry() : takeLeast();
            System.arraycopy(key, 0, keys, entry * width, width);
            hashes[entry] = hash;
            table[find(key, hash)] = entry + 1;
        }
        counts[entry] += bytes;
        packets[entry] += 1;
        siftDown(heapPlace[entry]);
    }

    private int find(long[] key, long hash) {
        int mask = table.length - 1;
        int slot = (int) hash & mask;
        while (table[slot] != 0 && !isKey(table[slot] - 1, key, hash)) {
            slot = slot + 1 & mask;
        }
        return slot;
    }

    private boolean isKey(int entry, long[] key, long hash) {
        if (hashes[entry] != hash) {
            return false;
        }
        for (int i = 0, at = entry * width; i < width; i++) {
            if (keys[at + i] != key[i]) {
                return false;
            }
        }
        return true;
    }

    private int addEntry() {
        int entry = size++;
        heap[entry] = entry;
        heapPlace[entry] = entry;
        counts[entry] = 0;
        errors[entry] = 0;
        packets[entry] = 0;
        siftUp(entry);
        return entry;
    }

    /** The newcomer may have had as much as the one that gives way: it was not being counted meanwhile. */
    private int takeLeast() {
        int entry = heap[0];
        removeFromTable(entry);
        errors[entry] = counts[entry];
        packets[entry] = 0;
        return entry;
    }

    /** Closes the gap, so that no probe ends too early. */
    private void removeFromTable(int entry) {
        int mask = table.length - 1;
        int gap = (int) hashes[entry] & mask;
        while (table[gap] != entry + 1) {
            gap = gap + 1 & mask;
        }
        for (int next = gap + 1 & mask; table[next] != 0; next = next + 1 & mask) {
            int home = (int) hashes[table[next] - 1] & mask;
            boolean isReachedWithoutGap = (next - home & mask) < (next - gap & mask);
            if (!isReachedWithoutGap) {
                table[gap] = table[next];
                gap = next;
            }
        }
        table[gap] = 0;
    }

    private void siftDown(int place) {
        int entry = heap[place];
        long count = counts[entry];
        for (int child = 2 * place + 1; child < size; child = 2 * place + 1) {
            if (child + 1 < size && counts[heap[child + 1]] < counts[heap[child]]) {
                child++;
            }
            if (counts[heap[child]] >= count) {
                break;
            }
            put(place, heap[child]);
            place = child;
        }
        put(place, entry);
    }

    /** A new entry, of count 0, belongs to the top. */
    private void siftUp(int place) {
        int entry = heap[place];
        for (int parent = place - 1 >> 1; place > 0 && counts[heap[parent]] > counts[entry]; parent = place - 1 >> 1) {
            put(place, heap[parent]);
            place = parent;
        }
        put(place, entry);
    }

    private void put(int place, int entry) {
        heap[place] = entry;
        heapPlace[entry] = place;
    }

    /** Forgets everything. */
    void clear() {
        Arrays.fill(table, 0);
        size = 0;
        totalBytes = 0;
        totalPackets = 0;
    }

    /** A copy of what has been counted, for other threads. */
    Counts copy() {
        return new Counts(width, Arrays.copyOf(keys, size * width), Arrays.copyOf(counts, size), Arrays.copyOf(errors, size),
                Arrays.copyOf(packets, size), size < capacity ? 0 : counts[heap[0]], totalBytes, totalPackets);
    }

    /**
     * What a sketch has counted. Nobody changes the arrays.
     *
     * @param width        longs in a key
     * @param keys         one after the other
     * @param counts       upper bound of each key's bytes
     * @param errors       how much of that may be others'
     * @param packets      lower bound of each key's packets
     * @param unseen       upper bound of the bytes of any key that is not among them
     * @param totalBytes   of all keys, exact
     * @param totalPackets of all keys, exact
     */
    record Counts(int width, long[] keys, long[] counts, long[] errors, long[] packets, long unseen, long totalBytes,
                  long totalPackets) {
        int size() {
            return counts.length;
        }

        List<Long> key(int entry) {
            return Arrays.stream(keys, entry * width, (entry + 1) * width).boxed().toList();
        }
    }
}

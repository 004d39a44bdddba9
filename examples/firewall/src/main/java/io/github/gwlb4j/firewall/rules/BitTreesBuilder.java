package io.github.gwlb4j.firewall.rules;

import java.util.Arrays;

/** Stores the nodes of {@link BitTrees}, each content once. Cold path. */
final class BitTreesBuilder {
    private static final int FREE = -1;
    private static final long MULTIPLIER = 0x9e37_79b9_7f4a_7c15L;

    /** Position 0 holds an empty node. */
    private long[] words = new long[1024];
    private int size = 1;
    /** Positions of nodes by their content; open addressing, at most half full. */
    private int[] table = new int[1024];
    private int nodes;

    BitTreesBuilder() {
        Arrays.fill(table, FREE);
    }

    /**
     * Stores a node.
     *
     * @param node   a mask, and behind it as many words as the mask has bits; copied
     * @param length the number of words, the mask included
     * @return its position
     */
    int store(long[] node, int length) {
        if (length == 1 && node[0] == 0) {
            return 0;
        }
        int slot = slotOf(node, length);
        if (table[slot] != FREE) {
            return table[slot];
        }
        if (size + length > words.length) {
            words = Arrays.copyOf(words, Math.max(words.length * 2, size + length));
        }
        System.arraycopy(node, 0, words, size, length);
        int position = size;
        table[slot] = position;
        size += length;
        if (++nodes * 2 > table.length) {
            grow();
        }
        return position;
    }

    private int slotOf(long[] node, int length) {
        int slot = hash(node, 0, length) & table.length - 1;
        while (table[slot] != FREE && !Arrays.equals(node, 0, length, words, table[slot], Math.min(size, table[slot] + length))) {
            slot = slot + 1 & table.length - 1;
        }
        return slot;
    }

    private static int hash(long[] from, int start, int length) {
        long hash = length;
        for (int i = start; i < start + length; i++) {
            hash = (hash ^ from[i]) * MULTIPLIER;
            hash ^= hash >>> 29;
        }
        return (int) (hash ^ hash >>> 32);
    }

    private void grow() {
        int[] old = table;
        table = new int[old.length * 2];
        Arrays.fill(table, FREE);
        for (int position : old) {
            if (position != FREE) {
                int slot = hash(words, position, 1 + Long.bitCount(words[position])) & table.length - 1;
                while (table[slot] != FREE) {
                    slot = slot + 1 & table.length - 1;
                }
                table[slot] = position;
            }
        }
    }

    /** How many words all nodes take. */
    int size() {
        return size;
    }

    /** Forgets the nodes stored since the size was this; earlier ones stay valid but are not found again. */
    void truncate(int size) {
        this.size = size;
        Arrays.fill(table, FREE);
        nodes = 0;
    }

    /** All nodes. */
    long[] build() {
        return Arrays.copyOf(words, size);
    }
}

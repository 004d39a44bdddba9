package io.github.gwlb4j.firewall.rules;

import java.util.Arrays;

/** Indexes of the rules that have one value of a condition in common: the words of a bit set that are not 0. Cold path. */
final class RuleBits {
    private int[] positions = new int[1];
    private long[] words = new long[1];
    private int size;

    /** Adds a rule; rules must be added in ascending order. */
    void add(int rule) {
        int position = rule >>> 6;
        if (size == 0 || positions[size - 1] != position) {
            if (size == positions.length) {
                positions = Arrays.copyOf(positions, size * 2);
                words = Arrays.copyOf(words, size * 2);
            }
            positions[size] = position;
            words[size++] = 0;
        }
        words[size - 1] |= 1L << rule;
    }

    /** How many words are not 0. */
    int size() {
        return size;
    }

    /** Where in the whole bit set such a word stands. */
    int position(int index) {
        return positions[index];
    }

    /** Such a word. */
    long word(int index) {
        return words[index];
    }
}

package io.github.gwlb4j.firewall.rules;

/**
 * Sets of rule indexes, laid out so that several can be intersected quickly: trees of two levels above the bits, in which what is empty
 * takes no room, and equal parts of different sets are stored once. All nodes lie in one array; a node is the position of its mask.
 *
 * <pre>
 *   root    [mask of blocks that are not empty][position of the first of them][of the second]...
 *   block   [mask of words that are not 0     ][the first of them            ][the second   ]...
 * </pre>
 *
 * A word stands for 64 rules, a block for 64 words (4096 rules), a root for 64 blocks (262,144 rules). The masks are the aggregation of
 * the bits below them (Baboescu and Varghese, "Scalable Packet Classification", SIGCOMM 2001): where the intersection of the masks is
 * empty, so is that of the bits.
 */
final class BitTrees {
    /** How many rules a set can have. */
    static final int MAX_RULES = 64 * 64 * 64;
    /** How many rules a block stands for. */
    static final int RULES_OF_BLOCK = 64 * 64;

    private BitTrees() {
    }

    /**
     * The position of a root's block.
     *
     * @param below a mask of all bits below the block's bit, which must be set in the root's mask
     */
    static int child(long[] words, int root, long below) {
        return (int) words[root + 1 + Long.bitCount(words[root] & below)];
    }

    /** As {@link #child}, but the empty block at 0 if the root does not have this one. */
    static int childOrEmpty(long[] words, int root, long bit) {
        return (words[root] & bit) == 0 ? 0 : child(words, root, bit - 1);
    }

    /**
     * A word of a block.
     *
     * @param below a mask of all bits below the word's bit, which must be set in the block's mask
     */
    static long word(long[] words, int block, long below) {
        return words[block + 1 + Long.bitCount(words[block] & below)];
    }

    /** As {@link #word}, but 0 if the block does not have this one. */
    static long wordOrZero(long[] words, int block, long bit) {
        return (words[block] & bit) == 0 ? 0 : word(words, block, bit - 1);
    }
}

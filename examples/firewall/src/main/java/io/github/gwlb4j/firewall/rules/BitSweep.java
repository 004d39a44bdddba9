package io.github.gwlb4j.firewall.rules;

/**
 * A set of rules that changes step by step, each state of which can be stored; what has not changed since is not stored again. Cold path.
 */
final class BitSweep {
    private static final int WORDS_IN_BLOCK = 64;

    private final BitTreesBuilder trees;
    private final long[] bits;
    private final int[] blocks;
    private final long[] node = new long[1 + WORDS_IN_BLOCK];
    private long changedBlocks;

    /** Starts with the empty set of that many rules. */
    BitSweep(BitTreesBuilder trees, int ruleCount) {
        this.trees = trees;
        this.blocks = new int[(ruleCount + BitTrees.RULES_OF_BLOCK - 1) / BitTrees.RULES_OF_BLOCK];
        this.bits = new long[blocks.length * WORDS_IN_BLOCK];
    }

    /** Adds rules that are not in the set, or takes out rules that are. */
    void toggle(RuleBits rules) {
        for (int i = 0; i < rules.size(); i++) {
            bits[rules.position(i)] ^= rules.word(i);
            changedBlocks |= 1L << rules.position(i) / WORDS_IN_BLOCK;
        }
    }

    /** Stores the set as it is now. Returns the position of its root. */
    int store() {
        for (; changedBlocks != 0; changedBlocks &= changedBlocks - 1) {
            int block = Long.numberOfTrailingZeros(changedBlocks);
            blocks[block] = storeBlock(block * WORDS_IN_BLOCK);
        }
        int length = 1;
        node[0] = 0;
        for (int block = 0; block < blocks.length; block++) {
            if (blocks[block] != 0) {
                node[0] |= 1L << block;
                node[length++] = blocks[block];
            }
        }
        return trees.store(node, length);
    }

    private int storeBlock(int start) {
        int length = 1;
        node[0] = 0;
        for (int i = 0; i < WORDS_IN_BLOCK; i++) {
            if (bits[start + i] != 0) {
                node[0] |= 1L << i;
                node[length++] = bits[start + i];
            }
        }
        return trees.store(node, length);
    }
}

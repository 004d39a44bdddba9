package io.github.gwlb4j.fuzz;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Lays fuzz input where a wild read is seen: nothing readable behind it. */
final class Regions {
    /** Where the input starts. */
    static final int OFFSET = 3;

    private Regions() {
    }

    /** One input in sixteen, always the same ones: for what is slow, such as text. */
    static boolean isSample(byte[] input) {
        return (Arrays.hashCode(input) & 15) == 0;
    }

    static ByteBuffer atEnd(byte[] input) {
        return ByteBuffer.allocate(OFFSET + input.length).put(OFFSET, input, 0, input.length);
    }
}

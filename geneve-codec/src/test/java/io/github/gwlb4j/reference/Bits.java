package io.github.gwlb4j.reference;

/** Reads a byte array as RFC diagrams are read: bit 0 is the first one drawn. */
final class Bits {
    private final byte[] bytes;

    Bits(byte[] bytes) {
        this.bytes = bytes;
    }

    long read(int fromBit, int bitCount) {
        long value = 0;
        for (int bit = fromBit; bit < fromBit + bitCount; bit++) {
            int isSet = bytes[bit / 8] >> 7 - bit % 8 & 1;
            value = value * 2 + isSet;
        }
        return value;
    }

    int readInt(int fromBit, int bitCount) {
        return (int) read(fromBit, bitCount);
    }
}

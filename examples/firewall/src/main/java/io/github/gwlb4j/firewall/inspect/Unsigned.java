package io.github.gwlb4j.firewall.inspect;

import java.nio.ByteBuffer;

/** Reads unsigned numbers in network byte order, whatever the buffer's order. */
final class Unsigned {
    private Unsigned() {
    }

    static int u8(ByteBuffer bytes, int at) {
        return bytes.get(at) & 0xff;
    }

    static int u16(ByteBuffer bytes, int at) {
        return u8(bytes, at) << 8 | u8(bytes, at + 1);
    }

    static void put16(ByteBuffer bytes, int at, int value) {
        bytes.put(at, (byte) (value >>> 8));
        bytes.put(at + 1, (byte) value);
    }

    static void put32(ByteBuffer bytes, int at, int value) {
        put16(bytes, at, value >>> 16);
        put16(bytes, at + 2, value);
    }
}

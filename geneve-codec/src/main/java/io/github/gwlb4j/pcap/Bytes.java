package io.github.gwlb4j.pcap;

import java.nio.ByteBuffer;

/** Unsigned reads in network byte order, whatever the order of the buffer. */
final class Bytes {

    private Bytes() {
    }

    static int u8(ByteBuffer buffer, int index) {
        return buffer.get(index) & 0xff;
    }

    static int u16(ByteBuffer buffer, int index) {
        return u8(buffer, index) << 8 | u8(buffer, index + 1);
    }

    static int i32(ByteBuffer buffer, int index) {
        return u16(buffer, index) << 16 | u16(buffer, index + 2);
    }
}

package io.github.gwlb4j.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads and writes network byte order at absolute positions, whatever {@link ByteBuffer#order()} the caller's buffer has.
 *
 * <p>{@code ByteBuffer}'s own accessors, because the compiler knows a direct buffer's memory from a heap buffer's array behind
 * them, as long as a program uses no more than two kinds of buffers on its hot path; view var handles, which do not tell the
 * two apart, were a fifth slower. Every access is checked against the buffer's limit.
 */
public final class Bytes {
    private Bytes() {
    }

    /**
     * Reads one byte.
     *
     * @param buffer to read from
     * @param index  absolute position
     * @return 0 to 255
     */
    public static int u8(ByteBuffer buffer, int index) {
        return buffer.get(index) & 0xff;
    }

    /**
     * Reads two bytes.
     *
     * @param buffer to read from
     * @param index  absolute position
     * @return 0 to 65535
     */
    public static int u16(ByteBuffer buffer, int index) {
        short value = buffer.getShort(index);
        return (isNetworkOrder(buffer) ? value : Short.reverseBytes(value)) & 0xffff;
    }

    /**
     * Reads four bytes.
     *
     * @param buffer to read from
     * @param index  absolute position
     * @return the 32 bits; negative when the top bit is set
     */
    public static int i32(ByteBuffer buffer, int index) {
        int value = buffer.getInt(index);
        return isNetworkOrder(buffer) ? value : Integer.reverseBytes(value);
    }

    /**
     * Reads eight bytes.
     *
     * @param buffer to read from
     * @param index  absolute position
     * @return the 64 bits; negative when the top bit is set
     */
    public static long i64(ByteBuffer buffer, int index) {
        long value = buffer.getLong(index);
        return isNetworkOrder(buffer) ? value : Long.reverseBytes(value);
    }

    /**
     * Writes the low byte of a value.
     *
     * @param buffer to write to
     * @param index  absolute position
     * @param value  its low 8 bits are written
     */
    public static void put8(ByteBuffer buffer, int index, int value) {
        buffer.put(index, (byte) value);
    }

    /**
     * Writes the low two bytes of a value.
     *
     * @param buffer to write to
     * @param index  absolute position
     * @param value  its low 16 bits are written
     */
    public static void put16(ByteBuffer buffer, int index, int value) {
        buffer.putShort(index, isNetworkOrder(buffer) ? (short) value : Short.reverseBytes((short) value));
    }

    /**
     * Writes four bytes.
     *
     * @param buffer to write to
     * @param index  absolute position
     * @param value  the 32 bits
     */
    public static void put32(ByteBuffer buffer, int index, int value) {
        buffer.putInt(index, isNetworkOrder(buffer) ? value : Integer.reverseBytes(value));
    }

    /**
     * Writes eight bytes.
     *
     * @param buffer to write to
     * @param index  absolute position
     * @param value  the 64 bits
     */
    public static void put64(ByteBuffer buffer, int index, long value) {
        buffer.putLong(index, isNetworkOrder(buffer) ? value : Long.reverseBytes(value));
    }

    private static boolean isNetworkOrder(ByteBuffer buffer) {
        return buffer.order() == ByteOrder.BIG_ENDIAN;
    }
}

package io.github.gwlb4j.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads and writes network byte order at absolute positions, whatever {@link ByteBuffer#order()} the caller's buffer has.
 *
 * <p>View var handles compile to one unaligned load and a byte swap for direct and heap buffers alike, so one call site
 * that sees both kinds stays fast; {@code ByteBuffer.getInt} would be a virtual call there. Every access is checked
 * against the buffer's limit.
 */
public final class Bytes {
    private static final VarHandle SHORT = MethodHandles.byteBufferViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

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
        return (short) SHORT.get(buffer, index) & 0xffff;
    }

    /**
     * Reads four bytes.
     *
     * @param buffer to read from
     * @param index  absolute position
     * @return the 32 bits; negative when the top bit is set
     */
    public static int i32(ByteBuffer buffer, int index) {
        return (int) INT.get(buffer, index);
    }

    /**
     * Reads eight bytes.
     *
     * @param buffer to read from
     * @param index  absolute position
     * @return the 64 bits; negative when the top bit is set
     */
    public static long i64(ByteBuffer buffer, int index) {
        return (long) LONG.get(buffer, index);
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
        SHORT.set(buffer, index, (short) value);
    }

    /**
     * Writes four bytes.
     *
     * @param buffer to write to
     * @param index  absolute position
     * @param value  the 32 bits
     */
    public static void put32(ByteBuffer buffer, int index, int value) {
        INT.set(buffer, index, value);
    }

    /**
     * Writes eight bytes.
     *
     * @param buffer to write to
     * @param index  absolute position
     * @param value  the 64 bits
     */
    public static void put64(ByteBuffer buffer, int index, long value) {
        LONG.set(buffer, index, value);
    }
}

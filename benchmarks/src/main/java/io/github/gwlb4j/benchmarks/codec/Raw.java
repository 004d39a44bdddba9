package io.github.gwlb4j.benchmarks.codec;

import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import sun.misc.Unsafe;

/**
 * Reads and writes memory with no check of any kind, in network byte order: what the floors are made of. Wrong offsets crash
 * the process, which is why nothing but a floor may use it.
 */
final class Raw {
    private static final Unsafe UNSAFE = unsafe();
    private static final boolean IS_SWAPPED = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    private Raw() {
    }

    private static Unsafe unsafe() {
        try {
            Field field = Unsafe.class.getDeclaredField("theUnsafe");
            field.setAccessible(true);
            return (Unsafe) field.get(null);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Where a direct buffer's memory starts; the buffer must stay reachable. */
    static long addressOf(ByteBuffer direct) {
        try {
            return UNSAFE.getLong(direct, UNSAFE.objectFieldOffset(java.nio.Buffer.class.getDeclaredField("address")));
        } catch (NoSuchFieldException e) {
            throw new IllegalStateException(e);
        }
    }

    static int u8(long address) {
        return UNSAFE.getByte(address) & 0xff;
    }

    static int u16(long address) {
        short value = UNSAFE.getShort(address);
        return (IS_SWAPPED ? Short.reverseBytes(value) : value) & 0xffff;
    }

    static int i32(long address) {
        int value = UNSAFE.getInt(address);
        return IS_SWAPPED ? Integer.reverseBytes(value) : value;
    }

    static long i64(long address) {
        long value = UNSAFE.getLong(address);
        return IS_SWAPPED ? Long.reverseBytes(value) : value;
    }

    static void put8(long address, int value) {
        UNSAFE.putByte(address, (byte) value);
    }

    static void put16(long address, int value) {
        UNSAFE.putShort(address, IS_SWAPPED ? Short.reverseBytes((short) value) : (short) value);
    }

    static void put32(long address, int value) {
        UNSAFE.putInt(address, IS_SWAPPED ? Integer.reverseBytes(value) : value);
    }

    static void put64(long address, long value) {
        UNSAFE.putLong(address, IS_SWAPPED ? Long.reverseBytes(value) : value);
    }

    static void copy(long from, long to, long length) {
        UNSAFE.copyMemory(from, to, length);
    }

    /** The host's own byte order. */
    static long native64(long address) {
        return UNSAFE.getLong(address);
    }
}

package io.github.gwlb4j.benchmarks.codec;

import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import sun.misc.Unsafe;

/**
 * Reads and writes in network byte order with no check of ours: what the floors are made of.
 *
 * <p>With {@code -Dbenchmarks.floor=buffer} through a {@link ByteBuffer}, as one writes it by hand in Java; an address is a
 * position in a copy of the data then. Else through raw memory, without even the JVM's bounds checks: wrong offsets crash the process, which is why
 * nothing but a floor may use it.
 */
final class Raw {
    private static final Unsafe UNSAFE = unsafe();
    private static final boolean IS_BUFFER = "buffer".equals(System.getProperty("benchmarks.floor"));
    private static final boolean IS_SWAPPED = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    /** A constant, so that the compiler knows its address and limit: as cheap as a ByteBuffer can be. */
    private static final ByteBuffer BUFFER = ByteBuffer.allocateDirect(IS_BUFFER ? 1 << 20 : 0);
    private static final ByteBuffer NATIVE_ORDERED = BUFFER.duplicate().order(ByteOrder.nativeOrder());

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
        if (IS_BUFFER) {
            BUFFER.put(0, direct, 0, direct.limit());
            return 0;
        }
        try {
            return UNSAFE.getLong(direct, UNSAFE.objectFieldOffset(java.nio.Buffer.class.getDeclaredField("address")));
        } catch (NoSuchFieldException e) {
            throw new IllegalStateException(e);
        }
    }

    static int u8(long address) {
        return (IS_BUFFER ? BUFFER.get((int) address) : UNSAFE.getByte(address)) & 0xff;
    }

    static int u16(long address) {
        if (IS_BUFFER) {
            return BUFFER.getShort((int) address) & 0xffff;
        }
        short value = UNSAFE.getShort(address);
        return (IS_SWAPPED ? Short.reverseBytes(value) : value) & 0xffff;
    }

    static int i32(long address) {
        if (IS_BUFFER) {
            return BUFFER.getInt((int) address);
        }
        int value = UNSAFE.getInt(address);
        return IS_SWAPPED ? Integer.reverseBytes(value) : value;
    }

    static long i64(long address) {
        if (IS_BUFFER) {
            return BUFFER.getLong((int) address);
        }
        long value = UNSAFE.getLong(address);
        return IS_SWAPPED ? Long.reverseBytes(value) : value;
    }

    static void put8(long address, int value) {
        if (IS_BUFFER) {
            BUFFER.put((int) address, (byte) value);
        } else {
            UNSAFE.putByte(address, (byte) value);
        }
    }

    static void put16(long address, int value) {
        if (IS_BUFFER) {
            BUFFER.putShort((int) address, (short) value);
        } else {
            UNSAFE.putShort(address, IS_SWAPPED ? Short.reverseBytes((short) value) : (short) value);
        }
    }

    static void put32(long address, int value) {
        if (IS_BUFFER) {
            BUFFER.putInt((int) address, value);
        } else {
            UNSAFE.putInt(address, IS_SWAPPED ? Integer.reverseBytes(value) : value);
        }
    }

    static void put64(long address, long value) {
        if (IS_BUFFER) {
            BUFFER.putLong((int) address, value);
        } else {
            UNSAFE.putLong(address, IS_SWAPPED ? Long.reverseBytes(value) : value);
        }
    }

    static void copy(long from, long to, long length) {
        if (IS_BUFFER) {
            BUFFER.put((int) to, BUFFER, (int) from, (int) length);
        } else {
            UNSAFE.copyMemory(from, to, length);
        }
    }

    /** The host's own byte order. */
    static long native64(long address) {
        return IS_BUFFER ? NATIVE_ORDERED.getLong((int) address) : UNSAFE.getLong(address);
    }
}

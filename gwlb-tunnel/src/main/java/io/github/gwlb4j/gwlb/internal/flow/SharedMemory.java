package io.github.gwlb4j.gwlb.internal.flow;

import io.github.gwlb4j.geneve.aws.Gwlb;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Zeroed direct memory that threads share, addressed by byte, in the host's byte order; every access is bounds-checked.
 *
 * <p>Usable from any thread; who may do what is the owner's business. Plain access is for what a version number guards.
 * Starts on a pair of cache lines, so that a 128-byte record is two lines that the processor fetches together.
 */
final class SharedMemory {
    static final int LINE_BYTES = 64;
    private static final int ALIGNMENT = 2 * LINE_BYTES;
    static final long MAX_BYTES = Integer.MAX_VALUE - ALIGNMENT;

    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private final ByteBuffer bytes;

    /** Takes the memory, or says what to do about there not being enough. */
    SharedMemory(long lengthBytes, String purpose) {
        if (lengthBytes > MAX_BYTES) {
            throw new IllegalArgumentException(purpose + " would take " + lengthBytes + " bytes, more than the " + MAX_BYTES
                    + " that one buffer holds: lower maxFlows, inlineHeaderBytes or overflowPaths");
        }
        try {
            ByteBuffer whole = ByteBuffer.allocateDirect((int) lengthBytes + ALIGNMENT - 1);
            int toBoundary = -whole.alignmentOffset(0, ALIGNMENT) & ALIGNMENT - 1;
            bytes = whole.slice(toBoundary, (int) lengthBytes).order(ByteOrder.nativeOrder());
        } catch (OutOfMemoryError e) {
            throw new IllegalStateException(purpose + " takes " + (lengthBytes >> 20) + " MiB of direct memory, which this JVM may not"
                    + " have: raise -XX:MaxDirectMemorySize (by default the maximum heap, -Xmx) or lower the number", e);
        }
    }

    int i32(int at) {
        return bytes.getInt(at);
    }

    long i64(int at) {
        return bytes.getLong(at);
    }

    void put32(int at, int value) {
        bytes.putInt(at, value);
    }

    void put64(int at, long value) {
        bytes.putLong(at, value);
    }

    int acquire32(int at) {
        return (int) INT.getAcquire(bytes, at);
    }

    int opaque32(int at) {
        return (int) INT.getOpaque(bytes, at);
    }

    long acquire64(int at) {
        return (long) LONG.getAcquire(bytes, at);
    }

    void putOpaque32(int at, int value) {
        INT.setOpaque(bytes, at, value);
    }

    void putRelease32(int at, int value) {
        INT.setRelease(bytes, at, value);
    }

    void putRelease64(int at, long value) {
        LONG.setRelease(bytes, at, value);
    }

    boolean compareAndSet32(int at, int expected, int value) {
        return INT.compareAndSet(bytes, at, expected, value);
    }

    boolean compareAndSet64(int at, long expected, long value) {
        return LONG.compareAndSet(bytes, at, expected, value);
    }

    int getAndAdd32(int at, int delta) {
        return (int) INT.getAndAdd(bytes, at, delta);
    }

    /** Copies a whole number of 4-byte words from a buffer of any kind and byte order. */
    void copyIn(ByteBuffer from, int fromAt, int at, int lengthBytes) {
        int i = 0;
        for (; i + Long.BYTES <= lengthBytes; i += Long.BYTES) {
            bytes.putLong(at + i, (long) LONG.get(from, fromAt + i));
        }
        if (i < lengthBytes) {
            bytes.putInt(at + i, (int) INT.get(from, fromAt + i));
        }
    }

    /** Copies a whole number of 4-byte words to a buffer of any kind and byte order. */
    void copyOut(int at, ByteBuffer to, int toAt, int lengthBytes) {
        if (lengthBytes == Gwlb.HEADER_LENGTH) { // nearly always: without a loop, which would be compiled for any length
            LONG.set(to, toAt, bytes.getLong(at));
            LONG.set(to, toAt + 8, bytes.getLong(at + 8));
            LONG.set(to, toAt + 16, bytes.getLong(at + 16));
            LONG.set(to, toAt + 24, bytes.getLong(at + 24));
            LONG.set(to, toAt + 32, bytes.getLong(at + 32));
        } else {
            copyOutAny(at, to, toAt, lengthBytes);
        }
    }

    private void copyOutAny(int at, ByteBuffer to, int toAt, int lengthBytes) {
        int i = 0;
        for (; i + Long.BYTES <= lengthBytes; i += Long.BYTES) {
            LONG.set(to, toAt + i, bytes.getLong(at + i));
        }
        if (i < lengthBytes) {
            INT.set(to, toAt + i, bytes.getInt(at + i));
        }
    }

    /** Whether a whole number of 4-byte words is equal here and there. */
    boolean isEqual(int at, ByteBuffer other, int otherAt, int lengthBytes) {
        if (lengthBytes != Gwlb.HEADER_LENGTH) { // the same
            return isEqualAny(at, other, otherAt, lengthBytes);
        }
        return (bytes.getLong(at) ^ (long) LONG.get(other, otherAt)
                | bytes.getLong(at + 8) ^ (long) LONG.get(other, otherAt + 8)
                | bytes.getLong(at + 16) ^ (long) LONG.get(other, otherAt + 16)
                | bytes.getLong(at + 24) ^ (long) LONG.get(other, otherAt + 24)
                | bytes.getLong(at + 32) ^ (long) LONG.get(other, otherAt + 32)) == 0;
    }

    private boolean isEqualAny(int at, ByteBuffer other, int otherAt, int lengthBytes) {
        int i = 0;
        long difference = 0;
        for (; i + Long.BYTES <= lengthBytes; i += Long.BYTES) {
            difference |= bytes.getLong(at + i) ^ (long) LONG.get(other, otherAt + i);
        }
        return difference == 0 && (i >= lengthBytes || bytes.getInt(at + i) == (int) INT.get(other, otherAt + i));
    }
}

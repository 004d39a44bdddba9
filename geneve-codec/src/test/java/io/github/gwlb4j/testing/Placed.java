package io.github.gwlb4j.testing;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The same bytes laid into buffers of each kind, at an odd offset, with other bytes before and behind: code that ignores
 * offset, limit or byte order fails on one of them.
 */
public enum Placed {
    HEAP {
        @Override
        ByteBuffer allocate(int size) {
            return ByteBuffer.allocate(size);
        }
    },
    DIRECT {
        @Override
        ByteBuffer allocate(int size) {
            return ByteBuffer.allocateDirect(size);
        }
    },
    DIRECT_LITTLE_ENDIAN {
        @Override
        ByteBuffer allocate(int size) {
            return ByteBuffer.allocateDirect(size).order(ByteOrder.LITTLE_ENDIAN);
        }
    };

    /** Where the bytes start. */
    public static final int OFFSET = 13;
    private static final byte NOISE = (byte) 0xa5;

    abstract ByteBuffer allocate(int size);

    public ByteBuffer place(byte[] bytes) {
        ByteBuffer buffer = allocate(OFFSET + bytes.length + OFFSET);
        for (int i = 0; i < buffer.capacity(); i++) {
            buffer.put(i, NOISE);
        }
        buffer.put(OFFSET, bytes, 0, bytes.length);
        return buffer;
    }

    /** Whether nothing was written outside of the bytes. */
    public static boolean isNoiseIntact(ByteBuffer buffer, int length) {
        for (int i = 0; i < buffer.capacity(); i++) {
            boolean isOutside = i < OFFSET || i >= OFFSET + length;
            if (isOutside && buffer.get(i) != NOISE) {
                return false;
            }
        }
        return true;
    }
}

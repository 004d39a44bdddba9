package io.github.gwlb4j.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import com.sun.jna.Native;
import com.sun.jna.Pointer;

/** Addresses of direct buffers, as system calls want them. Safe for any thread. */
public final class NativeMemory {

    private static final int CACHE_LINE_BYTES = 64;

    private NativeMemory() {
    }

    /**
     * The address of a direct buffer's byte 0, whatever its position is.
     *
     * @param buffer a direct buffer
     * @return the address; valid while the buffer is reachable
     * @throws IllegalStateException if the buffer is not direct or this platform has no JNA library
     */
    public static long addressOf(ByteBuffer buffer) {
        if (!buffer.isDirect()) {
            throw new IllegalStateException("only a direct buffer has a native address");
        }
        try {
            return Pointer.nativeValue(Native.getDirectBufferPointer(buffer));
        } catch (LinkageError e) {
            throw new IllegalStateException("no JNA native library for this platform ("
                    + System.getProperty("os.name") + ", " + System.getProperty("os.arch") + ")", e);
        }
    }

    /**
     * Allocates zeroed memory for C structs and packets.
     *
     * @param bytes size in bytes
     * @return a direct buffer in the machine's byte order, aligned to 64 bytes
     */
    public static ByteBuffer allocate(int bytes) {
        int cacheLines = (bytes + CACHE_LINE_BYTES - 1) / CACHE_LINE_BYTES + 1;
        ByteBuffer aligned = ByteBuffer.allocateDirect(cacheLines * CACHE_LINE_BYTES).alignedSlice(CACHE_LINE_BYTES);
        return aligned.slice(0, bytes).order(ByteOrder.nativeOrder());
    }
}

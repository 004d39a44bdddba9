package io.github.gwlb4j.pcap;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;

/** Gathers little-endian bytes in a direct buffer before they go to a channel; allocates nothing afterwards. */
final class ChannelOutput implements Closeable {

    private static final int MAX_PADDING = 3;

    private final WritableByteChannel channel;
    private final ByteBuffer buffer;
    private boolean failed;

    ChannelOutput(WritableByteChannel channel, int bufferBytes) {
        this.channel = channel;
        this.buffer = ByteBuffer.allocateDirect(bufferBytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * The buffer with room for some bytes, to put them.
     *
     * @param bytes far fewer than the buffer has
     */
    ByteBuffer room(int bytes) throws IOException {
        if (buffer.remaining() < bytes) {
            flush();
        }
        return buffer;
    }

    void put(ByteBuffer source, int offset, int length) throws IOException {
        int at = offset;
        int end = offset + length;
        while (at < end) {
            int step = Math.min(end - at, room(1).remaining());
            buffer.put(buffer.position(), source, at, step);
            buffer.position(buffer.position() + step);
            at += step;
        }
    }

    void put(byte[] source) throws IOException {
        int at = 0;
        while (at < source.length) {
            int step = Math.min(source.length - at, room(1).remaining());
            buffer.put(source, at, step);
            at += step;
        }
    }

    /** Zeros up to the next multiple of 4 after a field of some length. */
    void pad(int length) throws IOException {
        room(MAX_PADDING);
        for (int i = length; (i & 3) != 0; i++) {
            buffer.put((byte) 0);
        }
    }

    /** After an error nothing more is written, so that what is in the file stays the start of a good one. */
    void flush() throws IOException {
        if (failed) {
            throw new IOException("the capture ended when an earlier write failed");
        }
        buffer.flip();
        failed = true;
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
        failed = false;
        buffer.clear();
    }

    @Override
    public void close() throws IOException {
        try (WritableByteChannel closing = channel) {
            if (!failed && closing.isOpen()) {
                flush();
            }
        }
    }
}

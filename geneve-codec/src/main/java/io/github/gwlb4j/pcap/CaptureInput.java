package io.github.gwlb4j.pcap;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A bounded window that moves forward over a capture. Everything is read relative to the window's position, the start of the
 * current record; nothing is read that {@link #fill} or {@link #require} has not brought in.
 */
final class CaptureInput implements Closeable {

    /** The window never grows beyond this, whatever lengths a file claims. */
    static final int MAX_WINDOW_BYTES = 2 * PacketSource.MAX_PACKET_BYTES;

    private static final int INITIAL_WINDOW_BYTES = 64 * 1024;

    private final String name;
    /** Null if the window holds the whole capture. */
    private final InputStream in;
    private ByteBuffer window;
    private ByteBuffer view;
    /** Offset in the file of the window's index 0. */
    private long base;
    private ByteOrder order = ByteOrder.LITTLE_ENDIAN;

    CaptureInput(InputStream in, String name) {
        this.name = name;
        this.in = in;
        adopt(ByteBuffer.allocate(INITIAL_WINDOW_BYTES).limit(0));
    }

    CaptureInput(ByteBuffer whole, String name) {
        this.name = name;
        this.in = null;
        adopt(whole.slice());
    }

    private void adopt(ByteBuffer newWindow) {
        window = newWindow.order(order);
        view = newWindow.asReadOnlyBuffer();
    }

    /** Byte order of the integers read here; the view given to users is always in network order. */
    void order(ByteOrder newOrder) {
        order = newOrder;
        window.order(newOrder);
    }

    ByteOrder order() {
        return order;
    }

    /** A read-only view over the window, the same object until the window grows. */
    ByteBuffer view() {
        return view;
    }

    /** Index in the view of a byte of the current record. */
    int index(int at) {
        return window.position() + at;
    }

    /** Offset in the file of the current record. */
    long offset() {
        return base + window.position();
    }

    int u16(int at) {
        return window.getShort(window.position() + at) & 0xffff;
    }

    int i32(int at) {
        return window.getInt(window.position() + at);
    }

    long u32(int at) {
        return Integer.toUnsignedLong(i32(at));
    }

    /**
     * Brings bytes of the current record into the window; reads no more from the stream than is needed and at hand.
     *
     * @param wanted at most {@link #MAX_WINDOW_BYTES}
     * @return {@code wanted}, or less at the end of the capture
     */
    int fill(int wanted) throws IOException {
        if (window.remaining() >= wanted) {
            return wanted;
        }
        if (in == null) {
            return window.remaining();
        }
        makeRoom(wanted);
        while (window.remaining() < wanted) {
            int limit = window.limit();
            int count = in.read(window.array(), limit, window.capacity() - limit);
            if (count < 0) {
                return window.remaining();
            }
            window.limit(limit + count);
        }
        return wanted;
    }

    private void makeRoom(int wanted) {
        if (window.position() + wanted <= window.capacity()) {
            return;
        }
        base += window.position();
        if (wanted <= window.capacity()) {
            window.compact().flip();
            return;
        }
        int capacity = Math.min(MAX_WINDOW_BYTES, Math.max(wanted, 2 * window.capacity()));
        adopt(ByteBuffer.allocate(capacity).put(window).flip());
    }

    /** Like {@link #fill}, but all must be there: {@code "captured bytes of the packet"}. */
    void require(int wanted, String what) throws IOException {
        int there = fill(wanted);
        if (there < wanted) {
            throw damaged("the file is cut short: " + there + " of " + wanted + " bytes of " + what + " are there");
        }
    }

    /** Makes what follows the current record's first bytes the current record. */
    void advance(int count) {
        window.position(window.position() + count);
    }

    /**
     * Passes over bytes without bringing them into the window all at once.
     *
     * @return how many bytes are missing at the end of the capture: 0 if all were there
     */
    long skip(long count) throws IOException {
        long left = count;
        while (left > 0) {
            int there = fill((int) Math.min(left, INITIAL_WINDOW_BYTES));
            if (there == 0) {
                break;
            }
            advance(there);
            left -= there;
        }
        return left;
    }

    /** An exception that names this capture and where the current record starts. */
    PcapFormatException damaged(String problem) {
        return new PcapFormatException(name, offset(), problem);
    }

    String name() {
        return name;
    }

    @Override
    public void close() throws IOException {
        if (in != null) {
            in.close();
        }
    }
}

package io.github.gwlb4j.firewall.inspect;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The first bytes of a stream, put together from pieces in any order. The first copy of a byte stays; a later copy that differs is
 * told. One bit a byte says what is there, so no order and no number of pieces costs more memory.
 */
final class SegmentBuffer {
    private static final int INITIAL_BYTES = 2048;

    private final int limit;
    private ByteBuffer bytes;
    private long[] present;
    private int end;
    private int ready;

    SegmentBuffer(int limit) {
        this.limit = limit;
        bytes = ByteBuffer.allocate(Math.min(limit, INITIAL_BYTES));
        present = new long[wordsFor(bytes.capacity())];
    }

    void clear() {
        Arrays.fill(present, 0, wordsFor(end), 0);
        end = 0;
        ready = 0;
    }

    /**
     * Takes a piece; what lies before position 0 or behind the limit is left out.
     *
     * @param position of the piece's first byte in the stream
     * @return whether every byte that was there already is the same
     */
    boolean put(int position, ByteBuffer source, int offset, int length) {
        int first = Math.max(0, position);
        int last = (int) Math.min(limit, (long) position + length);
        if (first >= last) {
            return true;
        }
        grow(last);
        boolean isSame = true;
        int from = offset - position;
        for (int at = first; at < last; at++) {
            byte next = source.get(from + at);
            long bit = 1L << at;
            if ((present[at >> 6] & bit) == 0) {
                present[at >> 6] |= bit;
                bytes.put(at, next);
            } else {
                isSame &= bytes.get(at) == next;
            }
        }
        end = Math.max(end, last);
        while (ready < end && (present[ready >> 6] & 1L << ready) != 0) {
            ready++;
        }
        return isSame;
    }

    /**
     * Forgets the start of the stream, a multiple of 64 bytes.
     *
     * @param upTo position up to which nothing is needed any more, at most {@link #ready()}
     * @return how many bytes were forgotten, 0 or more: all positions are smaller by this now
     */
    int forget(int upTo) {
        int forgotten = Math.max(0, upTo) & -Long.SIZE;
        if (forgotten > 0) {
            int words = wordsFor(end);
            System.arraycopy(present, forgotten >> 6, present, 0, words - (forgotten >> 6));
            Arrays.fill(present, words - (forgotten >> 6), words, 0);
            bytes.put(0, bytes, forgotten, end - forgotten);
            end -= forgotten;
            ready -= forgotten;
        }
        return forgotten;
    }

    private void grow(int needed) {
        if (needed > bytes.capacity()) {
            int capacity = Math.min(limit, Math.max(needed, 2 * bytes.capacity()));
            bytes = ByteBuffer.allocate(capacity).put(0, bytes, 0, end);
            present = Arrays.copyOf(present, wordsFor(capacity));
        }
    }

    private static int wordsFor(int bits) {
        return bits + Long.SIZE - 1 >> 6;
    }

    /** Holds the bytes from position 0 to {@link #ready()}. */
    ByteBuffer bytes() {
        return bytes;
    }

    /** Bytes from the start without a gap. */
    int ready() {
        return ready;
    }

    /** Position behind the last byte that is there. */
    int end() {
        return end;
    }

    int limit() {
        return limit;
    }
}

package io.github.gwlb4j.gwlb.internal.flow;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.packet.FlowKey;
import java.nio.ByteBuffer;

/**
 * One flow on its way between a {@link FlowTable} and another process, or a file. All fields in network byte order:
 *
 * <pre>
 *   0        2       3       4       8           16                  48      52     56
 *  +--------+-------+-------+-------+-----------+-------------------+-------+------+---------------+---------------+
 *  | length | flags | paths | age   | endpoint  | both ends'        | ports | kind | path forward  | path backward |
 *  |        |       |       | in ms | id        | addresses         |       |      |               |               |
 *  +--------+-------+-------+-------+-----------+-------------------+-------+------+---------------+---------------+
 *
 *  path: peer high 8, peer low 8, origin 4, peer port 2, header length 2, GENEVE header
 * </pre>
 *
 * <p>What comes from outside is believed only if every length, the key and both headers are such as the table itself would hold: a
 * record that {@link #read} accepts can be put into a table without harm. Not thread-safe; reused.
 */
public final class FlowRecord {
    /** Length of a record with the longest headers in both directions. */
    public static final int MAX_BYTES = 56 + 2 * (24 + Geneve.MAX_HEADER_LENGTH);

    private static final int FIXED_BYTES = 56;
    private static final int PATH_BYTES = 24;
    private static final int FORWARD = 1;
    private static final int BACKWARD = 2;
    /** The backward path is the forward one. */
    private static final int SHARED = 4;

    final FlowKey key = new FlowKey();
    final ReturnPath forward = new ReturnPath();
    final ReturnPath backward = new ReturnPath();
    /** Which paths there are. */
    private int paths;
    /** FIN and RST seen, as {@link FlowSlots} keeps them. */
    int flags;
    /** How long the flow has been silent, in milliseconds. */
    long ageMs;

    /** Makes a record of no flow. */
    public FlowRecord() {
        // Filled by read(), or by the table.
    }

    void has(boolean isForward, boolean isBackward, boolean isShared) {
        paths = (isForward ? FORWARD : 0) | (isBackward ? BACKWARD : 0) | (isShared ? SHARED : 0);
    }

    /** The path of a direction; null if there is none. */
    ReturnPath path(boolean isForward) {
        if ((paths & SHARED) != 0) {
            return forward;
        }
        return (paths & (isForward ? FORWARD : BACKWARD)) == 0 ? null : isForward ? forward : backward;
    }

    /**
     * The endpoint whose flow it is.
     *
     * @return id of its network interface
     */
    public long endpointId() {
        return key.endpointId();
    }

    /**
     * Makes the flow appear older, or younger.
     *
     * @param ms added to its silence, which does not become less than none
     */
    public void addAge(long ms) {
        ageMs = Math.max(0, Math.min(Integer.MAX_VALUE, ageMs + Math.min(Integer.MAX_VALUE, ms)));
    }

    /** Appends the record; there must be room for {@link #MAX_BYTES}. */
    void write(ByteBuffer out) {
        int start = out.position();
        out.putShort((short) 0).put((byte) flags).put((byte) paths).putInt((int) Math.min(ageMs, Integer.MAX_VALUE));
        out.putLong(key.endpointId()).putLong(key.firstHigh()).putLong(key.firstLow()).putLong(key.secondHigh()).putLong(key.secondLow());
        out.putInt(key.ports()).putInt(key.kind());
        if ((paths & FORWARD) != 0) {
            write(out, forward);
        }
        if ((paths & BACKWARD) != 0) {
            write(out, backward);
        }
        out.putShort(start, (short) (out.position() - start));
    }

    private static void write(ByteBuffer out, ReturnPath path) {
        out.putLong(path.peerHigh()).putLong(path.peerLow()).putInt(path.origin());
        out.putShort((short) path.peerPort()).putShort((short) path.headerLength());
        out.put(out.position(), path.header(), path.headerOffset(), path.headerLength());
        out.position(out.position() + path.headerLength());
    }

    /**
     * Takes the record at a buffer's position, and moves that behind it.
     *
     * @param in from its position to its limit, in network byte order
     * @return whether it is a flow; if not, the position and this record mean nothing any more
     */
    public boolean read(ByteBuffer in) {
        int start = in.position();
        if (in.remaining() < FIXED_BYTES) {
            return false;
        }
        int length = Short.toUnsignedInt(in.getShort());
        flags = in.get();
        paths = in.get();
        ageMs = in.getInt();
        long endpointId = in.getLong();
        long firstHigh = in.getLong();
        long firstLow = in.getLong();
        long secondHigh = in.getLong();
        long secondLow = in.getLong();
        int ports = in.getInt();
        boolean isKey = key.setNumbers(endpointId, in.getInt(), firstHigh, firstLow, secondHigh, secondLow, ports);
        boolean arePaths = paths == FORWARD || paths == BACKWARD || paths == (FORWARD | BACKWARD) || paths == (FORWARD | SHARED);
        return isKey && arePaths && ageMs >= 0 && (flags & ~FlowSlots.CLOSING_FLAGS) == 0
                && ((paths & FORWARD) == 0 || read(in, forward)) && ((paths & BACKWARD) == 0 || read(in, backward))
                && in.position() - start == length;
    }

    private static boolean read(ByteBuffer in, ReturnPath path) {
        if (in.remaining() < PATH_BYTES) {
            return false;
        }
        long peerHigh = in.getLong();
        long peerLow = in.getLong();
        int origin = in.getInt();
        int peerPort = Short.toUnsignedInt(in.getShort());
        int length = Short.toUnsignedInt(in.getShort());
        if (length < Geneve.BASE_HEADER_LENGTH || length > Geneve.MAX_HEADER_LENGTH || length > in.remaining()
                || !isHeader(in, in.position(), length)) {
            return false;
        }
        path.found(length, peerHigh, peerLow, peerPort, origin);
        path.header().put(path.headerOffset(), in, in.position(), length);
        in.position(in.position() + length);
        return true;
    }

    /** RFC 8926, 3.4: version 0, and the length of the options is that of the header. */
    private static boolean isHeader(ByteBuffer in, int at, int length) {
        return length == Geneve.BASE_HEADER_LENGTH + (in.get(at) & 0xff) * Integer.BYTES;
    }
}

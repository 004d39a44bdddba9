package io.github.gwlb4j.internal;

import static io.github.gwlb4j.internal.Bytes.i32;
import static io.github.gwlb4j.internal.Bytes.u16;

import java.nio.ByteBuffer;

/**
 * Walks what may stand between an EtherType field and the network layer: 802.1Q and 802.1ad VLAN tags, and IEEE 802.3's
 * LLC/SNAP header. A reused flyweight, not thread-safe; allocates nothing.
 */
public final class EtherTypeWalk {
    /** The outcome of {@link #walk}. */
    public enum Status {
        /** The network layer was found. */
        FOUND,
        /** The bytes end inside a tag. */
        TRUNCATED,
        /** IEEE 802.3 with LLC other than SNAP: there is no EtherType. */
        NO_ETHERTYPE
    }

    private static final int VLAN_TAG = 4;
    private static final int SNAP_HEADER = 8;
    private static final int MIN_ETHERTYPE = 0x0600;
    private static final int MAX_LLC_LENGTH = 1500;

    /** EtherType of the network layer. */
    public int etherType;
    /** Absolute position of the network layer; it may equal the end. */
    public int networkOffset;
    /** How many VLAN tags there are. */
    public int vlanTags;
    /** The outermost tag's VLAN identifier, 0 to 4095; 0 if untagged. */
    public int vlanId;

    /** Makes a walk that stands nowhere. */
    public EtherTypeWalk() {
    }

    /** Sets all fields to 0. */
    public void reset() {
        etherType = 0;
        networkOffset = 0;
        vlanTags = 0;
        vlanId = 0;
    }

    /**
     * Walks from an EtherType field to the network layer.
     *
     * @param frame     holds the frame
     * @param type      what the EtherType field says
     * @param headerEnd absolute position behind the header that has the field, at most {@code end}
     * @param end       absolute position behind the last byte
     * @return {@link Status#FOUND}, or why there is no network layer; the fields mean nothing then
     */
    public Status walk(ByteBuffer frame, int type, int headerEnd, int end) {
        reset();
        int next = headerEnd;
        int found = type;
        while (isVlan(found)) {
            if (next + VLAN_TAG > end) {
                return Status.TRUNCATED;
            }
            if (vlanTags++ == 0) {
                vlanId = u16(frame, next) & 0x0fff;
            }
            found = u16(frame, next + 2);
            next += VLAN_TAG;
        }
        return found >= MIN_ETHERTYPE ? found(next, found) : llc(frame, found, next, end);
    }

    private static boolean isVlan(int etherType) {
        return etherType == 0x8100 || etherType == 0x88a8 || etherType == 0x9100;
    }

    /** IEEE 802.3: the field was a length; a SNAP header with the encapsulated-Ethernet OUI carries the EtherType. */
    private Status llc(ByteBuffer frame, int length, int next, int end) {
        boolean isSnap = length <= MAX_LLC_LENGTH && next + SNAP_HEADER <= end
                && i32(frame, next) == 0xaaaa0300 && u16(frame, next + 4) == 0;
        return isSnap ? found(next + SNAP_HEADER, u16(frame, next + 6)) : Status.NO_ETHERTYPE;
    }

    private Status found(int offset, int type) {
        networkOffset = offset;
        etherType = type;
        return Status.FOUND;
    }
}

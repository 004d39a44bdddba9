package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.geneve.aws.GwlbDecoder;
import io.github.gwlb4j.gwlb.ReplaceStatus;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.packet.IpPacket;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Puts other inner packets in the place of received ones. One that is not longer goes where the old one was; a longer one, with
 * a copy of its GENEVE header, behind the slots of the batch: datagrams that came merged lie side by side, so none can grow where it is.
 *
 * <p>Belongs to one worker. Allocates nothing.
 */
final class InnerReplacement {
    private final GwlbDecoder decoder;
    private final IpPacket inner;
    private final ByteBuffer buffer;
    private final int roomOffset;
    private final OfferedPacket offered;
    /** By how many bytes each datagram of the batch, and its inner packet, are longer than they came. */
    private final int[] growth;
    private final int[] innerGrowth;
    private int used;
    private boolean isUsed;

    /**
     * Uses the end of a batch's buffer.
     *
     * @param decoder      shows the header that is being looked at
     * @param inner        shows its packet
     * @param buffer       of the batch
     * @param roomOffset   where the room for longer packets starts; it ends with the buffer
     * @param maxDatagrams most of a batch
     * @param tunnelMtu    longest packet
     */
    InnerReplacement(GwlbDecoder decoder, IpPacket inner, ByteBuffer buffer, int roomOffset, int maxDatagrams, int tunnelMtu) {
        this.decoder = decoder;
        this.inner = inner;
        this.buffer = buffer;
        this.roomOffset = roomOffset;
        this.offered = new OfferedPacket(tunnelMtu);
        this.growth = new int[maxDatagrams];
        this.innerGrowth = new int[maxDatagrams];
    }

    /** Another batch: its packets are as they came. */
    void begin() {
        used = roomOffset;
        if (isUsed) {
            Arrays.fill(growth, 0);
            Arrays.fill(innerGrowth, 0);
            isUsed = false;
        }
    }

    /** Replaces the packet that decoder and inner packet show, and shows the new one with them. */
    ReplaceStatus replace(DatagramBatch datagrams, int i, ByteBuffer packet, int offset, int length) {
        if (!offered.wrap(packet, offset, length) || offered.version() != inner.version()) {
            return ReplaceStatus.MALFORMED;
        }
        if (offered.isTooLarge()) {
            return ReplaceStatus.TOO_LARGE;
        }
        int headerLength = decoder.header().headerLength();
        int newLength = headerLength + offered.length();
        int at = newLength <= datagrams.length(i) ? datagrams.offset(i) : roomFor(datagrams, newLength);
        if (at < 0) {
            return ReplaceStatus.NO_ROOM;
        }
        put(datagrams, i, at, headerLength, packet, offset);
        return ReplaceStatus.REPLACED;
    }

    private int roomFor(DatagramBatch datagrams, int bytes) {
        if (datagrams.buffer() != buffer || bytes > buffer.capacity() - used) {
            return -1;
        }
        int at = used;
        used += bytes;
        return at;
    }

    /** The new packet first, where it may still lie under the old one; the header is not in its way. */
    private void put(DatagramBatch datagrams, int i, int at, int headerLength, ByteBuffer packet, int offset) {
        int innerLength = offered.length();
        ByteBuffer target = datagrams.buffer();
        target.put(at + headerLength, packet, offset, innerLength);
        if (at != datagrams.offset(i)) {
            target.put(at, target, datagrams.offset(i), headerLength);
        }
        growth[i] += headerLength + innerLength - datagrams.length(i);
        innerGrowth[i] += innerLength - inner.totalLength();
        isUsed = true;
        datagrams.move(i, at, headerLength + innerLength);
        decoder.decode(target, at, headerLength + innerLength);
        inner.wrap(target, at + headerLength, innerLength);
    }

    /** By how many bytes a datagram is longer than it came; negative if it is shorter. */
    int growth(int i) {
        return growth[i];
    }

    /** The same for its inner packet. */
    int innerGrowth(int i) {
        return innerGrowth[i];
    }
}

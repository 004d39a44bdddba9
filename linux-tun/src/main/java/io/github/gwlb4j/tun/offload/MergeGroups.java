package io.github.gwlb4j.tun.offload;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The super-packets that are being put together from one batch, in the order of their first packets. Owned by one thread;
 * allocates nothing after construction.
 *
 * <p>A group is a chain of packet indexes with what the next member must have. The flow table finds the youngest group of a
 * flow; its slots are valid for one batch only, told by a stamp, so that it need not be cleared.
 */
final class MergeGroups {

    /** With the header in front this is the most that writev(2) takes (IOV_MAX). */
    private static final int MAX_MEMBERS = 1023;
    private static final int NONE = -1;
    /** Traits of a group. */
    private static final int IPV4 = 1;
    private static final int TCP = 2;
    private static final int MERGEABLE = 4;
    private static final int VERIFIED = 8;
    private static final int PUSH = 16;
    private static final int KIND = IPV4 | TCP;

    private final int[] firstPacket;
    private final int[] lastPacket;
    private final int[] members;
    private final int[] firstOffset;
    private final int[] firstLength;
    private final int[] headerLength;
    private final int[] segmentSize;
    private final int[] totalLength;
    private final int[] nextSequence;
    private final int[] nextId;
    private final byte[] traits;
    private final int[] nextPacket;
    private final int[] slotGroup;
    private final int[] slotStamp;
    private int stamp;
    private int count;
    private int closedBefore;
    private boolean mayAnyGrow;

    MergeGroups(int maxPackets) {
        firstPacket = new int[maxPackets];
        lastPacket = new int[maxPackets];
        members = new int[maxPackets];
        firstOffset = new int[maxPackets];
        firstLength = new int[maxPackets];
        headerLength = new int[maxPackets];
        segmentSize = new int[maxPackets];
        totalLength = new int[maxPackets];
        nextSequence = new int[maxPackets];
        nextId = new int[maxPackets];
        traits = new byte[maxPackets];
        nextPacket = new int[maxPackets];
        int slots = Integer.highestOneBit(maxPackets) * 4;
        slotGroup = new int[slots];
        slotStamp = new int[slots];
    }

    void clear() {
        count = 0;
        closedBefore = 0;
        mayAnyGrow = false;
        if (++stamp == 0) { // after four thousand million batches, and the slots that were never used would count
            Arrays.fill(slotStamp, 0);
            stamp = 1;
        }
    }

    int count() {
        return count;
    }

    /** No packet may join any group there is. */
    void closeAll() {
        closedBefore = count;
        mayAnyGrow = false;
    }

    /** Whether there is a group that a packet could join, or end by coming behind it; if not, flows do not matter. */
    boolean mayAnyGrow() {
        return mayAnyGrow;
    }

    /** Slot of a packet's flow: of its youngest group if it has one, else free. */
    int slot(TransportPacket packet) {
        int slot = packet.flowHash() & slotGroup.length - 1;
        while (slotStamp[slot] == stamp) {
            int group = slotGroup[slot];
            if ((traits[group] & KIND) == kind(packet) && packet.sameFlow(firstOffset[group])) {
                return slot;
            }
            slot = slot + 1 & slotGroup.length - 1;
        }
        return slot;
    }

    /** The group in a slot that may take further packets, or a negative number. */
    int openGroup(int slot) {
        if (slotStamp[slot] != stamp) {
            return NONE;
        }
        int group = slotGroup[slot];
        return group >= closedBefore && has(group, MERGEABLE) ? group : NONE;
    }

    void close(int group) {
        traits[group] &= ~MERGEABLE;
    }

    private boolean has(int group, int trait) {
        return (traits[group] & trait) != 0;
    }

    private static int kind(TransportPacket packet) {
        return (packet.ipv4 ? IPV4 : 0) | (packet.tcp ? TCP : 0);
    }

    /** Starts a group that stays alone: it has no flow, or there is none that it could end. */
    void addAlone(int packetIndex, TransportPacket packet) {
        add(packetIndex, packet, false);
    }

    /** Starts a group and makes it the youngest of its flow. */
    void start(int packetIndex, TransportPacket packet, int slot, boolean mayGrow) {
        slotGroup[slot] = count;
        slotStamp[slot] = stamp;
        add(packetIndex, packet, mayGrow);
    }

    private void add(int packetIndex, TransportPacket packet, boolean mayGrow) {
        int group = count++;
        firstPacket[group] = packetIndex;
        nextPacket[packetIndex] = NONE;
        members[group] = 1;
        firstOffset[group] = packet.offset;
        firstLength[group] = packet.length;
        headerLength[group] = packet.headerLength;
        traits[group] = (byte) (kind(packet) | (mayGrow ? MERGEABLE : 0));
        mayAnyGrow |= mayGrow;
    }

    /** Reads out of a group's only packet what its next must have: most packets stay alone, and never need it. */
    private void expectSecond(int group, ByteBuffer buffer) {
        int first = firstOffset[group];
        lastPacket[group] = firstPacket[group];
        segmentSize[group] = firstLength[group] - headerLength[group];
        totalLength[group] = firstLength[group];
        nextSequence[group] = has(group, TCP) ? TransportPacket.sequence(buffer, first, isIpv4(group)) + segmentSize[group] : 0;
        nextId[group] = isIpv4(group) ? idAfter(TransportPacket.ipv4Id(buffer, first), group, buffer) : 0;
        notePush(group, has(group, TCP) && TransportPacket.hasPush(buffer, first, isIpv4(group)));
    }

    private int idAfter(int id, int group, ByteBuffer buffer) {
        return id + IpFields.ipv4IdStep(TransportPacket.ipv4Id(buffer, firstOffset[group])) & 0xffff;
    }

    private void notePush(int group, boolean isPush) {
        if (isPush) {
            traits[group] |= PUSH;
        }
    }

    /** Whether a packet of the group's flow continues it, checksums aside. */
    boolean continues(int group, TransportPacket packet) {
        if (members[group] == 1) {
            expectSecond(group, packet.buffer);
        }
        return packet.payloadLength <= segmentSize[group]
                && !has(group, PUSH)
                && packet.sequence() == nextSequence[group]
                && (!packet.ipv4 || packet.ipv4Id() == nextId[group])
                && totalLength[group] + packet.payloadLength <= maxLength(packet)
                && members[group] < MAX_MEMBERS
                && packet.sameHeaders(firstOffset[group], headerLength[group]);
    }

    private static int maxLength(TransportPacket packet) {
        return packet.ipv4 ? IpFields.MAX_IP_LENGTH : IpFields.IPV6_LENGTH + IpFields.MAX_IP_LENGTH;
    }

    /** Whether the first packet's checksums are right, looked at once and only when a second packet comes. */
    boolean firstIsVerified(int group, ByteBuffer buffer) {
        if (!has(group, VERIFIED) && TransportPacket.checksumsRight(buffer, firstOffset[group], firstLength[group], isIpv4(group), isTcp(group))) {
            traits[group] |= VERIFIED;
        }
        return has(group, VERIFIED);
    }

    void join(int group, int packetIndex, TransportPacket packet) {
        nextPacket[lastPacket[group]] = packetIndex;
        nextPacket[packetIndex] = NONE;
        lastPacket[group] = packetIndex;
        members[group]++;
        totalLength[group] += packet.payloadLength;
        nextSequence[group] = has(group, TCP) ? nextSequence[group] + packet.payloadLength : 0;
        nextId[group] = packet.ipv4 ? idAfter(packet.ipv4Id(), group, packet.buffer) : 0;
        notePush(group, packet.hasPush());
        if (packet.payloadLength < segmentSize[group]) {
            close(group);
        }
    }

    int members(int group) {
        return members[group];
    }

    int firstPacket(int group) {
        return firstPacket[group];
    }

    /** The packet after a packet in its group, or a negative number. */
    int nextPacket(int packetIndex) {
        return nextPacket[packetIndex];
    }

    int headerLength(int group) {
        return headerLength[group];
    }

    int segmentSize(int group) {
        return segmentSize[group];
    }

    int totalLength(int group) {
        return totalLength[group];
    }

    boolean isIpv4(int group) {
        return has(group, IPV4);
    }

    boolean isTcp(int group) {
        return has(group, TCP);
    }

    boolean hasPush(int group) {
        return has(group, PUSH);
    }
}

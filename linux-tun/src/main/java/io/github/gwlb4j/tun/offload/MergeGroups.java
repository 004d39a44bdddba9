package io.github.gwlb4j.tun.offload;

import java.nio.ByteBuffer;

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
    private final int[] idStep;
    private final boolean[] ipv4;
    private final boolean[] tcp;
    private final boolean[] mergeable;
    private final boolean[] verified;
    private final boolean[] push;
    private final int[] nextPacket;
    private final int[] slotGroup;
    private final int[] slotStamp;
    private int stamp;
    private int count;
    private int closedBefore;

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
        idStep = new int[maxPackets];
        ipv4 = new boolean[maxPackets];
        tcp = new boolean[maxPackets];
        mergeable = new boolean[maxPackets];
        verified = new boolean[maxPackets];
        push = new boolean[maxPackets];
        nextPacket = new int[maxPackets];
        int slots = Integer.highestOneBit(maxPackets) * 4;
        slotGroup = new int[slots];
        slotStamp = new int[slots];
    }

    void clear() {
        count = 0;
        closedBefore = 0;
        stamp++;
    }

    int count() {
        return count;
    }

    /** No packet may join any group there is. */
    void closeAll() {
        closedBefore = count;
    }

    /** Slot of a packet's flow: of its youngest group if it has one, else free. */
    int slot(TransportPacket packet) {
        int slot = packet.flowHash() & slotGroup.length - 1;
        while (slotStamp[slot] == stamp) {
            int group = slotGroup[slot];
            if (ipv4[group] == packet.ipv4 && tcp[group] == packet.tcp && packet.sameFlow(firstOffset[group])) {
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
        return group >= closedBefore && mergeable[group] ? group : NONE;
    }

    void close(int group) {
        mergeable[group] = false;
    }

    /** Starts a group that stays alone and has no flow. */
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
        lastPacket[group] = packetIndex;
        nextPacket[packetIndex] = NONE;
        members[group] = 1;
        firstOffset[group] = packet.offset;
        firstLength[group] = packet.length;
        ipv4[group] = packet.ipv4;
        tcp[group] = packet.tcp;
        mergeable[group] = mayGrow;
        verified[group] = false;
        if (mayGrow) {
            headerLength[group] = packet.headerLength;
            segmentSize[group] = packet.payloadLength;
            totalLength[group] = packet.length;
            nextSequence[group] = packet.tcp ? packet.sequence() + packet.payloadLength : 0;
            idStep[group] = IpFields.ipv4IdStep(packet.ipv4Id());
            nextId[group] = packet.ipv4Id() + idStep[group] & 0xffff;
            push[group] = packet.hasPush();
        }
    }

    /** Whether a packet of the group's flow continues it, checksums aside. */
    boolean continues(int group, TransportPacket packet) {
        return packet.payloadLength <= segmentSize[group]
                && !push[group]
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
        if (!verified[group]) {
            verified[group] = TransportPacket.checksumsRight(buffer, firstOffset[group], firstLength[group], ipv4[group], tcp[group]);
        }
        return verified[group];
    }

    void join(int group, int packetIndex, TransportPacket packet) {
        nextPacket[lastPacket[group]] = packetIndex;
        nextPacket[packetIndex] = NONE;
        lastPacket[group] = packetIndex;
        members[group]++;
        totalLength[group] += packet.payloadLength;
        nextSequence[group] = tcp[group] ? nextSequence[group] + packet.payloadLength : 0;
        nextId[group] = packet.ipv4Id() + idStep[group] & 0xffff;
        push[group] = packet.hasPush();
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
        return ipv4[group];
    }

    boolean isTcp(int group) {
        return tcp[group];
    }

    boolean hasPush(int group) {
        return push[group];
    }
}

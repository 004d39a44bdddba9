package io.github.gwlb4j.tun.offload;

import java.nio.ByteBuffer;
import java.util.Objects;

import io.github.gwlb4j.tun.GatherBatch;
import io.github.gwlb4j.tun.PacketBatch;
import io.github.gwlb4j.tun.TunOffload;

/**
 * Merges packets of the same flow into super-packets for the kernel, as a plan of pieces: no payload is copied. Owned by
 * one thread; allocates nothing after construction.
 *
 * <p>The rule behind all rules: splitting a super-packet must give the merged packets again, byte for byte. So only packets
 * are merged that a split can make: TCP with ACK or ACK and PSH and nothing else, UDP with a checksum, no fragments, no
 * IPv4 options, no IPv6 extension headers; all headers equal but for consecutive sequence numbers and IPv4 identifications;
 * payload of equal size, only the last may be shorter; nothing after a PSH. Checksums are verified before merging, else a
 * corrupt packet would get a right one.
 *
 * <p>IPv4 identifications count up, or are all 0, as senders have them that never let a packet be fragmented (RFC 6864
 * section 4.1). A super-packet that starts with 0 therefore means the latter, here and in {@link SegmentSplitter}; where
 * the kernel itself cuts one, its packets get numbers from 0 up, which nobody may look at then.
 *
 * <p>Order is kept within each flow: a packet that cannot be merged ends what its flow has begun. One whose flow cannot be
 * known (a fragment, options) ends all.
 */
public final class SegmentCoalescer {

    private static final int MAX_HEADER_BYTES = VnetHeader.LENGTH + IpFields.IPV6_LENGTH + 60;

    private final TunOffload offload;
    private final TransportPacket packet = new TransportPacket();
    private final MergeGroups groups;
    private final GatherBatch plan;
    private final CoalesceOutcome[] outcomes;
    private int packets;

    /**
     * Allocates for batches of a size.
     *
     * @param maxPackets most packets of one call, at least 1
     * @param offload    what the device can take; kinds that are not granted are not merged
     * @throws IllegalArgumentException if the device has no virtio_net header
     */
    public SegmentCoalescer(int maxPackets, TunOffload offload) {
        if (!offload.vnetHeader()) {
            throw new IllegalArgumentException("a device without a virtio_net header takes no super-packets: write to it directly");
        }
        this.offload = offload;
        this.groups = new MergeGroups(maxPackets);
        // One shared zero header for all that stay alone; a super-packet has two packets or more.
        this.plan = new GatherBatch(maxPackets, 2 * maxPackets, VnetHeader.LENGTH + (maxPackets + 1) / 2 * MAX_HEADER_BYTES);
        this.outcomes = new CoalesceOutcome[maxPackets];
    }

    /**
     * Merges what can be merged.
     *
     * @param batch packets, without virtio_net headers; they must stay as they are until the plan is written
     * @param from  first packet
     * @param to    behind the last packet, at most {@code maxPackets} after the first
     * @return frames with virtio_net headers, ready to be written; valid until the next call
     */
    public GatherBatch coalesce(PacketBatch batch, int from, int to) {
        return coalesce(batch, from, to, false);
    }

    /**
     * Merges what can be merged, for a caller who needs nothing of what lies before the packets, as their tunnel header: then one
     * that stays alone is a frame in one piece, which costs the kernel less than two.
     *
     * @param batch       packets, without virtio_net headers; they must stay as they are until the plan is written
     * @param from        first packet
     * @param to          behind the last packet, at most {@code maxPackets} after the first
     * @param isFrontFree whether the {@link VnetHeader#LENGTH} bytes before each packet are in the buffer and may be written over
     * @return frames with virtio_net headers, ready to be written; valid until the next call
     */
    public GatherBatch coalesce(PacketBatch batch, int from, int to, boolean isFrontFree) {
        groups.clear();
        packets = to - from;
        for (int i = 0; i < packets; i++) {
            note(i, place(i, batch, from + i));
        }
        plan.begin(batch);
        int plainHeader = plan.reserveHeader(VnetHeader.LENGTH);
        VnetHeader.putPlain(plan.headers(), plainHeader);
        for (int group = 0; group < groups.count(); group++) {
            if (groups.members(group) == 1) {
                addPlain(batch, from + groups.firstPacket(group), isFrontFree, plainHeader);
            } else {
                addSuperPacket(group, batch, from);
            }
            plan.endMessage();
        }
        return plan;
    }

    private CoalesceOutcome place(int index, PacketBatch batch, int batchIndex) {
        CoalesceOutcome outcome = packet.read(batch.buffer(), batch.offset(batchIndex), batch.length(batchIndex));
        if (!packet.hasFlow) {
            if (packet.mayBeAnyFlow) {
                groups.closeAll();
            }
            groups.addAlone(index, packet);
            return outcome;
        }
        if (outcome == CoalesceOutcome.STARTED && !isOffloaded()) {
            outcome = CoalesceOutcome.NOT_OFFLOADED;
        }
        if (outcome != CoalesceOutcome.STARTED && !groups.mayAnyGrow()) {
            groups.addAlone(index, packet);
            return outcome;
        }
        int slot = groups.slot(packet);
        int group = groups.openGroup(slot);
        if (outcome == CoalesceOutcome.STARTED && group >= 0 && groups.continues(group, packet)) {
            outcome = tryJoin(group, index);
        }
        if (outcome != CoalesceOutcome.MERGED) {
            groups.start(index, packet, slot, outcome == CoalesceOutcome.STARTED);
        }
        return outcome;
    }

    private CoalesceOutcome tryJoin(int group, int index) {
        if (!groups.firstIsVerified(group, packet.buffer)) {
            note(groups.firstPacket(group), CoalesceOutcome.BAD_CHECKSUM);
            return CoalesceOutcome.STARTED;
        }
        if (!packet.checksumsRight()) {
            return CoalesceOutcome.BAD_CHECKSUM;
        }
        groups.join(group, index, packet);
        return CoalesceOutcome.MERGED;
    }

    private void note(int index, CoalesceOutcome outcome) {
        if (outcomes[index] != outcome) { // storing a reference costs a garbage collector's barrier
            outcomes[index] = outcome;
        }
    }

    private boolean isOffloaded() {
        if (packet.tcp) {
            return packet.ipv4 ? offload.tcp4() : offload.tcp6();
        }
        return packet.ipv4 ? offload.udp4() : offload.udp6();
    }

    private void addPlain(PacketBatch batch, int index, boolean isFrontFree, int plainHeader) {
        int offset = batch.offset(index);
        if (isFrontFree) {
            VnetHeader.putPlain(batch.buffer(), offset - VnetHeader.LENGTH);
            plan.addPayload(offset - VnetHeader.LENGTH, VnetHeader.LENGTH + batch.length(index));
        } else {
            plan.addHeader(plainHeader, VnetHeader.LENGTH);
            plan.addPayload(offset, batch.length(index));
        }
    }

    private void addSuperPacket(int group, PacketBatch batch, int from) {
        int headerLength = groups.headerLength(group);
        int vnet = plan.reserveHeader(VnetHeader.LENGTH + headerLength);
        int index = groups.firstPacket(group);
        plan.headers().put(vnet + VnetHeader.LENGTH, batch.buffer(), batch.offset(from + index), headerLength);
        writeHeaders(group, vnet);
        plan.addHeader(vnet, VnetHeader.LENGTH + headerLength);
        for (; index >= 0; index = groups.nextPacket(index)) {
            plan.addPayload(batch.offset(from + index) + headerLength, batch.length(from + index) - headerLength);
        }
    }

    private void writeHeaders(int group, int vnet) {
        ByteBuffer headers = plan.headers();
        boolean ipv4 = groups.isIpv4(group);
        boolean tcp = groups.isTcp(group);
        int ip = vnet + VnetHeader.LENGTH;
        int l4Start = ipv4 ? IpFields.IPV4_LENGTH : IpFields.IPV6_LENGTH;
        int l4Length = groups.totalLength(group) - l4Start;
        int checksumOffset = tcp ? IpFields.TCP_CHECKSUM : IpFields.UDP_CHECKSUM;
        int protocol = tcp ? IpFields.PROTOCOL_TCP : IpFields.PROTOCOL_UDP;
        long pseudoHeader;
        if (ipv4) {
            headers.putShort(ip + IpFields.IPV4_TOTAL_LENGTH, (short) groups.totalLength(group));
            headers.putShort(ip + IpFields.IPV4_CHECKSUM, (short) 0);
            headers.putShort(ip + IpFields.IPV4_CHECKSUM, (short) Checksums.complement(Checksums.sum(headers, ip, l4Start)));
            pseudoHeader = Checksums.pseudoHeader4(headers, ip, protocol, l4Length);
        } else {
            headers.putShort(ip + IpFields.IPV6_PAYLOAD_LENGTH, (short) l4Length);
            pseudoHeader = Checksums.pseudoHeader6(headers, ip, protocol, l4Length);
        }
        int l4 = ip + l4Start;
        if (!tcp) {
            headers.putShort(l4 + IpFields.UDP_LENGTH, (short) l4Length);
        } else if (groups.hasPush(group)) {
            headers.put(l4 + IpFields.TCP_FLAGS, (byte) (IpFields.ACK | IpFields.PSH));
        }
        headers.putShort(l4 + checksumOffset, (short) Checksums.fold(pseudoHeader));
        VnetHeader.putSuperPacket(headers, vnet, gsoType(ipv4, tcp), groups.headerLength(group), groups.segmentSize(group),
                l4Start, checksumOffset);
    }

    private static int gsoType(boolean ipv4, boolean tcp) {
        if (!tcp) {
            return VnetHeader.GSO_UDP_L4;
        }
        return ipv4 ? VnetHeader.GSO_TCPV4 : VnetHeader.GSO_TCPV6;
    }

    /**
     * What became of a packet in the last call.
     *
     * @param index its place counted from the first packet of that call
     * @return the outcome
     * @throws IndexOutOfBoundsException if there was no such packet
     */
    public CoalesceOutcome outcome(int index) {
        return outcomes[Objects.checkIndex(index, packets)];
    }

    /**
     * How many packets a message of the plan carries.
     *
     * @param message its place in the plan
     * @return at least 1
     */
    public int packetsIn(int message) {
        return groups.members(message);
    }

    /**
     * The first packet that a message of the plan carries.
     *
     * @param message its place in the plan
     * @return its place counted from the first packet of the call
     */
    public int firstPacket(int message) {
        return groups.firstPacket(message);
    }

    /**
     * The packet that follows another in the same message.
     *
     * @param index a packet's place counted from the first packet of the call
     * @return the same for the next one, or a negative number if there is none
     */
    public int nextPacket(int index) {
        return groups.nextPacket(index);
    }

    /**
     * Most packets of one call.
     *
     * @return the limit given at construction
     */
    public int maxPackets() {
        return outcomes.length;
    }
}

package io.github.gwlb4j.tun.offload;

import java.nio.ByteBuffer;

/**
 * The headers of a super-packet, and how those of segment i follow from them. Owned by one thread; allocates nothing.
 *
 * <p>Sums over all that stays the same are made once, so that a segment costs a copy of its headers and a few additions.
 * The kernel's checksum field is the pseudo-header's sum with the super-packet's length, which is exchanged for the
 * segment's: so addresses need not be looked at, also where a routing header makes them others (RFC 8200 section 8.1).
 */
final class SegmentTemplate {

    private ByteBuffer frame;
    private int packet;
    private int headerLength;
    private int l4Start;
    private boolean ipv4;
    private boolean tcp;
    private int firstId;
    private int idStep;
    private long ipSum;
    private int firstSequence;
    private int tcpWord;
    private long l4Sum;

    int headerLength() {
        return headerLength;
    }

    SplitStatus read(ByteBuffer buffer, int vnet, int packetOffset, int packetLength) {
        frame = buffer;
        packet = packetOffset;
        int type = VnetHeader.gsoType(buffer, vnet) & ~VnetHeader.GSO_ECN;
        if (type != VnetHeader.GSO_TCPV4 && type != VnetHeader.GSO_TCPV6 && type != VnetHeader.GSO_UDP_L4) {
            return SplitStatus.UNKNOWN_GSO_TYPE;
        }
        if (VnetHeader.gsoSize(buffer, vnet) == 0) {
            return SplitStatus.NO_SEGMENT_SIZE;
        }
        tcp = type != VnetHeader.GSO_UDP_L4;
        l4Start = VnetHeader.csumStart(buffer, vnet);
        SplitStatus status = checkHeaders(vnet, type, packetLength);
        if (status == SplitStatus.OK) {
            sumUpConstantPart(packetLength);
        }
        return status;
    }

    private SplitStatus checkHeaders(int vnet, int type, int packetLength) {
        int version = Byte.toUnsignedInt(frame.get(packet)) >>> 4;
        ipv4 = version == 4;
        if (version != 4 && version != 6 || type == VnetHeader.GSO_TCPV4 && !ipv4 || type == VnetHeader.GSO_TCPV6 && ipv4) {
            return SplitStatus.BAD_IP_HEADER;
        }
        int checksumOffset = tcp ? IpFields.TCP_CHECKSUM : IpFields.UDP_CHECKSUM;
        if ((VnetHeader.flags(frame, vnet) & VnetHeader.FLAG_NEEDS_CSUM) == 0
                || VnetHeader.csumOffset(frame, vnet) != checksumOffset) {
            return SplitStatus.BAD_CHECKSUM_PLACE;
        }
        int l4MinLength = tcp ? IpFields.TCP_MIN_LENGTH : IpFields.UDP_LENGTH_BYTES;
        if (l4Start + l4MinLength > packetLength) {
            return SplitStatus.TRUNCATED;
        }
        int ipHeaderLength = ipv4 ? (frame.get(packet) & 0x0f) * 4 : IpFields.IPV6_LENGTH;
        boolean fits = ipv4 ? ipHeaderLength >= IpFields.IPV4_LENGTH && ipHeaderLength == l4Start : ipHeaderLength <= l4Start;
        if (!fits) {
            return SplitStatus.BAD_IP_HEADER;
        }
        int l4Length = tcp ? (frame.get(packet + l4Start + IpFields.TCP_DATA_OFFSET) >>> 4 & 0x0f) * 4 : l4MinLength;
        if (l4Length < l4MinLength) {
            return SplitStatus.BAD_TCP_HEADER;
        }
        headerLength = l4Start + l4Length;
        return headerLength <= packetLength ? SplitStatus.OK : SplitStatus.TRUNCATED;
    }

    private void sumUpConstantPart(int packetLength) {
        if (ipv4) {
            firstId = u16(packet + IpFields.IPV4_ID);
            idStep = IpFields.ipv4IdStep(firstId);
            ipSum = Checksums.sum(frame, packet, l4Start) + without(packet + IpFields.IPV4_TOTAL_LENGTH)
                    + without(packet + IpFields.IPV4_ID) + without(packet + IpFields.IPV4_CHECKSUM);
        }
        int l4 = packet + l4Start;
        l4Sum = Checksums.sum(frame, l4, headerLength - l4Start) + complementOf(packetLength - l4Start);
        if (tcp) {
            firstSequence = frame.getInt(l4 + IpFields.TCP_SEQUENCE);
            tcpWord = u16(l4 + IpFields.TCP_DATA_OFFSET);
            l4Sum += without(l4 + IpFields.TCP_SEQUENCE) + without(l4 + IpFields.TCP_SEQUENCE + 2)
                    + without(l4 + IpFields.TCP_DATA_OFFSET);
        } else {
            l4Sum += without(l4 + IpFields.UDP_LENGTH);
        }
    }

    private int u16(int offset) {
        return Short.toUnsignedInt(frame.getShort(offset));
    }

    /** What to add to a one's complement sum to take a word out of it. */
    private int without(int offset) {
        return complementOf(u16(offset));
    }

    private static int complementOf(int word) {
        return ~word & 0xffff;
    }

    void write(ByteBuffer headers, int offset, int index, int payloadPosition, int payloadLength, boolean last, int payloadSum) {
        headers.put(offset, frame, packet, headerLength);
        int length = headerLength + payloadLength;
        if (ipv4) {
            int id = firstId + index * idStep & 0xffff;
            headers.putShort(offset + IpFields.IPV4_TOTAL_LENGTH, (short) length);
            headers.putShort(offset + IpFields.IPV4_ID, (short) id);
            headers.putShort(offset + IpFields.IPV4_CHECKSUM, (short) Checksums.complement(ipSum + length + id));
        } else {
            headers.putShort(offset + IpFields.IPV6_PAYLOAD_LENGTH, (short) (length - IpFields.IPV6_LENGTH));
        }
        int l4 = offset + l4Start;
        int l4Length = length - l4Start;
        if (tcp) {
            writeTcp(headers, l4, index, firstSequence + payloadPosition, last, l4Sum + l4Length + payloadSum);
        } else {
            headers.putShort(l4 + IpFields.UDP_LENGTH, (short) l4Length);
            // The length counts twice: in the pseudo-header and in the header.
            int checksum = Checksums.complement(l4Sum + l4Length + l4Length + payloadSum);
            headers.putShort(l4 + IpFields.UDP_CHECKSUM, (short) (checksum == 0 ? 0xffff : checksum));
        }
    }

    private void writeTcp(ByteBuffer headers, int l4, int index, int sequence, boolean last, long sum) {
        int word = tcpWord;
        if (!last) {
            word &= ~(IpFields.FIN | IpFields.PSH);
        }
        if (index > 0) {
            word &= ~IpFields.CWR;
        }
        headers.putInt(l4 + IpFields.TCP_SEQUENCE, sequence);
        headers.putShort(l4 + IpFields.TCP_DATA_OFFSET, (short) word);
        headers.putShort(l4 + IpFields.TCP_CHECKSUM,
                (short) Checksums.complement(sum + (sequence >>> 16) + (sequence & 0xffff) + word));
    }
}

package io.github.gwlb4j.pcap;

import static io.github.gwlb4j.internal.Bytes.i32;
import static io.github.gwlb4j.internal.Bytes.i64;
import static io.github.gwlb4j.internal.Bytes.u16;

import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.packet.IpAddress;
import io.github.gwlb4j.packet.IpProtocol;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Finds the outermost IP and UDP headers in a captured frame: a flyweight that is filled by {@link #parse} and reused. Not
 * thread-safe. Allocates nothing and throws nothing on any content of a frame; IPv4 options (RFC 791) and IPv6 extension
 * headers (RFC 8200, section 4) are walked within the bounds of the packet. Fragments are reported, never reassembled.
 */
public final class OuterUdp {

    private static final int UDP_HEADER_BYTES = 8;
    private static final ByteBuffer NO_FRAME = ByteBuffer.allocate(0);

    private final LinkLayer link = new LinkLayer();
    private final OuterIp ip = new OuterIp();
    private ByteBuffer frame = NO_FRAME;
    private DatagramStatus status = DatagramStatus.NOT_IP;
    private int udpOffset;
    private int udpLength;
    private int payloadOffset;
    private int capturedPayloadLength;

    /** A flyweight without a frame. */
    public OuterUdp() {
    }

    /**
     * Parses a packet of a {@link PacketSource}.
     *
     * @param packet the packet; the accessors' offsets are indices in its {@link PcapPacket#data}
     * @return what was found, see {@link #status}
     */
    public DatagramStatus parse(PcapPacket packet) {
        return parse(packet.linkType(), packet.data(), packet.dataOffset(), packet.capturedLength(),
                packet.originalLength());
    }

    /**
     * Parses a frame.
     *
     * @param linkType as in {@link LinkType}; for {@link LinkType#UDP_HEADER} and {@link LinkType#UDP_PAYLOAD} there is no IP
     *     header, and what they lack is 0
     * @param frame holds the frame, is kept until the next call; its position, limit and byte order do not matter and do not
     *     change
     * @param offset index of the frame's first byte
     * @param capturedLength bytes of the frame in the buffer
     * @param originalLength bytes of the frame on the wire; lengths in headers may reach up to there
     * @return what was found, see {@link #status}
     * @throws IndexOutOfBoundsException if the captured region is not inside the buffer
     */
    public DatagramStatus parse(int linkType, ByteBuffer frame, int offset, int capturedLength, int originalLength) {
        Objects.checkFromIndexSize(offset, capturedLength, frame.limit());
        reset();
        this.frame = frame;
        int capturedEnd = offset + capturedLength;
        int originalEnd = (int) Math.min(Integer.MAX_VALUE, (long) offset + Math.max(capturedLength, originalLength));
        status = switch (linkType) {
            case LinkType.UDP_HEADER -> udp(offset, originalEnd, capturedEnd, originalEnd);
            case LinkType.UDP_PAYLOAD -> payload(offset, capturedEnd, originalEnd);
            default -> linkLayer(linkType, offset, capturedEnd, originalEnd);
        };
        return status;
    }

    private void reset() {
        link.reset();
        ip.reset();
        udpOffset = 0;
        udpLength = 0;
        payloadOffset = 0;
        capturedPayloadLength = 0;
    }

    private DatagramStatus linkLayer(int linkType, int offset, int capturedEnd, int originalEnd) {
        return switch (link.parse(linkType, frame, offset, capturedEnd - offset)) {
            case TRUNCATED -> OuterIp.tooShort(capturedEnd, originalEnd);
            case NO_ETHERTYPE -> DatagramStatus.NOT_IP;
            case UNSUPPORTED_LINK_TYPE -> DatagramStatus.UNSUPPORTED_LINK_TYPE;
            case OK -> ip(capturedEnd, originalEnd);
        };
    }

    private DatagramStatus ip(int capturedEnd, int originalEnd) {
        DatagramStatus found = ip.parse(frame, link.etherType(), link.networkOffset(), capturedEnd, originalEnd);
        return found == DatagramStatus.OK ? udp(ip.transportOffset, ip.end, capturedEnd, originalEnd) : found;
    }

    /** RFC 768. Bytes between the UDP length and the end of the IP packet are allowed, and no part of the payload. */
    private DatagramStatus udp(int udp, int ipEnd, int capturedEnd, int originalEnd) {
        if (udp + UDP_HEADER_BYTES > ipEnd && ip.version != 0) {
            return DatagramStatus.UDP_LENGTH_INVALID;
        }
        if (udp + UDP_HEADER_BYTES > capturedEnd) {
            return OuterIp.tooShort(capturedEnd, originalEnd);
        }
        int length = u16(frame, udp + 4);
        if (length < UDP_HEADER_BYTES || length > ipEnd - udp && !ip.firstFragment) {
            return DatagramStatus.UDP_LENGTH_INVALID;
        }
        udpOffset = udp;
        udpLength = length;
        payloadOffset = udp + UDP_HEADER_BYTES;
        int end = Math.min(Math.min(udp + length, ipEnd), capturedEnd);
        capturedPayloadLength = end - payloadOffset;
        if (ip.firstFragment) {
            return DatagramStatus.FIRST_FRAGMENT;
        }
        return end < udp + length ? DatagramStatus.PAYLOAD_TRUNCATED : DatagramStatus.OK;
    }

    private DatagramStatus payload(int offset, int capturedEnd, int originalEnd) {
        udpOffset = offset;
        payloadOffset = offset;
        udpLength = UDP_HEADER_BYTES + Math.min(originalEnd - offset, Integer.MAX_VALUE - UDP_HEADER_BYTES);
        capturedPayloadLength = capturedEnd - offset;
        return capturedEnd < originalEnd ? DatagramStatus.PAYLOAD_TRUNCATED : DatagramStatus.OK;
    }

    /**
     * Computes the UDP checksum with its pseudo header (RFC 768; RFC 8200, section 8.1). Allocates nothing.
     *
     * @return whether the checksum is right, or why that cannot be told
     */
    public ChecksumStatus verifyChecksum() {
        if (!hasUdpHeader() || ip.version == 0) {
            return ChecksumStatus.UNVERIFIABLE;
        }
        if (checksum() == 0) {
            return ChecksumStatus.ABSENT;
        }
        if (status != DatagramStatus.OK || ip.routeUnfinished) {
            return ChecksumStatus.UNVERIFIABLE;
        }
        long sum = IpProtocol.UDP + udpLength
                + InternetChecksum.sum(frame, sourceAddressOffset(), 2 * addressLength())
                + InternetChecksum.sum(frame, udpOffset, udpLength);
        return InternetChecksum.fold(sum) == 0xffff ? ChecksumStatus.VALID : ChecksumStatus.INVALID;
    }

    /**
     * What the last {@link #parse} found.
     *
     * @return the status; {@link DatagramStatus#NOT_IP} before the first call
     */
    public DatagramStatus status() {
        return status;
    }

    /**
     * The link layer of the frame.
     *
     * @return VLAN tags and EtherType; all 0 for a packet that starts further in
     */
    public LinkLayer link() {
        return link;
    }

    /**
     * The version of the outer IP header.
     *
     * @return 4, 6, or 0 if there is none
     */
    public int ipVersion() {
        return ip.version;
    }

    /**
     * Where the outer IP header starts.
     *
     * @return index in the buffer
     */
    public int ipOffset() {
        return ip.offset;
    }

    /**
     * Length of an outer address.
     *
     * @return 4 or 16 bytes; 0 if there is no IP header
     */
    public int addressLength() {
        return switch (ip.version) {
            case 4 -> 4;
            case 6 -> 16;
            default -> 0;
        };
    }

    /**
     * Where the outer source address starts, {@link #addressLength} bytes in network order.
     *
     * @return index in the buffer; 0 if there is no IP header
     */
    public int sourceAddressOffset() {
        return switch (ip.version) {
            case 4 -> ip.offset + 12;
            case 6 -> ip.offset + 8;
            default -> 0;
        };
    }

    /**
     * Where the outer destination address starts, {@link #addressLength} bytes in network order.
     *
     * @return index in the buffer; 0 if there is no IP header
     */
    public int destinationAddressOffset() {
        return sourceAddressOffset() + addressLength();
    }

    /**
     * The outer source address as text, newly made: for messages, not for the packet path.
     *
     * @return such as {@code 10.0.0.1} or {@code 2001:db8::1}, or null if there is no IP header
     */
    public String sourceAddress() {
        return address(sourceAddressOffset());
    }

    /**
     * The outer destination address as text, newly made: for messages, not for the packet path.
     *
     * @return such as {@code 10.0.0.1} or {@code 2001:db8::1}, or null if there is no IP header
     */
    public String destinationAddress() {
        return address(destinationAddressOffset());
    }

    private String address(int offset) {
        return switch (ip.version) {
            case 4 -> IpAddress.formatIpv4(i32(frame, offset));
            case 6 -> IpAddress.format(6, i64(frame, offset), i64(frame, offset + 8));
            default -> null;
        };
    }

    /**
     * The UDP source port.
     *
     * @return 0 to 65535
     */
    public int sourcePort() {
        return udpField(0);
    }

    /**
     * The UDP destination port.
     *
     * @return 0 to 65535
     */
    public int destinationPort() {
        return udpField(2);
    }

    /**
     * The UDP checksum field.
     *
     * @return 0 to 65535; 0 is none
     */
    public int checksum() {
        return udpField(6);
    }

    private int udpField(int at) {
        return hasUdpHeader() ? u16(frame, udpOffset + at) : 0;
    }

    /**
     * Whether there are ports: a packet that starts at the UDP payload has none.
     *
     * @return true if ports and checksum hold
     */
    public boolean hasUdpHeader() {
        return status.hasUdpHeader() && payloadOffset != udpOffset;
    }

    /**
     * Where the UDP header starts.
     *
     * @return index in the buffer; equal to {@link #payloadOffset} if the packet starts at the UDP payload
     */
    public int udpOffset() {
        return udpOffset;
    }

    /**
     * Where the UDP payload starts.
     *
     * @return index in the buffer; the payload may be empty
     */
    public int payloadOffset() {
        return payloadOffset;
    }

    /**
     * Length of the UDP payload as its header tells.
     *
     * @return bytes; for {@link DatagramStatus#OK} they are all there
     */
    public int payloadLength() {
        return status.hasUdpHeader() ? udpLength - UDP_HEADER_BYTES : 0;
    }

    /**
     * How much of the UDP payload is in the buffer.
     *
     * @return bytes, at most {@link #payloadLength}
     */
    public int capturedPayloadLength() {
        return capturedPayloadLength;
    }
}

package io.github.gwlb4j.pcap;

import static io.github.gwlb4j.internal.Bytes.u16;
import static io.github.gwlb4j.internal.Bytes.u8;

import io.github.gwlb4j.packet.IpProtocol;
import java.nio.ByteBuffer;

/** The outer IPv4 or IPv6 header, walked up to UDP: the first half of {@link OuterUdp}, a reused flyweight. */
final class OuterIp {

    private static final int IPV4_HEADER_BYTES = 20;
    private static final int IPV6_HEADER_BYTES = 40;

    /** 4 or 6, or 0 without a valid IP header. */
    int version;
    /** Index of the IP header. */
    int offset;
    /** Index after the IP packet, as its header tells; never past the frame. */
    int end;
    /** Index of the UDP header. */
    int transportOffset;
    /** Other fragments of the same packet follow. */
    boolean firstFragment;
    /** A routing header has segments left, so the destination is not the final one that the checksum covers. */
    boolean routeUnfinished;

    void reset() {
        version = 0;
        offset = 0;
        end = 0;
        transportOffset = 0;
        firstFragment = false;
        routeUnfinished = false;
    }

    /**
     * Walks the header.
     *
     * @param capturedEnd index after the last byte in the buffer
     * @param originalEnd index where the frame ended on the wire
     * @return OK if a UDP header has to start at {@link #transportOffset}, also in a first fragment
     */
    DatagramStatus parse(ByteBuffer frame, int etherType, int ip, int capturedEnd, int originalEnd) {
        reset();
        return switch (etherType) {
            case LinkLayer.ETHERTYPE_IPV4 -> ipv4(frame, ip, capturedEnd, originalEnd);
            case LinkLayer.ETHERTYPE_IPV6 -> ipv6(frame, ip, capturedEnd, originalEnd);
            default -> DatagramStatus.NOT_IP;
        };
    }

    /** RFC 791, section 3.1. */
    private DatagramStatus ipv4(ByteBuffer frame, int ip, int capturedEnd, int originalEnd) {
        if (ip + IPV4_HEADER_BYTES > capturedEnd) {
            return tooShort(capturedEnd, originalEnd);
        }
        int headerLength = (u8(frame, ip) & 0x0f) * 4;
        int totalLength = u16(frame, ip + 2);
        if (u8(frame, ip) >>> 4 != 4 || headerLength < IPV4_HEADER_BYTES || totalLength < headerLength
                || totalLength > originalEnd - ip) {
            return DatagramStatus.IP_HEADER_INVALID;
        }
        found(4, ip, ip + totalLength);
        if (u8(frame, ip + 9) != IpProtocol.UDP) {
            return DatagramStatus.NOT_UDP;
        }
        int fragment = u16(frame, ip + 6);
        if ((fragment & 0x1fff) != 0) {
            return DatagramStatus.LATER_FRAGMENT;
        }
        firstFragment = (fragment & 0x2000) != 0;
        transportOffset = ip + headerLength;
        return DatagramStatus.OK;
    }

    /** RFC 8200, section 3; a jumbogram (RFC 2675) has payload length 0 and ends as an invalid header. */
    private DatagramStatus ipv6(ByteBuffer frame, int ip, int capturedEnd, int originalEnd) {
        if (ip + IPV6_HEADER_BYTES > capturedEnd) {
            return tooShort(capturedEnd, originalEnd);
        }
        int packetEnd = ip + IPV6_HEADER_BYTES + u16(frame, ip + 4);
        if (u8(frame, ip) >>> 4 != 6 || packetEnd > originalEnd) {
            return DatagramStatus.IP_HEADER_INVALID;
        }
        found(6, ip, packetEnd);
        return extensions(frame, u8(frame, ip + 6), capturedEnd, originalEnd);
    }

    /** RFC 8200, section 4. Each header has at least 8 bytes, so the length of the packet bounds the walk. */
    private DatagramStatus extensions(ByteBuffer frame, int firstHeader, int capturedEnd, int originalEnd) {
        int header = firstHeader;
        int at = offset + IPV6_HEADER_BYTES;
        while (isExtension(header)) {
            if (at + 8 > end) {
                return DatagramStatus.IP_HEADER_INVALID;
            }
            if (at + 8 > capturedEnd) {
                return tooShort(capturedEnd, originalEnd);
            }
            if (header == IpProtocol.FRAGMENT) {
                int fragment = u16(frame, at + 2);
                if ((fragment & 0xfff8) != 0) {
                    return DatagramStatus.LATER_FRAGMENT;
                }
                firstFragment |= (fragment & 1) != 0;
            }
            routeUnfinished |= header == IpProtocol.ROUTING && u8(frame, at + 3) != 0;
            int next = u8(frame, at);
            at += extensionLength(frame, header, at);
            header = next;
        }
        if (at > end) {
            return DatagramStatus.IP_HEADER_INVALID;
        }
        transportOffset = at;
        return header == IpProtocol.UDP ? DatagramStatus.OK : DatagramStatus.NOT_UDP;
    }

    private static boolean isExtension(int header) {
        return switch (header) {
            case IpProtocol.HOP_BY_HOP, IpProtocol.ROUTING, IpProtocol.FRAGMENT, IpProtocol.AUTHENTICATION,
                    IpProtocol.DESTINATION_OPTIONS, IpProtocol.MOBILITY, IpProtocol.HOST_IDENTITY, IpProtocol.SHIM6 -> true;
            default -> false;
        };
    }

    private static int extensionLength(ByteBuffer frame, int header, int at) {
        return switch (header) {
            case IpProtocol.FRAGMENT -> 8;
            case IpProtocol.AUTHENTICATION -> (u8(frame, at + 1) + 2) * 4;
            default -> (u8(frame, at + 1) + 1) * 8;
        };
    }

    private void found(int version, int offset, int end) {
        this.version = version;
        this.offset = offset;
        this.end = end;
    }

    /** Bytes are missing: because the capture cut the frame, or because the frame never had them. */
    static DatagramStatus tooShort(int capturedEnd, int originalEnd) {
        return capturedEnd < originalEnd ? DatagramStatus.HEADER_TRUNCATED : DatagramStatus.FRAME_TOO_SHORT;
    }
}

package io.github.gwlb4j.tun.offload;

/** Offsets, in bytes, of the header fields that splitting and merging touch (RFC 791, RFC 8200, RFC 9293, RFC 768). */
final class IpFields {

    static final int IPV4_LENGTH = 20;
    static final int IPV4_TOTAL_LENGTH = 2;
    static final int IPV4_ID = 4;
    static final int IPV4_FRAGMENT = 6;
    static final int IPV4_PROTOCOL = 9;
    static final int IPV4_CHECKSUM = 10;
    static final int IPV4_ADDRESSES = 12;
    static final int DONT_FRAGMENT = 0x4000;

    static final int IPV6_LENGTH = 40;
    static final int IPV6_PAYLOAD_LENGTH = 4;
    static final int IPV6_NEXT_HEADER = 6;
    static final int IPV6_ADDRESSES = 8;

    static final int PROTOCOL_TCP = 6;
    static final int PROTOCOL_UDP = 17;
    static final int PROTOCOL_ICMPV6 = 58;

    static final int TCP_MIN_LENGTH = 20;
    static final int TCP_SEQUENCE = 4;
    static final int TCP_ACK_NUMBER = 8;
    static final int TCP_DATA_OFFSET = 12;
    static final int TCP_FLAGS = 13;
    static final int TCP_WINDOW = 14;
    static final int TCP_CHECKSUM = 16;
    static final int TCP_URGENT = 18;
    static final int FIN = 0x01;
    static final int PSH = 0x08;
    static final int ACK = 0x10;
    static final int CWR = 0x80;

    static final int UDP_LENGTH_BYTES = 8;
    static final int UDP_LENGTH = 4;
    static final int UDP_CHECKSUM = 6;

    static final int MAX_IP_LENGTH = 65_535;

    private IpFields() {
    }

    /** By how much the identification of a super-packet's segments grows, from that of the first (see {@link SegmentCoalescer}). */
    static int ipv4IdStep(int firstId) {
        return firstId == 0 ? 0 : 1;
    }
}

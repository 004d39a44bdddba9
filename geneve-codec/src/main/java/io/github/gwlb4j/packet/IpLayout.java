package io.github.gwlb4j.packet;

/** Where fields stand in the headers of IPv4 (RFC 791, 3.1) and IPv6 (RFC 8200, 3): bytes from the header's first one. */
final class IpLayout {
    static final int IPV4_IDENTIFICATION_OFFSET = 4;
    static final int IPV4_FRAGMENT_OFFSET = 6;
    static final int IPV4_TTL_OFFSET = 8;
    static final int IPV4_PROTOCOL_OFFSET = 9;
    static final int IPV4_CHECKSUM_OFFSET = 10;
    static final int IPV4_SOURCE_OFFSET = 12;
    static final int IPV4_DESTINATION_OFFSET = 16;
    static final int IPV6_HOP_LIMIT_OFFSET = 7;
    static final int IPV6_SOURCE_OFFSET = 8;
    static final int IPV6_DESTINATION_OFFSET = 24;

    private IpLayout() {
    }
}

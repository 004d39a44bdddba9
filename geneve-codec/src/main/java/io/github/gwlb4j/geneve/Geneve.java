package io.github.gwlb4j.geneve;

/** Numbers of RFC 8926 and of the registries it refers to. Immutable; usable from any thread. */
public final class Geneve {
    /** The IANA-assigned UDP destination port (RFC 8926, 3.3). */
    public static final int UDP_PORT = 6081;

    /** Length in bytes of the base header without options (RFC 8926, 3.4). */
    public static final int BASE_HEADER_LENGTH = 8;

    /** Most bytes the options of one header may take: Opt Len is 6 bits of 4-byte words (RFC 8926, 3.4). */
    public static final int MAX_OPTIONS_LENGTH = 252;

    /** Most bytes a header may take, base header and options (RFC 8926, 3.4). */
    public static final int MAX_HEADER_LENGTH = BASE_HEADER_LENGTH + MAX_OPTIONS_LENGTH;

    /** Length in bytes of an option's own header (RFC 8926, 3.5). */
    public static final int OPTION_HEADER_LENGTH = 4;

    /** Most bytes of data in one option: Length is 5 bits of 4-byte words (RFC 8926, 3.5). */
    public static final int MAX_OPTION_DATA_LENGTH = 124;

    /** Top bit of an option's type: an endpoint that does not know the option must drop the packet (RFC 8926, 3.5). */
    public static final int CRITICAL_TYPE_BIT = 0x80;

    /** Protocol type (EtherType) of an IPv4 payload. */
    public static final int PROTOCOL_IPV4 = 0x0800;

    /** Protocol type (EtherType) of an IPv6 payload. */
    public static final int PROTOCOL_IPV6 = 0x86dd;

    /** Protocol type of an Ethernet frame, "Trans Ether Bridging" (RFC 8926, 3.4). */
    public static final int PROTOCOL_ETHERNET = 0x6558;

    /** Largest virtual network identifier: 24 bits (RFC 8926, 3.4). */
    public static final int MAX_VNI = 0xff_ffff;

    private Geneve() {
    }
}

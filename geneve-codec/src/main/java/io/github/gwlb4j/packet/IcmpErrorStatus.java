package io.github.gwlb4j.packet;

/**
 * Why no ICMP error may be sent about a packet, or {@link #OK}.
 *
 * <p>A value, not an exception: the packet path counts it. Immutable; usable from any thread.
 */
public enum IcmpErrorStatus {
    /** An error may be sent. */
    OK("an error may be sent"),
    /** IPv4 without the DF bit: the packet may be fragmented instead (RFC 791, 3.2). */
    FRAGMENTATION_ALLOWED("the packet may be fragmented"),
    /** A fragment other than the first, which shares the fate of the first one (RFC 1122, 3.2.2). */
    LATER_FRAGMENT("not the first fragment"),
    /**
     * An ICMP message that is no query or its reply: an error must never cause another one (RFC 1122, 3.2.2; RFC 4443, 2.4 e).
     * A type that is not known counts as an error, as does one that is cut off.
     */
    ABOUT_ICMP_ERROR("about an ICMP error"),
    /** The source is no single host: unspecified, loopback, multicast, broadcast, IPv4 class E (RFC 1122, 3.2.2; RFC 4443, 2.4 e). */
    SOURCE_NOT_UNICAST("source address is not unicast"),
    /** The destination, which would be the source of the error, is no single host. */
    DESTINATION_NOT_UNICAST("destination address is not unicast");

    private final String label;

    IcmpErrorStatus(String label) {
        this.label = label;
    }

    /**
     * Says the same in words, for counters and logs.
     *
     * @return a short phrase in English, without a full stop
     */
    public String label() {
        return label;
    }
}

package io.github.gwlb4j.geneve;

/**
 * Why a datagram is not acceptable, or {@link #OK}.
 *
 * <p>A value, not an exception: the receive path counts it and drops the datagram without an answer (RFC 8926, 3.5: bad
 * packets are dropped silently). Immutable; usable from any thread.
 */
public enum GeneveStatus {
    /** Acceptable under the policy it was validated with. */
    OK("acceptable"),
    /** Fewer bytes than the 8-byte base header (RFC 8926, 3.4). */
    HEADER_TRUNCATED("shorter than the 8-byte base header"),
    /** The version is not 0 (RFC 8926, 3.4: MUST drop). */
    VERSION_UNSUPPORTED("version is not 0"),
    /** Opt Len reaches past the end of the datagram (RFC 8926, 3.4). */
    OPTIONS_EXCEED_DATAGRAM("Opt Len reaches past the end of the datagram"),
    /** The options' lengths do not add up to exactly Opt Len (RFC 8926, 3.5). */
    OPTION_EXCEEDS_HEADER("an option runs past Opt Len"),
    /** An option that the policy does not know has its critical bit set, and so has the header (RFC 8926, 3.5: MUST drop). */
    CRITICAL_OPTION_UNKNOWN("unknown critical option"),
    /** As {@link #CRITICAL_OPTION_UNKNOWN}, but a broken sender left the header's C bit clear (RFC 8926, 3.5). */
    CRITICAL_OPTION_UNKNOWN_C_CLEAR("unknown critical option although the header's C bit is clear"),
    /** A header or option bit that is reserved is set, and the policy refuses that; RFC 8926 ignores such bits. */
    RESERVED_BITS_SET("a reserved bit is set"),
    /** The O bit is set: a control packet, whose payload must not be forwarded (RFC 8926, 3.4). */
    CONTROL_PACKET("control packet (O bit)"),
    /** The virtual network identifier is not one of the policy's (RFC 8926, 3.4). */
    VNI_NOT_CONFIGURED("VNI is not configured"),
    /** The protocol type is not one of the policy's (RFC 8926, 3.4). */
    PROTOCOL_UNKNOWN("protocol type is not accepted"),
    /** Nothing follows the header: legal, but there is nothing to forward. */
    PAYLOAD_EMPTY("no payload"),
    /** The protocol type says IPv4 or IPv6, the payload's version nibble says otherwise. */
    PROTOCOL_MISMATCH("protocol type does not fit the payload's IP version"),
    /** An option that the reader requires is not there (for GWLB: the endpoint id or the flow cookie). */
    OPTION_MISSING("a required option is missing"),
    /** An option that the reader knows has another length than its definition says. */
    OPTION_LENGTH_WRONG("a known option has the wrong length"),
    /** The outer UDP checksum is not zero and does not verify (RFC 8926, 3.3: MUST drop). */
    UDP_CHECKSUM_WRONG("outer UDP checksum is wrong"),
    /** The outer UDP checksum over IPv6 is zero and the policy does not allow that (RFC 8926, 3.3). */
    UDP_CHECKSUM_ZERO_OVER_IPV6("outer UDP checksum over IPv6 is zero");

    private final String label;

    GeneveStatus(String label) {
        this.label = label;
    }

    /**
     * Whether base header and options are whole and fit together, so that all options and the payload can be read; a policy
     * may have refused them all the same.
     *
     * @return false for the four structural errors
     */
    public boolean isStructureSound() {
        return ordinal() > OPTION_EXCEEDS_HEADER.ordinal() || this == OK;
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

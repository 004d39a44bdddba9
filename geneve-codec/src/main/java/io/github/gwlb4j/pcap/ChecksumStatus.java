package io.github.gwlb4j.pcap;

/** The outcome of {@link OuterUdp#verifyChecksum}. */
public enum ChecksumStatus {
    /** The checksum is right. */
    VALID,
    /** The checksum is wrong. In a capture made on the sending host this can be checksum offload, not damage. */
    INVALID,
    /** The field is 0: the sender computed none. Over IPv6 that is only allowed to tunnels (RFC 6935). */
    ABSENT,
    /** It cannot be told: no IP header, a fragment, a cut payload, or an IPv6 route that has not ended. */
    UNVERIFIABLE
}

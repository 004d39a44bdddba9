package io.github.gwlb4j.tun.offload;

/** Whether a frame from a TUN queue can be taken apart, and if not, why. */
public enum SplitStatus {
    /** The segments can be fetched. */
    OK,
    /** Shorter than its headers. */
    TRUNCATED,
    /** A kind of super-packet that was not asked for. */
    UNKNOWN_GSO_TYPE,
    /** Segment size 0. */
    NO_SEGMENT_SIZE,
    /** The IP header does not belong to the kind of super-packet. */
    BAD_IP_HEADER,
    /** The TCP header's length is impossible. */
    BAD_TCP_HEADER,
    /** The place of the checksum is not inside of the packet, or not where the protocol has it. */
    BAD_CHECKSUM_PLACE
}

package io.github.gwlb4j.tun.offload;

/** What became of a packet that was offered for merging. Only {@link #MERGED} packets and those they joined share a write. */
public enum CoalesceOutcome {
    /** Could be merged and starts a super-packet; whether others joined is another matter. */
    STARTED,
    /** Joined the packet before it in its flow. */
    MERGED,
    /** Neither TCP nor UDP, or malformed. */
    NOT_TCP_OR_UDP,
    /** A fragment, or an IP packet with options or extension headers, whose flow is not known. */
    FRAGMENT_OR_OPTIONS,
    /** A kind the device has no offload for. */
    NOT_OFFLOADED,
    /** TCP with other flags than ACK or ACK and PSH. */
    TCP_FLAGS,
    /** No payload, such as a bare acknowledgement. */
    NO_PAYLOAD,
    /** UDP without a checksum, or a checksum of the second form of zero, which splitting would not give again. */
    CHECKSUM_FORM,
    /** A checksum is wrong; merging would make it look right. */
    BAD_CHECKSUM
}

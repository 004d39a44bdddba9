package io.github.gwlb4j.gwlb.capture;

/**
 * What a capture holds of each packet. Either way its comment says direction, endpoint, flow cookie, attachment, what became of it and why,
 * and what the handler noted. Immutable; usable from any thread.
 */
public enum CaptureContent {
    /**
     * The packet with its tunnel: outer IPv4 and UDP header, GENEVE header and inner packet. The outer IPv4 and UDP headers are made
     * up, because a socket does not hand them out: addresses, ports, lengths and checksums are right (the UDP checksum 0 if the
     * packet was cut); TTL, type of service and identification are not those of the wire.
     */
    OUTER,
    /** The inner IPv4 or IPv6 packet alone; its tunnel is in the comment. */
    INNER
}

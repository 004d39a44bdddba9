package io.github.gwlb4j.pcap;

/** What {@link OuterUdp#parse} found in a frame. Each value tells which accessors hold afterwards; all others are 0. */
public enum DatagramStatus {
    /** A whole UDP datagram: everything holds. */
    OK("complete"),
    /** UDP, but the capture cut the payload: everything holds, {@link OuterUdp#capturedPayloadLength} is what is there. */
    PAYLOAD_TRUNCATED("UDP payload cut short by the capture"),
    /** The first of several IP fragments: as PAYLOAD_TRUNCATED; the rest is in other packets and is not reassembled. */
    FIRST_FRAGMENT("first IP fragment, not reassembled"),
    /** A later IP fragment, without UDP header: the IP accessors hold. */
    LATER_FRAGMENT("later IP fragment, not reassembled"),
    /** The capture ends inside a header: nothing from there on holds. */
    HEADER_TRUNCATED("headers cut short by the capture"),
    /** The frame was captured whole and ends inside a header. */
    FRAME_TOO_SHORT("frame ends inside its headers"),
    /** A link type that {@link LinkLayer} does not know. */
    UNSUPPORTED_LINK_TYPE("unsupported link type"),
    /** Another network layer, such as ARP. */
    NOT_IP("not IP"),
    /** Version, header length or total length of the IP header, or an IPv6 extension header, contradict the frame. */
    IP_HEADER_INVALID("invalid IP header"),
    /** Another transport protocol, such as TCP: the IP accessors hold. */
    NOT_UDP("not UDP"),
    /** The UDP length is below 8 or runs past the IP packet: the IP accessors hold. */
    UDP_LENGTH_INVALID("invalid UDP length");

    private final String description;

    DatagramStatus(String description) {
        this.description = description;
    }

    /**
     * A few words for a message.
     *
     * @return lower-case text without a full stop
     */
    public String description() {
        return description;
    }

    /**
     * Whether the UDP header was found.
     *
     * @return true if ports, payload offset and captured payload length hold
     */
    public boolean hasUdpHeader() {
        return this == OK || this == PAYLOAD_TRUNCATED || this == FIRST_FRAGMENT;
    }
}

package io.github.gwlb4j.gwlb.internal.flow;

import io.github.gwlb4j.geneve.Geneve;
import java.nio.ByteBuffer;

/**
 * How a packet came from the load balancer, which is how its flow's packets go back: the GENEVE header, byte for byte, the
 * outer peer, and the transport's note of the local socket.
 *
 * <p>Not thread-safe: belongs to one worker and is reused. {@link FlowTable#remember} reads it where the datagram lies;
 * {@link FlowTable#find} fills it and copies the header into this path's own buffer, or to where {@link #headerInFrontOf} says.
 */
public final class ReturnPath {
    /** RFC 8926, 3.4. */
    private static final int PROTOCOL_TYPE = 2;

    private ByteBuffer header;
    private int headerOffset;
    /** Where a header that is found shall end; -1 if it shall begin at {@link #headerOffset}. */
    private int headerEnd = -1;
    private int headerLength;
    private long peerHigh;
    private long peerLow;
    private int peerPort;
    private int origin;

    /** Makes a path with no peer, and room of its own for a header. */
    public ReturnPath() {
        header = ByteBuffer.allocateDirect(Geneve.MAX_HEADER_LENGTH);
    }

    /**
     * Says where the next header that is found shall end: in front of a packet.
     *
     * @param buffer must have room for {@link Geneve#MAX_HEADER_LENGTH} bytes there; its byte order does not matter
     * @param end    absolute position behind the header's last byte
     * @return this
     */
    public ReturnPath headerInFrontOf(ByteBuffer buffer, int end) {
        headerAt(buffer, end);
        headerEnd = end;
        return this;
    }

    private void headerAt(ByteBuffer buffer, int offset) {
        if (header != buffer) { // storing a reference costs a garbage collector's barrier
            header = buffer;
        }
        headerOffset = offset;
        headerEnd = -1;
    }

    /**
     * Points to the header of a datagram that came in. Nothing is copied.
     *
     * @param buffer      holds the datagram; its byte order does not matter
     * @param offset      absolute position of the GENEVE header
     * @param lengthBytes 8 to {@link Geneve#MAX_HEADER_LENGTH}, a multiple of 4
     * @return this
     */
    public ReturnPath header(ByteBuffer buffer, int offset, int lengthBytes) {
        headerAt(buffer, offset);
        headerLength = lengthBytes;
        return this;
    }

    /**
     * Takes the outer sender.
     *
     * @param high   upper half of its address, 0 if IPv4
     * @param low    lower half of its address
     * @param port   its UDP port, 0 to 65535
     * @param origin the transport's note of the local socket
     * @return this
     */
    public ReturnPath peer(long high, long low, int port, int origin) {
        this.peerHigh = high;
        this.peerLow = low;
        this.peerPort = port;
        this.origin = origin;
        return this;
    }

    /**
     * Whether the header says that it is followed by a packet of an IP version.
     *
     * @param ipVersion 4 or 6
     * @return false if the receiver would take such a packet for something else
     */
    public boolean carries(int ipVersion) {
        int protocolType = (header.get(headerOffset + PROTOCOL_TYPE) & 0xff) << 8 | header.get(headerOffset + PROTOCOL_TYPE + 1) & 0xff;
        return protocolType == (ipVersion == 4 ? Geneve.PROTOCOL_IPV4 : Geneve.PROTOCOL_IPV6);
    }

    /** Takes what a flow table holds, the header's bytes excepted. */
    void found(int headerLength, long peerHigh, long peerLow, int peerPort, int origin) {
        this.headerLength = headerLength;
        if (headerEnd >= 0) {
            headerOffset = headerEnd - headerLength;
        }
        peer(peerHigh, peerLow, peerPort, origin);
    }

    /**
     * The buffer with the GENEVE header.
     *
     * @return the one given, or this path's own
     */
    public ByteBuffer header() {
        return header;
    }

    /**
     * Where the GENEVE header starts.
     *
     * @return absolute position in {@link #header()}
     */
    public int headerOffset() {
        return headerOffset;
    }

    /**
     * Length of the GENEVE header.
     *
     * @return bytes, 8 to {@link Geneve#MAX_HEADER_LENGTH}; 0 if there is none yet
     */
    public int headerLength() {
        return headerLength;
    }

    /**
     * Upper half of the load balancer's address.
     *
     * @return 64 bits; 0 if IPv4
     */
    public long peerHigh() {
        return peerHigh;
    }

    /**
     * Lower half of the load balancer's address.
     *
     * @return 64 bits; IPv4: the address
     */
    public long peerLow() {
        return peerLow;
    }

    /**
     * The flow's outer source port, which a reply keeps.
     *
     * @return 0 to 65535
     */
    public int peerPort() {
        return peerPort;
    }

    /**
     * The transport's note of the local socket.
     *
     * @return as it was given
     */
    public int origin() {
        return origin;
    }
}

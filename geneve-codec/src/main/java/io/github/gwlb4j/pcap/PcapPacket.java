package io.github.gwlb4j.pcap;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One packet of a {@link PacketSource}, reused for all of them. Not thread-safe.
 *
 * <p>The data belong to the source: they are valid until the next call of {@link PacketSource#next} or
 * {@link PacketSource#close}. Whoever needs them longer copies them ({@link #copyData}).
 */
public final class PcapPacket {

    private static final ByteBuffer NO_DATA = ByteBuffer.allocate(0).asReadOnlyBuffer();

    private long frameNumber;
    private long timestampNs;
    private boolean timestamped;
    private int linkType;
    private int originalLength;
    private int dataOffset;
    private int capturedLength;
    private ByteBuffer data = NO_DATA;

    private String comment;
    private int optionsOffset;
    private int optionsLength;
    private ByteOrder optionsOrder = ByteOrder.LITTLE_ENDIAN;

    /** An empty packet, to be filled by {@link PacketSource#next}. */
    public PcapPacket() {
    }

    /** Forgets the packet, as at the end of a source. */
    void clear() {
        frame(0, 0);
        time(0, false);
        data(NO_DATA, 0, 0, 0);
    }

    /** Starts a new packet: everything that only some formats have is reset. */
    PcapPacket frame(long frameNumber, int linkType) {
        this.frameNumber = frameNumber;
        this.linkType = linkType;
        this.comment = null;
        this.optionsLength = 0;
        return this;
    }

    PcapPacket time(long timestampNs, boolean timestamped) {
        this.timestampNs = timestampNs;
        this.timestamped = timestamped;
        return this;
    }

    /**
     * Points to the bytes.
     *
     * @param view reused by the source for every packet; position and limit are set here
     * @param original as the file says, unsigned; some writers put less than they captured, so it is raised to that
     */
    PcapPacket data(ByteBuffer view, int offset, int captured, int original) {
        view.limit(offset + captured).position(offset);
        this.data = view;
        this.dataOffset = offset;
        this.capturedLength = captured;
        this.originalLength = Math.max(captured, original < 0 ? Integer.MAX_VALUE : original);
        return this;
    }

    void comment(String comment) {
        this.comment = comment;
    }

    /** Options of a pcapng packet block, decoded only when {@link #comment} asks; the view must reach beyond the data. */
    void options(int offset, int length, ByteOrder order) {
        this.optionsOffset = offset;
        this.optionsLength = length;
        this.optionsOrder = order;
    }

    /**
     * The packet's number in its source.
     *
     * @return 1 for the first packet, as Wireshark counts; 0 if there is no packet
     */
    public long frameNumber() {
        return frameNumber;
    }

    /**
     * When the packet was captured.
     *
     * @return nanoseconds since 1970-01-01 UTC, saturated at the ends of a long; 0 if there is no timestamp
     */
    public long timestampNs() {
        return timestampNs;
    }

    /**
     * Whether the source knows the time: hex dumps and pcapng simple packets do not.
     *
     * @return true if {@link #timestampNs} tells a time
     */
    public boolean hasTimestamp() {
        return timestamped;
    }

    /**
     * The layer at which the bytes start.
     *
     * @return one of the registered link types, 0 to 65535, or a private one below 0, see {@link LinkType}
     */
    public int linkType() {
        return linkType;
    }

    /**
     * How many bytes there are.
     *
     * @return bytes in {@link #data}, 0 to {@link PacketSource#MAX_PACKET_BYTES}
     */
    public int capturedLength() {
        return capturedLength;
    }

    /**
     * How many bytes the packet had on the wire.
     *
     * @return bytes, never below {@link #capturedLength}; more if the capture cut the packet (its snapshot length)
     */
    public int originalLength() {
        return originalLength;
    }

    /**
     * The captured bytes: a read-only view in network byte order, from its position to its limit. The object is reused for
     * every packet of the source; the position need not be 0, so start at {@link #dataOffset} when reading by index.
     *
     * @return the view, never null
     */
    public ByteBuffer data() {
        return data;
    }

    /**
     * The index of the first byte in {@link #data}.
     *
     * @return the index for the absolute methods of the buffer
     */
    public int dataOffset() {
        return dataOffset;
    }

    /**
     * The captured bytes in an array of their own.
     *
     * @return a new array of {@link #capturedLength} bytes
     */
    public byte[] copyData() {
        byte[] copy = new byte[capturedLength];
        data.get(dataOffset, copy);
        return copy;
    }

    /**
     * What the capture says about this packet: the comments of a pcapng packet, or the comment lines above a packet in a hex
     * dump, several joined by line feeds. Decoded (and allocated) at each call. It was written by others: escape control
     * characters before it goes to a terminal.
     *
     * @return the text, or null if there is none
     */
    public String comment() {
        if (optionsLength == 0) {
            return comment;
        }
        ByteBuffer options = data.duplicate();
        options.limit(optionsOffset + optionsLength).position(optionsOffset);
        return PcapNgOptions.comments(options.order(optionsOrder));
    }
}

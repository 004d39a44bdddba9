package io.github.gwlb4j.geneve;

import io.github.gwlb4j.internal.Bytes;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Read-only flyweight over one GENEVE datagram (RFC 8926, 3.4): wrap, validate once, then read.
 *
 * <p>Not thread-safe: an instance belongs to one thread, and is reused for packet after packet. It allocates nothing and
 * never moves the buffer's position.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |Ver|  Opt Len  |O|C|    Rsvd.  |          Protocol Type        |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |        Virtual Network Identifier (VNI)       |    Reserved   |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  ~                    Variable-Length Options                    ~
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 *
 * <p>The accessors trust {@link #validate}: after it returned anything but a structural error they read inside the
 * datagram. The next {@link #wrap}, or a change of the bytes by someone else, ends that guarantee; what remains is the
 * buffer's own bounds check.
 *
 * <pre>{@code
 * GeneveHeader header = new GeneveHeader();            // once, then for datagram after datagram
 * IpPacket inner = new IpPacket();
 * GeneveStatus status = header.wrap(buffer, offset, length).validate(GenevePolicy.rfc8926());
 * if (status == GeneveStatus.OK && inner.wrap(buffer, header.payloadOffset(), header.payloadLength()) == PacketStatus.OK) {
 *     System.out.println("VNI " + header.vni() + ": " + inner);
 * }
 * }</pre>
 */
public final class GeneveHeader {
    static final int OPT_LEN_OFFSET = 0;
    static final int FLAGS_OFFSET = 1;
    static final int PROTOCOL_TYPE_OFFSET = 2;
    static final int VNI_OFFSET = 4;
    static final int OPTIONS_OFFSET = Geneve.BASE_HEADER_LENGTH;

    static final int CONTROL_FLAG = 0x80;
    static final int CRITICAL_FLAG = 0x40;
    private static final int RESERVED_FLAGS = 0x3f;
    private static final int RESERVED_OPTION_BITS = 0xe0;

    private ByteBuffer buffer;
    private int offset;
    private int length;

    /** Makes a flyweight that wraps nothing yet. */
    public GeneveHeader() {
    }

    /**
     * Lays this flyweight over a datagram's UDP payload. Nothing is checked but that the region lies in the buffer.
     *
     * @param buffer       holds the datagram; its byte order does not matter, its limit does
     * @param offset       absolute position of the GENEVE header's first byte
     * @param lengthBytes  length of the UDP payload in bytes: header, options and inner packet
     * @return this
     * @throws IndexOutOfBoundsException if the region is not inside the buffer's limit: a mistake of the caller, never of a sender
     */
    public GeneveHeader wrap(ByteBuffer buffer, int offset, int lengthBytes) {
        Objects.checkFromIndexSize(offset, lengthBytes, buffer.limit());
        if (this.buffer != buffer) { // storing a reference costs a garbage collector's barrier
            this.buffer = buffer;
        }
        this.offset = offset;
        this.length = lengthBytes;
        return this;
    }

    /**
     * Checks the datagram once against RFC 8926 and a policy: structure first, then what the policy decides.
     *
     * @param policy what to accept
     * @return {@link GeneveStatus#OK}, or the first reason to drop
     */
    public GeneveStatus validate(GenevePolicy policy) {
        if (length < Geneve.BASE_HEADER_LENGTH) {
            return GeneveStatus.HEADER_TRUNCATED;
        }
        long base = Bytes.i64(buffer, offset);
        if (base >>> 62 != 0) {
            return GeneveStatus.VERSION_UNSUPPORTED;
        }
        int headerLength = Geneve.BASE_HEADER_LENGTH + ((int) (base >>> 54) & 0xfc);
        if (headerLength > length) {
            return GeneveStatus.OPTIONS_EXCEED_DATAGRAM;
        }
        GeneveStatus options = validateOptions(offset + headerLength, policy);
        return options == GeneveStatus.OK ? validateBase(base, headerLength, policy) : options;
    }

    private GeneveStatus validateOptions(int end, GenevePolicy policy) {
        int at = offset + OPTIONS_OFFSET;
        // Every option is at least 4 bytes and Opt Len counts 4-byte words, so an option header never crosses the end.
        while (at < end) {
            int header = Bytes.i32(buffer, at);
            at += Geneve.OPTION_HEADER_LENGTH + optionDataLength(header);
            if ((header & Geneve.CRITICAL_TYPE_BIT << 8) != 0 && !policy.acceptsCriticalOption(header >>> 16, header >>> 8 & 0xff)) {
                return isStructureSound(at, end) ? unknownCriticalOption() : GeneveStatus.OPTION_EXCEEDS_HEADER;
            }
        }
        return at == end ? GeneveStatus.OK : GeneveStatus.OPTION_EXCEEDS_HEADER;
    }

    /** The structure counts before the policy, also behind the option that the policy refuses. */
    private boolean isStructureSound(int from, int end) {
        int at = from;
        while (at < end) {
            at += Geneve.OPTION_HEADER_LENGTH + optionDataLength(Bytes.i32(buffer, at));
        }
        return at == end;
    }

    private GeneveStatus unknownCriticalOption() {
        return isCritical() ? GeneveStatus.CRITICAL_OPTION_UNKNOWN : GeneveStatus.CRITICAL_OPTION_UNKNOWN_C_CLEAR;
    }

    /** What the policy has to say of the base header, given as the 64 bits that it is, and of the payload's first byte. */
    private GeneveStatus validateBase(long base, int headerLength, GenevePolicy policy) {
        if (policy.refusesReservedBits() && hasReservedBits()) {
            return GeneveStatus.RESERVED_BITS_SET;
        }
        if ((base & (long) CONTROL_FLAG << 48) != 0 && !policy.acceptsControlPackets()) {
            return GeneveStatus.CONTROL_PACKET;
        }
        if (!policy.acceptsVni((int) base >>> 8)) {
            return GeneveStatus.VNI_NOT_CONFIGURED;
        }
        int protocolType = (int) (base >>> 32) & 0xffff;
        if (!policy.acceptsProtocolType(protocolType)) {
            return GeneveStatus.PROTOCOL_UNKNOWN;
        }
        if (headerLength == length) {
            return policy.acceptsEmptyPayload() ? GeneveStatus.OK : GeneveStatus.PAYLOAD_EMPTY;
        }
        int nibble = Bytes.u8(buffer, offset + headerLength) >>> 4;
        if (protocolType == Geneve.PROTOCOL_IPV4 && nibble != 4 || protocolType == Geneve.PROTOCOL_IPV6 && nibble != 6) {
            return GeneveStatus.PROTOCOL_MISMATCH;
        }
        return GeneveStatus.OK;
    }

    private boolean hasReservedBits() {
        if ((Bytes.u8(buffer, offset + FLAGS_OFFSET) & RESERVED_FLAGS) != 0 || (Bytes.i32(buffer, offset + VNI_OFFSET) & 0xff) != 0) {
            return true;
        }
        int end = offset + headerLength();
        for (int at = offset + OPTIONS_OFFSET; at < end; ) {
            int header = Bytes.i32(buffer, at);
            if ((header & RESERVED_OPTION_BITS) != 0) {
                return true;
            }
            at += Geneve.OPTION_HEADER_LENGTH + optionDataLength(header);
        }
        return false;
    }

    /** Whether an option has its critical bit set, whatever the C bit says. The header must be sound. */
    boolean hasCriticalOption() {
        int end = offset + headerLength();
        for (int at = offset + OPTIONS_OFFSET; at < end; ) {
            int header = Bytes.i32(buffer, at);
            if ((header & Geneve.CRITICAL_TYPE_BIT << 8) != 0) {
                return true;
            }
            at += Geneve.OPTION_HEADER_LENGTH + optionDataLength(header);
        }
        return false;
    }

    static int optionDataLength(int optionHeader) {
        return (optionHeader & 0x1f) << 2;
    }

    /**
     * The version field, 2 bits; 0 is the only one defined.
     *
     * @return 0 to 3
     */
    public int version() {
        return Bytes.u8(buffer, offset + OPT_LEN_OFFSET) >>> 6;
    }

    /**
     * Length of all options as Opt Len states it.
     *
     * @return bytes, a multiple of 4 from 0 to 252
     */
    public int optionsLength() {
        return (Bytes.u8(buffer, offset + OPT_LEN_OFFSET) & 0x3f) << 2;
    }

    /**
     * The O bit: a control packet.
     *
     * @return whether it is set
     */
    public boolean isControl() {
        return (Bytes.u8(buffer, offset + FLAGS_OFFSET) & CONTROL_FLAG) != 0;
    }

    /**
     * The C bit: at least one option is critical.
     *
     * @return whether it is set
     */
    public boolean isCritical() {
        return (Bytes.u8(buffer, offset + FLAGS_OFFSET) & CRITICAL_FLAG) != 0;
    }

    /**
     * The EtherType of the payload.
     *
     * @return 0 to 65535, for example {@link Geneve#PROTOCOL_IPV4}
     */
    public int protocolType() {
        return Bytes.u16(buffer, offset + PROTOCOL_TYPE_OFFSET);
    }

    /**
     * The virtual network identifier.
     *
     * @return 0 to {@link Geneve#MAX_VNI}
     */
    public int vni() {
        return Bytes.i32(buffer, offset + VNI_OFFSET) >>> 8;
    }

    /**
     * The buffer under this flyweight.
     *
     * @return the buffer given to {@link #wrap}
     */
    public ByteBuffer buffer() {
        return buffer;
    }

    /**
     * Where the header starts.
     *
     * @return absolute position in {@link #buffer()}
     */
    public int offset() {
        return offset;
    }

    /**
     * Length of the whole datagram: header, options and payload.
     *
     * @return bytes, as given to {@link #wrap}
     */
    public int datagramLength() {
        return length;
    }

    /**
     * Length of base header and options.
     *
     * @return bytes, 8 to 260
     */
    public int headerLength() {
        return Geneve.BASE_HEADER_LENGTH + optionsLength();
    }

    /**
     * Where the first option starts.
     *
     * @return absolute position in {@link #buffer()}
     */
    public int optionsOffset() {
        return offset + OPTIONS_OFFSET;
    }

    /**
     * Where the inner packet starts.
     *
     * @return absolute position in {@link #buffer()}
     */
    public int payloadOffset() {
        return offset + headerLength();
    }

    /**
     * Length of the inner packet.
     *
     * @return bytes, 0 or more once validated
     */
    public int payloadLength() {
        return length - headerLength();
    }

    /**
     * Finds an option by class and type. The same option twice: the last one wins (RFC 8926 gives order no meaning).
     *
     * @param optionClass 0 to 65535
     * @param optionType  0 to 255, with the critical bit
     * @param cursor      stands on the option afterwards if it is found; reused, so that nothing is allocated
     * @return whether it is there
     */
    public boolean find(int optionClass, int optionType, GeneveOptionCursor cursor) {
        return cursor.wrap(this).find(optionClass, optionType);
    }

    /**
     * Protocol, VNI and lengths in one line, for people. Cold path: allocates.
     *
     * @return see {@link GeneveText#summary}
     */
    @Override
    public String toString() {
        return GeneveText.summary(this);
    }
}

package io.github.gwlb4j.pcap;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The packets of a pcapng file (draft-ietf-opsawg-pcapng). Each block is type u32, total length u32, body, total length again.
 * Section headers, interface descriptions and packets are read; every other block is passed over, however long.
 */
final class PcapNgRecords implements PcapReader.Records {

    /** A palindrome, so it is known before the byte order is. */
    static final int SECTION_HEADER = 0x0a0d0d0a;
    static final int BYTE_ORDER_MAGIC = 0x1a2b3c4d;
    static final int INTERFACE_DESCRIPTION = 1;
    static final int SIMPLE_PACKET = 3;
    static final int ENHANCED_PACKET = 6;

    /** Replaced by the enhanced packet, but written for years. */
    private static final int OBSOLETE_PACKET = 2;
    private static final int MIN_BLOCK_BYTES = 12;
    private static final int TRAILER_BYTES = 4;
    private static final int PACKET_HEADER_BYTES = 28;

    private final CaptureInput in;
    private final PcapNgInterfaces interfaces = new PcapNgInterfaces();
    private long frames;

    /** Reads the first section header, so that a file of another kind or version is known at once. */
    PcapNgRecords(CaptureInput in) throws IOException {
        this.in = in;
        nextBlock(null);
    }

    @Override
    public boolean next(PcapPacket packet) throws IOException {
        while (in.fill(1) > 0) {
            if (nextBlock(packet)) {
                return true;
            }
        }
        return false;
    }

    /** Reads one block; true if it was a packet. */
    private boolean nextBlock(PcapPacket packet) throws IOException {
        in.require(MIN_BLOCK_BYTES, "a pcapng block");
        int type = in.i32(0);
        if (type == SECTION_HEADER) {
            byteOrder();
        }
        long length = in.u32(4);
        if (length < MIN_BLOCK_BYTES || length % 4 != 0) {
            throw in.damaged("block length " + length + " is not a multiple of 4 of at least " + MIN_BLOCK_BYTES);
        }
        switch (type) {
            case SECTION_HEADER, INTERFACE_DESCRIPTION, OBSOLETE_PACKET, SIMPLE_PACKET, ENHANCED_PACKET:
                return wholeBlock(type, length, packet);
            default:
                skipBlock(length);
                return false;
        }
    }

    private void byteOrder() throws PcapFormatException {
        int magic = in.i32(8);
        if (magic == Integer.reverseBytes(BYTE_ORDER_MAGIC)) {
            in.order(in.order() == ByteOrder.BIG_ENDIAN ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        } else if (magic != BYTE_ORDER_MAGIC) {
            throw in.damaged("pcapng section header without byte-order magic 1a2b3c4d");
        }
    }

    private void skipBlock(long length) throws IOException {
        long start = in.offset();
        String type = Integer.toUnsignedString(in.i32(0));
        long missing = in.skip(length - TRAILER_BYTES);
        int trailer = in.fill(TRAILER_BYTES);
        if (trailer < TRAILER_BYTES) {
            throw new PcapFormatException(in.name(), start, "the file is cut short: " + (missing + TRAILER_BYTES - trailer)
                    + " of " + length + " bytes of a pcapng block of type " + type + " are missing");
        }
        checkTrailer(start, length, in.u32(0));
        in.advance(TRAILER_BYTES);
    }

    private void checkTrailer(long start, long length, long trailer) throws PcapFormatException {
        if (trailer != length) {
            throw new PcapFormatException(in.name(), start,
                    "a pcapng block says length " + length + " at its start and " + trailer + " at its end");
        }
    }

    private boolean wholeBlock(int type, long claimed, PcapPacket packet) throws IOException {
        if (claimed > CaptureInput.MAX_WINDOW_BYTES) {
            throw in.damaged("block of type " + Integer.toHexString(type) + " claims " + claimed
                    + " bytes, expected at most " + CaptureInput.MAX_WINDOW_BYTES);
        }
        int length = (int) claimed;
        in.require(length, "a pcapng block");
        checkTrailer(in.offset(), length, in.u32(length - TRAILER_BYTES));
        switch (type) {
            case SECTION_HEADER -> sectionHeader(length);
            case INTERFACE_DESCRIPTION -> interfaceDescription(length);
            case SIMPLE_PACKET -> simplePacket(length, packet);
            case ENHANCED_PACKET -> enhancedPacket(in.u32(8), length, packet);
            default -> enhancedPacket(in.u16(8), length, packet);
        }
        in.advance(length);
        return type != SECTION_HEADER && type != INTERFACE_DESCRIPTION;
    }

    /** Magic, version u16 u16, section length i64 (often not known, so not used), options. */
    private void sectionHeader(int length) throws PcapFormatException {
        atLeast(28, length, "section header");
        if (in.u16(12) != 1) {
            throw in.damaged("pcapng version " + in.u16(12) + "." + in.u16(14) + " is not supported, expected 1.x");
        }
        interfaces.clear();
    }

    /** Link type u16, reserved u16, snapshot length u32, options. */
    private void interfaceDescription(int length) throws PcapFormatException {
        atLeast(20, length, "interface description");
        if (interfaces.count() == PcapNgInterfaces.MAX_INTERFACES) {
            throw in.damaged("more than " + PcapNgInterfaces.MAX_INTERFACES + " interfaces in one section");
        }
        ByteBuffer options = in.view().duplicate().order(in.order());
        options.limit(in.index(length - TRAILER_BYTES)).position(in.index(16));
        interfaces.add(in.u16(8), in.i32(12), options);
    }

    /** Interface u32 (obsolete: u16 and a drop count), time u32 high, u32 low, captured u32, original u32, data, options. */
    private void enhancedPacket(long interfaceId, int length, PcapPacket packet) throws PcapFormatException {
        atLeast(PACKET_HEADER_BYTES + TRAILER_BYTES, length, "packet");
        int id = known(interfaceId);
        long captured = in.u32(20);
        int optionsAt = captured(captured, length, PACKET_HEADER_BYTES);
        long ticks = in.u32(12) << 32 | in.u32(16);
        packet.frame(++frames, interfaces.linkType(id))
                .time(interfaces.toNanos(id, ticks), true)
                .data(in.view(), in.index(PACKET_HEADER_BYTES), (int) captured, in.i32(24));
        packet.options(in.index(optionsAt), length - TRAILER_BYTES - optionsAt, in.order());
    }

    /** Original length u32, data up to the snapshot length of interface 0; no time, no options. */
    private void simplePacket(int length, PcapPacket packet) throws PcapFormatException {
        atLeast(12 + TRAILER_BYTES, length, "simple packet");
        int id = known(0);
        long captured = in.u32(8);
        long snapLength = Integer.toUnsignedLong(interfaces.snapLength(id));
        if (snapLength != 0) {
            captured = Math.min(captured, snapLength);
        }
        captured(captured, length, 12);
        packet.frame(++frames, interfaces.linkType(id))
                .time(0, false)
                .data(in.view(), in.index(12), (int) captured, in.i32(8));
    }

    /** Checks a packet's captured length against its block; returns where the options start. */
    private int captured(long captured, int blockLength, int header) throws PcapFormatException {
        long most = Math.min(blockLength - header - TRAILER_BYTES, PacketSource.MAX_PACKET_BYTES);
        if (captured > most) {
            throw in.damaged("frame " + (frames + 1) + " claims " + captured + " captured bytes, expected at most " + most);
        }
        return Math.min(header + PcapNgOptions.padded((int) captured), blockLength - TRAILER_BYTES);
    }

    private int known(long interfaceId) throws PcapFormatException {
        if (interfaceId >= interfaces.count()) {
            throw in.damaged("frame " + (frames + 1) + " was captured on interface " + interfaceId + ", but "
                    + interfaces.count() + " are described before it");
        }
        return (int) interfaceId;
    }

    private void atLeast(int expected, int length, String what) throws PcapFormatException {
        if (length < expected) {
            throw in.damaged(what + " block of " + length + " bytes, expected at least " + expected);
        }
    }
}

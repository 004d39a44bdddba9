package io.github.gwlb4j.pcap;

import java.io.IOException;
import java.nio.ByteOrder;

/** The records of a pcap file (draft-ietf-opsawg-pcap): a file header of 24 bytes, then packets with 16 bytes of header. */
final class ClassicRecords implements PcapReader.Records {

    static final int MAGIC_MICROS = 0xa1b2c3d4;
    static final int MAGIC_NANOS = 0xa1b23c4d;
    static final int FILE_HEADER_BYTES = 24;
    static final int RECORD_HEADER_BYTES = 16;

    /** A variant by Alexey Kuznetsov with longer record headers, found in old captures only. */
    private static final int MAGIC_MODIFIED = 0xa1b2cd34;
    /** What tcpdump captures at most; longer packets are taken only if the file header announces them. */
    private static final int USUAL_MAX_PACKET_BYTES = 256 * 1024;

    private final CaptureInput in;
    private final int linkType;
    private final int nanosPerUnit;
    private final long maxPacketBytes;
    private long frames;

    ClassicRecords(CaptureInput in) throws IOException {
        this.in = in;
        ByteOrder other = in.order() == ByteOrder.BIG_ENDIAN ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        in.order(isMagic(in.i32(0)) ? in.order() : other);
        in.require(FILE_HEADER_BYTES, "the pcap file header");
        if (in.i32(0) == MAGIC_MODIFIED) {
            throw in.damaged("a modified pcap (magic a1b2cd34) is not supported: convert it with editcap");
        }
        if (in.u16(4) != 2 || in.u16(6) < 4) {
            throw in.damaged("pcap version " + in.u16(4) + "." + in.u16(6) + " is not supported, expected 2.4");
        }
        nanosPerUnit = in.i32(0) == MAGIC_NANOS ? 1 : 1000;
        maxPacketBytes = Math.max(USUAL_MAX_PACKET_BYTES, Math.min(in.u32(16), PacketSource.MAX_PACKET_BYTES));
        // The upper bits tell the length of the frame check sequence.
        linkType = in.i32(20) & 0xffff;
        in.advance(FILE_HEADER_BYTES);
    }

    /** Whether the four bytes in the window start a pcap file, in either byte order. */
    static boolean hasMagic(CaptureInput in) {
        int magic = in.i32(0);
        return isMagic(magic) || isMagic(Integer.reverseBytes(magic));
    }

    private static boolean isMagic(int magic) {
        return magic == MAGIC_MICROS || magic == MAGIC_NANOS || magic == MAGIC_MODIFIED;
    }

    @Override
    public boolean next(PcapPacket packet) throws IOException {
        if (in.fill(1) == 0) {
            return false;
        }
        long frame = frames + 1;
        in.require(RECORD_HEADER_BYTES, "the record header of frame " + frame);
        long captured = in.u32(8);
        if (captured > maxPacketBytes) {
            throw in.damaged("frame " + frame + " claims " + captured + " captured bytes, expected at most "
                    + maxPacketBytes);
        }
        int length = (int) captured;
        in.require(RECORD_HEADER_BYTES + length, "frame " + frame);
        packet.frame(frame, linkType)
                .time(in.u32(0) * 1_000_000_000L + in.u32(4) * nanosPerUnit, true)
                .data(in.view(), in.index(RECORD_HEADER_BYTES), length, in.i32(12));
        in.advance(RECORD_HEADER_BYTES + length);
        frames = frame;
        return true;
    }
}

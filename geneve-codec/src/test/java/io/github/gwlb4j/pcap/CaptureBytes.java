package io.github.gwlb4j.pcap;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** Builds capture files byte by byte, in either byte order, independently of the writer under test. */
final class CaptureBytes {

    /** A packet as read, copied out of the flyweight. */
    record Read(long frame, long timestampNs, boolean timestamped, int linkType, int originalLength, String data,
            String comment) {
    }

    private ByteBuffer out;

    CaptureBytes(ByteOrder order) {
        out = ByteBuffer.allocate(64).order(order);
    }

    private ByteBuffer room(int bytes) {
        if (out.remaining() < bytes) {
            ByteBuffer larger = ByteBuffer.allocate(2 * out.capacity() + bytes).order(out.order());
            out = larger.put(out.flip());
        }
        return out;
    }

    static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits.replaceAll("\\s", ""));
    }

    byte[] bytes() {
        return Arrays.copyOf(out.array(), out.position());
    }

    CaptureBytes pcapHeader(int magic, int snapLength, int linkType) {
        return u32(magic).u16(2).u16(4).u32(0).u32(0).u32(snapLength).u32(linkType);
    }

    CaptureBytes pcapRecord(long seconds, int fraction, int original, byte[] data) {
        return u32((int) seconds).u32(fraction).u32(data.length).u32(original).raw(data);
    }

    CaptureBytes section(byte[] options) {
        return block(0x0a0d0d0a, new CaptureBytes(out.order()).u32(0x1a2b3c4d).u16(1).u16(0).u32(-1).u32(-1).raw(options));
    }

    CaptureBytes description(int linkType, int snapLength, byte[] options) {
        return block(1, new CaptureBytes(out.order()).u16(linkType).u16(0).u32(snapLength).raw(options));
    }

    CaptureBytes enhanced(int interfaceId, long ticks, int original, byte[] data, byte[] options) {
        return block(6, new CaptureBytes(out.order()).u32(interfaceId).u32((int) (ticks >>> 32)).u32((int) ticks)
                .u32(data.length).u32(original).raw(data).pad().raw(options));
    }

    CaptureBytes obsolete(int interfaceId, long ticks, int original, byte[] data, byte[] options) {
        return block(2, new CaptureBytes(out.order()).u16(interfaceId).u16(0xffff).u32((int) (ticks >>> 32))
                .u32((int) ticks).u32(data.length).u32(original).raw(data).pad().raw(options));
    }

    CaptureBytes simple(int original, byte[] data) {
        return block(3, new CaptureBytes(out.order()).u32(original).raw(data).pad());
    }

    CaptureBytes block(int type, CaptureBytes body) {
        body.pad();
        int length = 12 + body.out.position();
        return u32(type).u32(length).raw(body.bytes()).u32(length);
    }

    /** One option with padding, without an end of options. */
    byte[] option(int code, byte[] value) {
        return new CaptureBytes(out.order()).u16(code).u16(value.length).raw(value).pad().bytes();
    }

    byte[] comment(String text) {
        return option(1, text.getBytes(StandardCharsets.UTF_8));
    }

    byte[] i64(long value) {
        return ByteBuffer.allocate(8).order(out.order()).putLong(value).array();
    }

    static byte[] concat(byte[]... parts) {
        CaptureBytes joined = new CaptureBytes(ByteOrder.BIG_ENDIAN);
        for (byte[] part : parts) {
            joined.raw(part);
        }
        return joined.bytes();
    }

    CaptureBytes u16(int value) {
        room(2).putShort((short) value);
        return this;
    }

    CaptureBytes u32(int value) {
        room(4).putInt(value);
        return this;
    }

    CaptureBytes raw(byte[] bytes) {
        room(bytes.length).put(bytes);
        return this;
    }

    CaptureBytes pad() {
        while ((out.position() & 3) != 0) {
            room(1).put((byte) 0);
        }
        return this;
    }

    /** Reads everything that is left. */
    static List<Read> readAll(PacketSource source) throws java.io.IOException {
        List<Read> packets = new ArrayList<>();
        PcapPacket packet = new PcapPacket();
        while (source.next(packet)) {
            packets.add(new Read(packet.frameNumber(), packet.timestampNs(), packet.hasTimestamp(), packet.linkType(),
                    packet.originalLength(), HexFormat.of().formatHex(packet.copyData()), packet.comment()));
        }
        return packets;
    }
}

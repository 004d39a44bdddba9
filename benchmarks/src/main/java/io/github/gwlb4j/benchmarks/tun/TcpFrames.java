package io.github.gwlb4j.benchmarks.tun;

import java.nio.ByteBuffer;

import io.github.gwlb4j.tun.PacketBatch;
import io.github.gwlb4j.tun.offload.VnetHeader;

/** TCP packets from host 2 to host 3 of 10.0.SUBNET.0/24, for the benchmarks of this package. */
final class TcpFrames {

    static final int HEADERS = 40;
    private static final int MAX_PACKET_BYTES = 65_535;
    private static final int MAX_SEGMENTS = 64;

    private TcpFrames() {
    }

    /** How many packets of a size go into one super-packet. */
    static int segments(int packetBytes) {
        return Math.min(MAX_SEGMENTS, (MAX_PACKET_BYTES - HEADERS) / (packetBytes - HEADERS));
    }

    /** Adds one packet with right checksums. */
    static void addPacket(PacketBatch batch, int packetBytes, int subnet, int sequence, int id) {
        int offset = batch.reserve(packetBytes, 0);
        write(batch.buffer(), offset, packetBytes, subnet, sequence, id);
        int sum = ~sum(batch.buffer(), offset + 20, packetBytes - 20, pseudoHeader(batch.buffer(), offset, packetBytes - 20));
        batch.buffer().putShort(offset + 36, (short) sum);
        batch.add(offset, packetBytes);
    }

    /** Adds a super-packet that consists of as many packets of a size as fit. */
    static void addSuperPacket(PacketBatch batch, int packetBytes, int subnet) {
        int length = HEADERS + segments(packetBytes) * (packetBytes - HEADERS);
        int offset = batch.reserve(VnetHeader.LENGTH + length, VnetHeader.LENGTH);
        int packet = offset + VnetHeader.LENGTH;
        write(batch.buffer(), packet, length, subnet, 0, 0);
        batch.buffer().putShort(packet + 36, (short) pseudoHeader(batch.buffer(), packet, length - 20));
        VnetHeader.putSuperPacket(batch.buffer(), offset, VnetHeader.GSO_TCPV4, HEADERS, packetBytes - HEADERS, 20, 16);
        batch.add(offset, VnetHeader.LENGTH + length);
    }

    private static void write(ByteBuffer buffer, int at, int length, int subnet, int sequence, int id) {
        buffer.putInt(at, 0x45000000 | length).putInt(at + 4, id << 16 | 0x4000).putInt(at + 8, 0x40060000);
        buffer.putInt(at + 12, 0x0a000002 | subnet << 8).putInt(at + 16, 0x0a000003 | subnet << 8);
        buffer.putShort(at + 10, (short) ~sum(buffer, at, 20, 0));
        buffer.putInt(at + 20, 0x00010002).putInt(at + 24, sequence).putInt(at + 28, 0).putInt(at + 32, 0x50100200).putInt(at + 36, 0);
        for (int i = HEADERS; i < length; i++) {
            buffer.put(at + i, (byte) (i * 7));
        }
    }

    private static int pseudoHeader(ByteBuffer buffer, int packet, int l4Length) {
        return sum(buffer, packet + 12, 8, 6 + l4Length);
    }

    private static int sum(ByteBuffer buffer, int from, int length, int start) {
        int sum = start;
        for (int i = 0; i < length; i++) {
            sum += Byte.toUnsignedInt(buffer.get(from + i)) << (i % 2 == 0 ? 8 : 0);
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return (sum & 0xffff) + (sum >>> 16);
    }
}

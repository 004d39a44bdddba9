package io.github.gwlb4j.tun.offload;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A second splitter, written for clarity on byte arrays with checksums made from scratch: the oracle for the real one. */
final class ReferenceSplitter {

    private ReferenceSplitter() {
    }

    static List<byte[]> split(byte[] frame) {
        ByteBuffer vnet = ByteBuffer.wrap(frame).order(ByteOrder.nativeOrder());
        byte[] packet = Arrays.copyOfRange(frame, 10, frame.length);
        int gsoType = frame[1] & 0x7f;
        if (gsoType == 0) {
            return List.of(frame[0] == 1 ? Packets.fixChecksums(packet) : packet);
        }
        int gsoSize = vnet.getShort(4) & 0xffff;
        int l4 = vnet.getShort(6) & 0xffff;
        boolean ipv4 = packet[0] >> 4 == 4;
        boolean tcp = gsoType != 5;
        int headers = l4 + (tcp ? (packet[l4 + 12] >> 4 & 15) * 4 : 8);
        List<byte[]> segments = new ArrayList<>();
        for (int at = headers, i = 0; i == 0 || at < packet.length; at += gsoSize, i++) {
            int end = Math.min(at + gsoSize, packet.length);
            byte[] segment = Arrays.copyOf(packet, headers + end - at);
            System.arraycopy(packet, at, segment, headers, end - at);
            if (ipv4) {
                Packets.put16(segment, 2, segment.length);
                Packets.put16(segment, 4, Packets.get16(packet, 4) == 0 ? 0 : Packets.get16(packet, 4) + i);
            } else {
                Packets.put16(segment, 4, segment.length - 40);
            }
            if (tcp) {
                Packets.put32(segment, l4 + 4, Packets.get32(packet, l4 + 4) + at - headers);
                segment[l4 + 13] &= (byte) ~((end < packet.length ? Packets.FIN | Packets.PSH : 0) | (i > 0 ? Packets.CWR : 0));
            } else {
                Packets.put16(segment, l4 + 4, segment.length - l4);
            }
            segments.add(Packets.fixChecksums(segment));
        }
        return segments;
    }

    /** A frame with a virtio_net header around a packet. */
    static byte[] frame(int flags, int gsoType, int gsoSize, int csumStart, int csumOffset, byte[] packet) {
        ByteBuffer frame = ByteBuffer.allocate(10 + packet.length).order(ByteOrder.nativeOrder());
        frame.put((byte) flags).put((byte) gsoType).putShort((short) 0).putShort((short) gsoSize).putShort((short) csumStart)
                .putShort((short) csumOffset).put(packet);
        return frame.array();
    }

    /** A super-packet as the kernel makes it: any packet, with the pseudo-header's sum in the checksum field. */
    static byte[] superPacket(byte[] packet, int gsoSize) {
        boolean ipv4 = packet[0] >> 4 == 4;
        int l4 = ipv4 ? 20 : 40;
        boolean tcp = packet[ipv4 ? 9 : 6] == 6;
        byte[] copy = packet.clone();
        Packets.put16(copy, l4 + (tcp ? 16 : 6), Packets.pseudoHeader(copy, copy.length - l4));
        return frame(1, tcp ? ipv4 ? 1 : 4 : 5, gsoSize, l4, tcp ? 16 : 6, copy);
    }
}

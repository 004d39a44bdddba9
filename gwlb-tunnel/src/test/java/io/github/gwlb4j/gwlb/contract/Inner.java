package io.github.gwlb4j.gwlb.contract;

import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;

/** Inner packets of a client and a server; the first argument says of which IP version. */
final class Inner {
    static final int CLIENT_PORT = 40_000;
    static final int SERVER_PORT = 53;
    private static final int TCP = 6;
    private static final int SYN = 2;

    private Inner() {
    }

    static PacketBuilder toServer(int version) {
        return version == 4 ? PacketBuilder.ipv4("10.0.0.1", "10.0.0.2") : PacketBuilder.ipv6("fd00::1", "fd00::2");
    }

    static PacketBuilder toClient(int version) {
        return version == 4 ? PacketBuilder.ipv4("10.0.0.2", "10.0.0.1") : PacketBuilder.ipv6("fd00::2", "fd00::1");
    }

    /** From someone on the way, who is neither. */
    static PacketBuilder fromRouterToClient(int version) {
        return version == 4 ? PacketBuilder.ipv4("10.9.9.9", "10.0.0.1") : PacketBuilder.ipv6("fd09::9", "fd00::1");
    }

    static byte[] query(int version, int payload) {
        return toServer(version).udp(CLIENT_PORT, SERVER_PORT).payload(payload).build();
    }

    static byte[] answer(int version, int payload) {
        return toClient(version).udp(SERVER_PORT, CLIENT_PORT).payload(payload).build();
    }

    /** A SYN that asks for segments of a size, with a right checksum. */
    static byte[] syn(int version, boolean isToServer, int maximumSegment) {
        ByteBuffer tcp = ByteBuffer.allocate(24);
        tcp.putShort((short) (isToServer ? CLIENT_PORT : 80)).putShort((short) (isToServer ? 80 : CLIENT_PORT)).putInt(7).putInt(0)
                .put((byte) 0x60).put((byte) SYN).putShort((short) 1000).putInt(0).put((byte) 2).put((byte) 4).putShort((short) maximumSegment);
        byte[] packet = (isToServer ? toServer(version) : toClient(version)).tcp(0, 0).payload(4).build();
        int at = packet.length - 24;
        System.arraycopy(tcp.array(), 0, packet, at, 24);
        int addresses = version == 4 ? 8 : 32;
        ByteBuffer pseudo = ByteBuffer.allocate(addresses + 4 + 24).put(packet, at - addresses, addresses).putShort((short) TCP)
                .putShort((short) 24).put(tcp.array());
        return ByteBuffer.wrap(packet).putShort(at + 16, (short) InternetChecksum.of(pseudo, 0, pseudo.capacity())).array();
    }
}

package io.github.gwlb4j.gwlb.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.linux.CConstants;
import io.github.gwlb4j.linux.NativeMemory;
import io.github.gwlb4j.linux.Poller;
import io.github.gwlb4j.linux.Syscalls;
import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Sees the IPv4 packets that come to a UDP port as they are, by a raw socket (raw(7)): headers, checksums, everything. */
final class UdpSniffer implements AutoCloseable {
    private static final int ROOM = 65_536;

    private final int fd = Syscalls.socket(CConstants.AF_INET, CConstants.SOCK_RAW | CConstants.SOCK_NONBLOCK, CConstants.IPPROTO_UDP);
    private final ByteBuffer memory = NativeMemory.allocate(ROOM);
    private final ByteBuffer packet = memory.duplicate().order(ByteOrder.BIG_ENDIAN);
    private final Poller poller = new Poller(1);
    private final int port;
    private int length;

    UdpSniffer(int port) {
        this.port = port;
        poller.add(fd, CConstants.POLLIN);
    }

    /** Takes the next packet whose UDP destination port is the one given. */
    ByteBuffer next(int destinationAddress) {
        do {
            assertThat(poller.poll(2000)).as("a packet arrives").isOne();
            length = (int) Syscalls.recv(fd, NativeMemory.addressOf(memory), ROOM, CConstants.MSG_DONTWAIT);
        } while (length < 28 || Short.toUnsignedInt(packet.getShort(22)) != port || packet.getInt(16) != destinationAddress);
        return packet;
    }

    int length() {
        return length;
    }

    /** Asserts that the last packet carries a UDP checksum and that it is right. */
    void assertUdpChecksumIsThereAndRight() {
        assertThat(packet.getShort(26)).as("UDP checksum").isNotZero();
        IpPacket ip = new IpPacket();
        assertThat(ip.wrap(packet, 0, length)).isEqualTo(PacketStatus.OK);
        assertThat(InternetChecksum.ofTransport(ip)).isZero();
        assertThat(InternetChecksum.of(packet, 0, 20)).isZero();
    }

    @Override
    public void close() {
        Syscalls.close(fd);
    }
}

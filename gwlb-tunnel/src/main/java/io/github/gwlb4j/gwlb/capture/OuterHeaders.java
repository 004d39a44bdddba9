package io.github.gwlb4j.gwlb.capture;

import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.UdpHeader;
import java.nio.ByteBuffer;

/** The IPv4 and UDP header (RFC 791, RFC 768) in front of a captured datagram, whose own the socket kept. One thread's. */
final class OuterHeaders {
    static final int BYTES = IpPacket.IPV4_HEADER_LENGTH + UdpHeader.LENGTH;

    private static final int LENGTH_AT = 2;
    private static final int IP_CHECKSUM_AT = 10;
    private static final int ADDRESSES_AT = 12;
    private static final int PORTS_AT = 20;
    private static final int UDP_LENGTH_AT = 24;
    private static final int UDP_CHECKSUM_AT = 26;

    private final ByteBuffer bytes = ByteBuffer.allocateDirect(BYTES);

    OuterHeaders() {
        bytes.putInt(0, 0x4500_0000);
        bytes.putInt(4, 0x4000); // not fragmented, and not to be: no identification needed
        bytes.putInt(8, (64 << 8 | IpProtocol.UDP) << 16);
    }

    /** Headers for a datagram of which {@code stored} bytes are at hand; the UDP checksum is left out if that is not all. */
    ByteBuffer of(long addresses, int ports, ByteBuffer payload, int offset, int stored, int length) {
        int udpLength = UdpHeader.LENGTH + length;
        bytes.putShort(LENGTH_AT, (short) (IpPacket.IPV4_HEADER_LENGTH + udpLength));
        bytes.putShort(IP_CHECKSUM_AT, (short) 0);
        bytes.putLong(ADDRESSES_AT, addresses);
        bytes.putShort(IP_CHECKSUM_AT, (short) InternetChecksum.of(bytes, 0, IpPacket.IPV4_HEADER_LENGTH));
        bytes.putInt(PORTS_AT, ports);
        bytes.putInt(UDP_LENGTH_AT, udpLength << 16);
        if (stored == length) {
            long sum = InternetChecksum.sum(bytes, ADDRESSES_AT, 16) + IpProtocol.UDP + udpLength
                    + InternetChecksum.sum(payload, offset, length);
            int checksum = ~InternetChecksum.fold(sum) & 0xffff;
            bytes.putShort(UDP_CHECKSUM_AT, (short) (checksum == 0 ? 0xffff : checksum));
        }
        return bytes;
    }
}

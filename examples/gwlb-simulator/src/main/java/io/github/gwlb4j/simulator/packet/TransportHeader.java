package io.github.gwlb4j.simulator.packet;

import io.github.gwlb4j.packet.IcmpHeader;
import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.packet.UdpHeader;
import java.nio.ByteBuffer;

/** The transport header of a packet that is being built: fields of TCP, UDP and ICMP; other protocols have none here. */
final class TransportHeader {
    private static final int TCP_CHECKSUM_OFFSET = 16;
    private static final int UDP_CHECKSUM_OFFSET = 6;
    private static final int ICMP_CHECKSUM_OFFSET = 2;

    int protocol = IpProtocol.NO_NEXT_HEADER;
    int sourcePort;
    int destinationPort;
    int sequence;
    int acknowledgment;
    int tcpFlags = TcpHeader.ACK;
    int window = 0xffff;
    int icmpTypeAndCode;
    /** The 32 bits behind the checksum. */
    int icmpRest;

    /** Bytes; 0 for protocols whose payload follows the IP header. */
    int length() {
        switch (protocol) {
            case IpProtocol.TCP:
                return TcpHeader.MIN_LENGTH;
            case IpProtocol.UDP:
                return UdpHeader.LENGTH;
            case IpProtocol.ICMP:
            case IpProtocol.ICMPV6:
                return IcmpHeader.LENGTH;
            default:
                return 0;
        }
    }

    /** Writes it where the packet goes on; its checksum stays 0. */
    void put(ByteBuffer packet, int payloadLength) {
        switch (protocol) {
            case IpProtocol.TCP:
                packet.putShort((short) sourcePort).putShort((short) destinationPort).putInt(sequence).putInt(acknowledgment)
                        .put((byte) (TcpHeader.MIN_LENGTH / 4 << 4)).put((byte) tcpFlags).putShort((short) window).putInt(0);
                break;
            case IpProtocol.UDP:
                packet.putShort((short) sourcePort).putShort((short) destinationPort)
                        .putShort((short) (UdpHeader.LENGTH + payloadLength)).putShort((short) 0);
                break;
            case IpProtocol.ICMP:
            case IpProtocol.ICMPV6:
                packet.putShort((short) icmpTypeAndCode).putShort((short) 0).putInt(icmpRest);
                break;
            default:
                break;
        }
    }

    /** Fills in the checksum, which covers the payload and the addresses: when all of them are there. */
    void putChecksum(ByteBuffer packet) {
        int field = checksumOffset();
        if (field < 0) {
            return;
        }
        IpPacket view = new IpPacket();
        view.wrap(packet, 0, packet.capacity());
        int checksum = InternetChecksum.ofTransport(view);
        boolean isZeroReserved = protocol == IpProtocol.UDP;
        packet.putShort(view.transportOffset() + field, (short) (checksum == 0 && isZeroReserved ? 0xffff : checksum));
    }

    private int checksumOffset() {
        switch (protocol) {
            case IpProtocol.TCP:
                return TCP_CHECKSUM_OFFSET;
            case IpProtocol.UDP:
                return UDP_CHECKSUM_OFFSET;
            case IpProtocol.ICMP:
            case IpProtocol.ICMPV6:
                return ICMP_CHECKSUM_OFFSET;
            default:
                return -1;
        }
    }
}

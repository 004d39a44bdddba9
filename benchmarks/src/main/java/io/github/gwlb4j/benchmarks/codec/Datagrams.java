package io.github.gwlb4j.benchmarks.codec;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.GeneveHeaderEncoder;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.geneve.aws.GwlbHeaderEncoder;
import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import java.nio.ByteBuffer;

/**
 * A batch of datagrams of different flows in one direct buffer, as a receive batch holds them: datagram i starts at
 * {@code i * SLOT}.
 */
public final class Datagrams {
    /** Datagrams in a batch. */
    public static final int COUNT = 64;
    /** Bytes from one datagram to the next. */
    public static final int SLOT = 512;
    private static final int TCP_HEADER_LENGTH = 20;

    private Datagrams() {
    }

    /** What a Gateway Load Balancer sends, with a TCP segment without data inside; each flow through an endpoint of its own. */
    public static ByteBuffer gwlb(int ipVersion) {
        return gwlb(ipVersion, COUNT);
    }

    /** The same, through so many endpoints. */
    public static ByteBuffer gwlb(int ipVersion, int endpoints) {
        ByteBuffer batch = ByteBuffer.allocateDirect(COUNT * SLOT);
        GwlbHeaderEncoder encoder = new GwlbHeaderEncoder();
        int protocolType = ipVersion == 4 ? Geneve.PROTOCOL_IPV4 : Geneve.PROTOCOL_IPV6;
        for (int i = 0; i < COUNT; i++) {
            int at = i * SLOT;
            putTcp(batch, at + encoder.encode(batch, at, protocolType, 0x0123456789abcdefL + i % endpoints, 0, 0xcafe0000 + i), ipVersion, i);
        }
        return batch;
    }

    /** The Gateway Load Balancer's three options behind enough others, of 4 bytes each or of none. */
    static ByteBuffer withOptions(int optionCount, int otherDataLength) {
        ByteBuffer batch = ByteBuffer.allocateDirect(COUNT * SLOT);
        ByteBuffer none = ByteBuffer.allocate(Geneve.MAX_OPTION_DATA_LENGTH);
        GeneveHeaderEncoder encoder = new GeneveHeaderEncoder();
        for (int i = 0; i < COUNT; i++) {
            int at = i * SLOT;
            encoder.begin(batch, at, Geneve.PROTOCOL_IPV4, 0);
            for (int other = 3; other < optionCount; other++) {
                encoder.option(0x0101, other, none, 0, otherDataLength);
            }
            encoder.optionLong(Gwlb.OPTION_CLASS, Gwlb.TYPE_ENDPOINT_ID, i).optionLong(Gwlb.OPTION_CLASS, Gwlb.TYPE_ATTACHMENT_ID, 0)
                    .optionInt(Gwlb.OPTION_CLASS, Gwlb.TYPE_FLOW_COOKIE, i);
            putTcp(batch, at + encoder.headerLength(), 4, i);
        }
        return batch;
    }

    /** Bytes of the datagram in a slot. */
    public static int lengthOf(ByteBuffer batch, int slot) {
        int at = slot * SLOT;
        int header = 8 + ((batch.get(at) & 0x3f) << 2);
        return header + (batch.get(at + header) >>> 4 == 4 ? IpPacket.IPV4_HEADER_LENGTH : IpPacket.IPV6_HEADER_LENGTH) + TCP_HEADER_LENGTH;
    }

    /** Bare IP packets at the start of each slot. */
    static ByteBuffer packets(int ipVersion) {
        ByteBuffer batch = ByteBuffer.allocateDirect(COUNT * SLOT);
        for (int i = 0; i < COUNT; i++) {
            putTcp(batch, i * SLOT, ipVersion, i);
        }
        return batch;
    }

    private static void putTcp(ByteBuffer batch, int at, int ipVersion, int flow) {
        int tcp;
        if (ipVersion == 4) {
            batch.putInt(at, 0x4500_0028).putInt(at + 4, 0x1234_4000).put(at + 8, (byte) 64).put(at + 9, (byte) IpProtocol.TCP)
                    .putInt(at + 12, 0x0a00_0001 + flow).putInt(at + 16, 0xc0a8_0101);
            tcp = at + 20;
        } else {
            batch.putInt(at, 0x6000_0000).putShort(at + 4, (short) TCP_HEADER_LENGTH).put(at + 6, (byte) IpProtocol.TCP).put(at + 7, (byte) 64)
                    .putLong(at + 8, 0x2001_0db8_0000_0000L).putLong(at + 16, flow + 1)
                    .putLong(at + 24, 0x2001_0db8_0000_0001L).putLong(at + 32, 2);
            tcp = at + 40;
        }
        batch.putShort(tcp, (short) (32768 + flow)).putShort(tcp + 2, (short) 443).putInt(tcp + 12, 0x5010_2000);
        IpPacket packet = new IpPacket();
        packet.wrap(batch, at, tcp + TCP_HEADER_LENGTH - at);
        if (ipVersion == 4) {
            batch.putShort(at + 10, (short) InternetChecksum.of(batch, at, 20));
        }
        batch.putShort(tcp + 16, (short) InternetChecksum.ofTransport(packet));
    }
}

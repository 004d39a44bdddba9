package io.github.gwlb4j.simulator.load;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.geneve.aws.GwlbHeaderEncoder;
import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.simulator.ReplyFault;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * The datagrams of a load test, each a function of its step, its number and when it is due: so whoever gets one back can write
 * down what it must look like, byte by byte. UDP in IPv4 in GENEVE, all checksums right. Not thread-safe; allocates nothing
 * after construction.
 *
 * <p>The payload starts with the stamp: step (4 bytes), number in the step (8), time due (8), check (4), all big-endian.
 */
final class LoadPackets {
    /** Where the bytes behind the stamp start in a datagram. */
    static final int PAYLOAD_OFFSET = Gwlb.HEADER_LENGTH + 20 + 8 + 24;
    /** Inner source addresses: 10.64.0.0/16. */
    static final int FIRST_CLIENT = 10 << 24 | 64 << 16;
    /** 10.200.0.1. */
    static final int SERVER = 10 << 24 | 200 << 16 | 1;
    static final int SERVER_PORT = 7000;

    private static final int CLIENTS = 1 << 16;
    private static final int FIRST_CLIENT_PORT = 20_000;
    /** Flows that come one after the other share a source port, so that one system call sends many. */
    private static final int FLOWS_IN_A_ROW = 16;
    private static final int IP = Gwlb.HEADER_LENGTH;
    private static final int UDP = IP + 20;
    private static final int STAMP = UDP + 8;
    private static final int DONT_FRAGMENT = 0x4000;
    private static final int TTL = 64;
    private static final int COOKIE_STEP = 0x9e37_79b1;
    private static final GwlbHeaderEncoder ENCODER = new GwlbHeaderEncoder();

    private final LoadSettings settings;
    private final long[] endpointIds;
    private final int firstCookie;
    private final ByteBuffer pattern = ByteBuffer.allocateDirect(Gwlb.MAX_INNER_PACKET_LENGTH);
    /** By length of the inner packet: the sum of what follows the stamp, for the UDP checksum. */
    private final long[] patternSums = new long[Gwlb.MAX_INNER_PACKET_LENGTH + 1];
    private final ByteBuffer expected = ByteBuffer.allocateDirect(Gwlb.HEADER_LENGTH + Gwlb.MAX_INNER_PACKET_LENGTH);

    LoadPackets(LoadSettings settings) {
        this.settings = settings;
        SplittableRandom random = new SplittableRandom(settings.seed());
        endpointIds = random.longs(settings.endpoints()).toArray();
        firstCookie = random.nextInt();
        for (int i = 0; i < pattern.capacity(); i++) {
            pattern.put(i, (byte) random.nextInt());
        }
        for (int length = PacketSizes.MIN_BYTES; length < patternSums.length; length++) {
            patternSums[length] = InternetChecksum.sum(pattern, 0, length - PacketSizes.MIN_BYTES);
        }
        expected.put(PAYLOAD_OFFSET, pattern, 0, Gwlb.HEADER_LENGTH + Gwlb.MAX_INNER_PACKET_LENGTH - PAYLOAD_OFFSET);
    }

    int innerLength(long number) {
        return settings.sizes().ofRun(number / settings.runLength());
    }

    private int flow(long number) {
        return (int) (number / settings.runLength() % settings.flows());
    }

    /** Index of the source port of the flow of a packet. */
    int port(long number) {
        return flow(number) / FLOWS_IN_A_ROW % settings.ports();
    }

    /** Writes a datagram; returns its length. */
    int write(ByteBuffer buffer, int offset, int step, long number, long dueNs) {
        int innerLength = innerLength(number);
        writeHeaders(buffer, offset, innerLength, step, number, dueNs);
        buffer.put(offset + PAYLOAD_OFFSET, pattern, 0, innerLength - PacketSizes.MIN_BYTES);
        return Gwlb.HEADER_LENGTH + innerLength;
    }

    private void writeHeaders(ByteBuffer buffer, int at, int innerLength, int step, long number, long dueNs) {
        int flow = flow(number);
        ENCODER.encode(buffer, at, Geneve.PROTOCOL_IPV4, endpointIds[flow % endpointIds.length], 0, firstCookie + flow * COOKIE_STEP);
        int client = FIRST_CLIENT + flow % CLIENTS;
        long ports = (long) (FIRST_CLIENT_PORT + flow / CLIENTS) << 16 | SERVER_PORT;
        buffer.putInt(at + IP, 0x4500_0000 | innerLength);
        buffer.putInt(at + IP + 4, DONT_FRAGMENT);
        buffer.putInt(at + IP + 8, TTL << 24 | IpProtocol.UDP << 16);
        buffer.putInt(at + IP + 12, client);
        buffer.putInt(at + IP + 16, SERVER);
        buffer.putShort(at + IP + 10, (short) InternetChecksum.of(buffer, at + IP, 20));
        int udpLength = innerLength - 20;
        buffer.putInt(at + UDP, (int) ports);
        buffer.putInt(at + UDP + 4, udpLength << 16);
        buffer.putInt(at + STAMP, step);
        buffer.putLong(at + STAMP + 4, number);
        buffer.putLong(at + STAMP + 12, dueNs);
        buffer.putInt(at + STAMP + 20, check(step, number, dueNs));
        long sum = InternetChecksum.sum(buffer, at + UDP, 8 + 24) + patternSums[innerLength]
                + Integer.toUnsignedLong(client) + Integer.toUnsignedLong(SERVER) + IpProtocol.UDP + udpLength;
        int checksum = ~InternetChecksum.fold(sum) & 0xffff;
        buffer.putShort(at + UDP + 6, (short) (checksum == 0 ? 0xffff : checksum));
    }

    private int check(int step, long number, long dueNs) {
        long mixed = (number * 0x9e37_79b9_7f4a_7c15L ^ dueNs) * 0xc2b2_ae3d_27d4_eb4fL ^ step * 0x1656_67b1L ^ settings.seed();
        return (int) (mixed ^ mixed >>> 32);
    }

    /** Whether a datagram carries a whole stamp of this test. */
    boolean hasStamp(ByteBuffer buffer, int offset, int lengthBytes) {
        return lengthBytes >= PAYLOAD_OFFSET
                && buffer.getInt(offset + STAMP + 20) == check(step(buffer, offset), number(buffer, offset), dueNs(buffer, offset));
    }

    static int step(ByteBuffer buffer, int offset) {
        return buffer.getInt(offset + STAMP);
    }

    static long number(ByteBuffer buffer, int offset) {
        return buffer.getLong(offset + STAMP + 4);
    }

    static long dueNs(ByteBuffer buffer, int offset) {
        return buffer.getLong(offset + STAMP + 12);
    }

    /** What differs from what was sent in a datagram that {@link #hasStamp has a stamp}; null: nothing. */
    ReplyFault check(ByteBuffer buffer, int offset, int lengthBytes) {
        long number = number(buffer, offset);
        int innerLength = innerLength(number);
        if (lengthBytes != Gwlb.HEADER_LENGTH + innerLength) {
            return ReplyFault.INNER_LENGTH;
        }
        writeHeaders(expected, 0, innerLength, step(buffer, offset), number, dueNs(buffer, offset));
        expected.limit(lengthBytes).position(0);
        buffer.limit(offset + lengthBytes).position(offset);
        int difference = buffer.mismatch(expected);
        expected.clear();
        buffer.clear();
        return difference < 0 ? null : faultAt(difference);
    }

    /** The GENEVE header's options are 12, 12 and 8 bytes long, 4 of each their own header. */
    private static ReplyFault faultAt(int offset) {
        if (offset >= Gwlb.HEADER_LENGTH) {
            return ReplyFault.INNER_PACKET;
        }
        if (offset >= Gwlb.HEADER_LENGTH - Gwlb.FLOW_COOKIE_LENGTH) {
            return ReplyFault.FLOW_COOKIE;
        }
        return offset >= 12 && offset < 12 + Gwlb.ENDPOINT_ID_LENGTH ? ReplyFault.ENDPOINT_ID : ReplyFault.GENEVE_HEADER;
    }
}

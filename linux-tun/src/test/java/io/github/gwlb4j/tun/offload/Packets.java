package io.github.gwlb4j.tun.offload;

import java.nio.ByteBuffer;
import java.util.Arrays;

import io.github.gwlb4j.tun.PacketBatch;

/** Builds IP packets for tests, byte by byte and independently of the code under test. */
public final class Packets {

    public static final int FIN = 1;
    public static final int SYN = 2;
    public static final int RST = 4;
    public static final int PSH = 8;
    public static final int ACK = 16;
    public static final int URG = 32;
    public static final int ECE = 64;
    public static final int CWR = 128;

    private Packets() {
    }

    public static Builder tcp4() {
        return new Builder(4, 6);
    }

    public static Builder tcp6() {
        return new Builder(6, 6);
    }

    public static Builder udp4() {
        return new Builder(4, 17);
    }

    public static Builder udp6() {
        return new Builder(6, 17);
    }

    public static Builder of(int version, int protocol) {
        return new Builder(version, protocol);
    }

    /** RFC 1071 section 4.1, as written there. */
    public static int checksum(byte[] data, int from, int to, int start) {
        long sum = start;
        for (int i = from; i < to; i += 2) {
            sum += (data[i] & 0xff) << 8 | (i + 1 < to ? data[i + 1] & 0xff : 0);
        }
        while (sum >> 16 != 0) {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        return (int) (~sum & 0xffff);
    }

    /** Sets the checksums of a packet without IPv4 options or IPv6 extension headers. */
    public static byte[] fixChecksums(byte[] packet) {
        boolean ipv4 = packet[0] >> 4 == 4;
        int l4 = ipv4 ? 20 : 40;
        int protocol = packet[ipv4 ? 9 : 6];
        int field = l4 + (protocol == 6 ? 16 : protocol == 17 ? 6 : 2);
        if (ipv4) {
            fixIpv4Checksum(packet);
        }
        put16(packet, field, 0);
        int sum = checksum(packet, l4, packet.length, protocol == 1 ? 0 : pseudoHeader(packet, packet.length - l4));
        put16(packet, field, sum == 0 && protocol == 17 ? 0xffff : sum);
        return packet;
    }

    public static byte[] fixIpv4Checksum(byte[] packet) {
        put16(packet, 10, 0);
        put16(packet, 10, checksum(packet, 0, (packet[0] & 15) * 4, 0));
        return packet;
    }

    /** Folded sum of the pseudo-header. */
    public static int pseudoHeader(byte[] packet, int l4Length) {
        boolean ipv4 = packet[0] >> 4 == 4;
        byte[] pseudo = new byte[ipv4 ? 12 : 40];
        int addressBytes = ipv4 ? 8 : 32;
        System.arraycopy(packet, ipv4 ? 12 : 8, pseudo, 0, addressBytes);
        pseudo[pseudo.length - (ipv4 ? 3 : 1)] = packet[ipv4 ? 9 : 6];
        put16(pseudo, ipv4 ? 10 : 34, l4Length);
        return ~checksum(pseudo, 0, pseudo.length, 0) & 0xffff;
    }

    public static void put16(byte[] data, int offset, int value) {
        data[offset] = (byte) (value >> 8);
        data[offset + 1] = (byte) value;
    }

    public static void put32(byte[] data, int offset, int value) {
        put16(data, offset, value >>> 16);
        put16(data, offset + 2, value);
    }

    public static int get16(byte[] data, int offset) {
        return (data[offset] & 0xff) << 8 | data[offset + 1] & 0xff;
    }

    public static int get32(byte[] data, int offset) {
        return get16(data, offset) << 16 | get16(data, offset + 2);
    }

    /** A batch that holds the given packets. */
    public static PacketBatch batch(byte[]... packets) {
        int bytes = Arrays.stream(packets).mapToInt(packet -> packet.length + 64).sum() + 1;
        PacketBatch batch = new PacketBatch(Math.max(1, packets.length), bytes, VnetHeader.LENGTH);
        for (byte[] packet : packets) {
            if (!batch.addCopy(ByteBuffer.wrap(packet), 0, packet.length)) {
                throw new AssertionError("no room");
            }
        }
        return batch;
    }

    public static byte[] bytes(PacketBatch batch, int index) {
        byte[] packet = new byte[batch.length(index)];
        batch.buffer().get(batch.offset(index), packet);
        return packet;
    }

    /** One packet with sensible defaults. */
    public static final class Builder {

        private final boolean ipv4;
        private final int protocol;
        private int source = 1;
        private int sourcePort = 1000;
        private int sequence = 1_000_000;
        private int ackNumber = 77;
        private int flags = ACK;
        private int window = 512;
        private int id = 1;
        private int tos;
        private int ttl = 64;
        private int fragment = 0x4000;
        private int flowLabel = 0x12345;
        private byte[] options = {};
        private byte[] payload = {};

        private Builder(int version, int protocol) {
            ipv4 = version == 4;
            this.protocol = protocol;
        }

        public Builder source(int value) {
            source = value;
            return this;
        }

        public Builder port(int value) {
            sourcePort = value;
            return this;
        }

        public Builder sequence(int value) {
            sequence = value;
            return this;
        }

        public Builder ackNumber(int value) {
            ackNumber = value;
            return this;
        }

        public Builder flags(int value) {
            flags = value;
            return this;
        }

        public Builder window(int value) {
            window = value;
            return this;
        }

        public Builder id(int value) {
            id = value;
            return this;
        }

        public Builder tos(int value) {
            tos = value;
            return this;
        }

        public Builder ttl(int value) {
            ttl = value;
            return this;
        }

        /** The 16 bits with DF, MF and the offset. */
        public Builder fragment(int value) {
            fragment = value;
            return this;
        }

        public Builder flowLabel(int value) {
            flowLabel = value;
            return this;
        }

        /** TCP options, a multiple of 4 bytes. */
        public Builder options(byte... value) {
            options = value;
            return this;
        }

        public Builder payload(byte[] value) {
            payload = value;
            return this;
        }

        /** Payload that is different for each position of the stream. */
        public Builder payload(int length) {
            byte[] bytes = new byte[length];
            for (int i = 0; i < length; i++) {
                bytes[i] = (byte) ((sequence + i) * 31 >> 3);
            }
            return payload(bytes);
        }

        public byte[] build() {
            int ipLength = ipv4 ? 20 : 40;
            int l4Length = (protocol == 6 ? 20 + options.length : 8) + payload.length;
            byte[] packet = new byte[ipLength + l4Length];
            if (ipv4) {
                putIpv4(packet);
            } else {
                putIpv6(packet, l4Length);
            }
            putL4(packet, ipLength, l4Length);
            System.arraycopy(payload, 0, packet, packet.length - payload.length, payload.length);
            return fixChecksums(packet);
        }

        private void putIpv4(byte[] packet) {
            packet[0] = 0x45;
            packet[1] = (byte) tos;
            put16(packet, 2, packet.length);
            put16(packet, 4, id);
            put16(packet, 6, fragment);
            packet[8] = (byte) ttl;
            packet[9] = (byte) protocol;
            put32(packet, 12, 0x0a01_0000 + source);
            put32(packet, 16, 0x0a02_0002);
        }

        private void putIpv6(byte[] packet, int l4Length) {
            put32(packet, 0, 6 << 28 | tos << 20 | flowLabel);
            put16(packet, 4, l4Length);
            packet[6] = (byte) protocol;
            packet[7] = (byte) ttl;
            put16(packet, 8, 0xfd01);
            put16(packet, 22, source);
            put16(packet, 24, 0xfd02);
            put16(packet, 38, 2);
        }

        private void putL4(byte[] packet, int at, int l4Length) {
            put16(packet, at, sourcePort);
            put16(packet, at + 2, 80);
            if (protocol == 6) {
                put32(packet, at + 4, sequence);
                put32(packet, at + 8, ackNumber);
                packet[at + 12] = (byte) (20 + options.length << 2);
                packet[at + 13] = (byte) flags;
                put16(packet, at + 14, window);
                System.arraycopy(options, 0, packet, at + 20, options.length);
            } else if (protocol == 17) {
                put16(packet, at + 4, l4Length);
            }
        }
    }
}

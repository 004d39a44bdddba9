package io.github.gwlb4j.tun.offload;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Random mixes of flows as an appliance meets them, with everything that must not be merged thrown in. */
final class PacketMix {

    private static final byte[][] OPTIONS = {{}, {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2}, {1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 2}};

    private final Random random;
    /** Bytes from this place on may be flipped. */
    private final int firstDamagedByte;

    PacketMix(long seed, int firstDamagedByte) {
        this.random = new Random(seed);
        this.firstDamagedByte = firstDamagedByte;
    }

    private static final class Flow {
        final int number;
        final int version;
        final int protocol;
        final int size;
        int sequence;
        final boolean idsAreZero;
        int id;

        Flow(int number, boolean zeroIds, Random random) {
            this.number = number;
            version = random.nextBoolean() ? 4 : 6;
            protocol = random.nextInt(3) == 0 ? 17 : 6;
            size = 1 + random.nextInt(random.nextBoolean() ? 1400 : 40);
            sequence = random.nextInt(4) == 0 ? -size : random.nextInt();
            idsAreZero = zeroIds && random.nextInt(4) == 0;
            id = random.nextInt(4) == 0 ? 0xfffe : random.nextInt(0x10000);
        }
    }

    private boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    List<byte[]> next(int maxPackets) {
        List<Flow> flows = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(5); i++) {
            flows.add(new Flow(i, firstDamagedByte >= 0, random));
        }
        List<byte[]> packets = new ArrayList<>();
        int count = 1 + random.nextInt(maxPackets);
        Flow flow = flows.get(0);
        while (packets.size() < count) {
            if (oneIn(4)) {
                flow = flows.get(random.nextInt(flows.size()));
            }
            packets.add(packet(flow));
        }
        for (int swaps = random.nextInt(3); swaps > 0; swaps--) {
            int i = random.nextInt(count);
            int j = random.nextInt(count);
            byte[] packet = packets.get(i);
            packets.set(i, packets.get(j));
            packets.set(j, packet);
        }
        return packets;
    }

    private byte[] packet(Flow flow) {
        int size = oneIn(12) ? random.nextInt(flow.size + 1) : oneIn(30) ? flow.size + 1 : flow.size;
        int flags = Packets.ACK | (oneIn(10) ? Packets.PSH : 0) | (oneIn(40) ? Packets.FIN : 0) | (oneIn(60) ? random.nextInt(256) : 0);
        byte[] payload = new byte[size];
        random.nextBytes(payload);
        Packets.Builder builder = Packets.of(flow.version, flow.protocol).port(2000 + flow.number).source(1 + flow.number % 2)
                .sequence(flow.sequence).id(flow.idsAreZero && !oneIn(25) ? 0 : flow.id).flags(flags).options(OPTIONS[oneIn(25) ? random.nextInt(3) : 1]).payload(payload);
        if (oneIn(40)) {
            builder.window(random.nextInt(65_536));
        }
        if (oneIn(40)) {
            builder.tos(4);
        }
        if (oneIn(40)) {
            builder.ttl(60);
        }
        if (oneIn(40)) {
            builder.ackNumber(random.nextInt());
        }
        if (oneIn(40)) {
            builder.flowLabel(1);
        }
        if (oneIn(40)) {
            builder.fragment(oneIn(2) ? 0x2000 : 0);
        }
        flow.sequence += oneIn(25) ? random.nextInt(3000) : size;
        flow.id = flow.id + (oneIn(25) ? 3 : 1) & 0xffff;
        return oneIn(15) ? damage(builder.build()) : builder.build();
    }

    private byte[] damage(byte[] packet) {
        int l4 = packet[0] >> 4 == 4 ? 20 : 40;
        int from = firstDamagedByte < 0 ? l4 + 4 : firstDamagedByte;
        switch (random.nextInt(4)) {
            case 0 -> Packets.put16(packet, l4 + (packet[packet[0] >> 4 == 4 ? 9 : 6] == 6 ? 16 : 6), oneIn(2) ? 0 : 0xffff);
            case 1 -> {
                return firstDamagedByte < 0 ? packet : Arrays.copyOf(packet, 1 + random.nextInt(packet.length + 5));
            }
            default -> {
                if (packet.length > from) {
                    packet[from + random.nextInt(packet.length - from)] ^= (byte) (1 << random.nextInt(8));
                }
            }
        }
        return packet;
    }
}

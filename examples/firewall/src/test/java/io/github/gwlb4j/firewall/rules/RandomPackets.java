package io.github.gwlb4j.firewall.rules;

import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
import java.nio.ByteBuffer;
import java.util.Random;

/** Random packets of the few values that {@link RandomRules} have, and around them. Only what rules look at is filled in. */
final class RandomPackets {
    private static final int[] PROTOCOLS = {6, 6, 17, 17, 1, 58, 132, 47, 33, 255};

    private final Random random;
    private final int spread;
    private final IpPacket packet = new IpPacket();
    private final ByteBuffer buffer = ByteBuffer.allocate(64);

    RandomPackets(long seed, int spread) {
        random = new Random(seed);
        this.spread = spread;
    }

    /** The next packet; valid until the one after it. */
    IpPacket next() {
        int protocol = PROTOCOLS[random.nextInt(PROTOCOLS.length)];
        int fragment = random.nextInt(5) > 0 ? 0 : random.nextBoolean() ? 0x2000 : 3;
        int transportLength = random.nextInt(10) == 0 ? random.nextInt(4) : 12;
        boolean isIpv4 = random.nextBoolean();
        buffer.clear();
        if (isIpv4) {
            buffer.putShort((short) 0x4500).putShort((short) (20 + transportLength)).putShort((short) 7).putShort((short) fragment)
                    .put((byte) 64).put((byte) protocol).putShort((short) 0).putInt(ipv4()).putInt(ipv4());
        } else {
            int extension = fragment == 0 ? 0 : 8;
            buffer.putInt(0x6000_0000).putShort((short) (extension + transportLength))
                    .put((byte) (fragment == 0 ? protocol : 44)).put((byte) 64);
            ipv6();
            ipv6();
            if (fragment != 0) {
                buffer.put((byte) protocol).put((byte) 0).putShort((short) (fragment == 0x2000 ? 1 : 3 << 3)).putInt(7);
            }
        }
        buffer.putShort((short) port()).putShort((short) port()).putLong(0);
        int length = buffer.position() - 12 + transportLength;
        if (packet.wrap(buffer, 0, length) != PacketStatus.OK) {
            throw new AssertionError(packet.status());
        }
        return packet;
    }

    private int ipv4() {
        switch (random.nextInt(4)) {
            case 0: return random.nextInt();
            case 1: return 10 << 24 | random.nextInt(spread + 1) << 16 | random.nextInt(1 << 16);
            default: return 10 << 24 | random.nextInt(spread + 1);
        }
    }

    private void ipv6() {
        switch (random.nextInt(4)) {
            case 0:
                buffer.putLong(random.nextLong()).putLong(random.nextLong());
                break;
            case 1:
                buffer.putLong(0x2001_0db8_0000_0000L | (long) random.nextInt(spread + 1) << 16).putLong(random.nextLong());
                break;
            default:
                buffer.putLong(0x2001_0db8_0000_0000L).putLong(random.nextInt(spread + 1));
        }
    }

    private int port() {
        return random.nextInt(20) == 0 ? random.nextInt(1 << 16) : random.nextInt(4 * spread);
    }
}

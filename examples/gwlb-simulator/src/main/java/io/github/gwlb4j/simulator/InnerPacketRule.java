package io.github.gwlb4j.simulator;

import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.packet.IpPacket;
import java.nio.ByteBuffer;

/**
 * Decides whether an inner packet that came back changed is still right: for appliances that route (TTL), mark or rewrite.
 * It is asked only when the bytes differ. Called on the thread that runs the simulator.
 */
@FunctionalInterface
public interface InnerPacketRule {
    /**
     * Judges one packet.
     *
     * @param sent     the inner packet as it was sent, read-only, from position to limit
     * @param returned the inner packet as it came back, read-only, from position to limit
     * @return whether the difference is allowed
     */
    boolean isAllowed(ByteBuffer sent, ByteBuffer returned);

    /**
     * Every byte must be as it was. This is the default.
     *
     * @return the rule
     */
    static InnerPacketRule identical() {
        return (sent, returned) -> false;
    }

    /**
     * TTL or hop limit may have been lowered, as a router does, and the IPv4 header checksum must fit.
     *
     * @return the rule
     */
    static InnerPacketRule ttlMayDecrease() {
        return InnerPacketRule::hasLowerTtlOnly;
    }

    private static boolean hasLowerTtlOnly(ByteBuffer sent, ByteBuffer returned) {
        int at = sent.position();
        boolean isIpv4 = sent.remaining() >= IpPacket.IPV4_HEADER_LENGTH && sent.get(at) >>> 4 == 4;
        int ttlOffset = isIpv4 ? 8 : 7;
        if (sent.remaining() != returned.remaining() || sent.remaining() < IpPacket.IPV4_HEADER_LENGTH) {
            return false;
        }
        byte[] expected = new byte[sent.remaining()];
        sent.get(at, expected);
        byte ttl = returned.get(returned.position() + ttlOffset);
        if ((ttl & 0xff) > (expected[ttlOffset] & 0xff)) {
            return false;
        }
        expected[ttlOffset] = ttl;
        ByteBuffer wanted = ByteBuffer.wrap(expected);
        if (isIpv4) {
            wanted.putShort(10, (short) 0);
            wanted.putShort(10, (short) InternetChecksum.of(wanted, 0, (expected[0] & 0xf) * 4));
        }
        return wanted.equals(returned);
    }
}

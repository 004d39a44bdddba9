package io.github.gwlb4j.gwlb.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.PacketStatus;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;

/** Keys of as many flows as a test wants, and ways back that can be told from each other. Belongs to one thread. */
final class TestFlows {
    static final long ENDPOINT = 0x0123_4567_89ab_cdefL;
    static final int USUAL_LENGTH = 40;
    private static final int SERVER = 0xc0a8_0001;
    private static final int CLIENTS = 0x0a00_0000;

    private final ByteBuffer packetBytes = ByteBuffer.allocateDirect(28);
    private final IpPacket packet = new IpPacket();
    private final FlowKey key = new FlowKey();
    private final ByteBuffer header = ByteBuffer.allocateDirect(300).order(ByteOrder.LITTLE_ENDIAN);
    private final ReturnPath path = new ReturnPath();

    TestFlows() {
        packetBytes.putLong(0, 0x4500_001c_0000_0000L).putInt(8, 0x4011_0000);
    }

    static long seconds(long n) {
        return TimeUnit.SECONDS.toNanos(n);
    }

    /** The key of UDP flow number n, 0 to 2^24-1; the same object for each call. */
    FlowKey udp(int n, boolean isForward) {
        return key(ENDPOINT, IpProtocol.UDP, n, isForward);
    }

    FlowKey tcp(int n, boolean isForward) {
        return key(ENDPOINT, IpProtocol.TCP, n, isForward);
    }

    FlowKey key(long endpointId, int protocol, int n, boolean isForward) {
        packetBytes.put(9, (byte) protocol);
        packetBytes.putInt(isForward ? 12 : 16, CLIENTS + n).putInt(isForward ? 16 : 12, SERVER);
        packetBytes.putShort(isForward ? 20 : 22, (short) 4711).putShort(isForward ? 22 : 20, (short) 443);
        if (packet.wrap(packetBytes, 0, 28) != PacketStatus.OK) { // no assertThat: it allocates
            throw new AssertionError(packet.status());
        }
        return key.set(endpointId, packet);
    }

    /** A way back with the usual header, each byte of which hangs on the stamp; the same object for each call. */
    ReturnPath path(int stamp) {
        return path(stamp, USUAL_LENGTH);
    }

    ReturnPath path(int stamp, int headerLength) {
        for (int i = 0; i < headerLength; i += 4) {
            header.putInt(1 + i, word(stamp, i)); // at an odd position: datagrams lie anywhere
        }
        return path.header(header, 1, headerLength)
                .peer(word(stamp, -1), (long) word(stamp, -2) << 32 | stamp, word(stamp, -3) & 0xffff, word(stamp, -4));
    }

    /** What stands in a header at a position; the stamp itself at the start. */
    static int word(int stamp, int position) {
        return position == 0 ? stamp : (stamp * 31 + position) * 0x9e37_79b9;
    }

    static int stampOf(ReturnPath found) {
        return (int) found.peerLow();
    }

    /** Whether all parts of a path are of one stamp. */
    static boolean isWhole(ReturnPath found, int stamp) {
        boolean isWhole = found.peerHigh() == word(stamp, -1) && found.peerLow() == ((long) word(stamp, -2) << 32 | stamp & 0xffff_ffffL)
                && found.peerPort() == (word(stamp, -3) & 0xffff) && found.origin() == word(stamp, -4);
        for (int i = 0; i < found.headerLength(); i += 4) {
            isWhole &= Integer.reverseBytes(found.header().getInt(found.headerOffset() + i)) == word(stamp, i);
        }
        return isWhole;
    }

    static void assertFound(FlowTable table, FlowKey key, long nowNs, int stamp, int headerLength) {
        ReturnPath found = new ReturnPath();
        assertThat(table.find(key, found, nowNs)).as("%s", key).isEqualTo(FindResult.FOUND);
        assertThat(stampOf(found)).as("%s", key).isEqualTo(stamp);
        assertThat(found.headerLength()).isEqualTo(headerLength);
        assertThat(isWhole(found, stamp)).isTrue();
    }

    static void assertFound(FlowTable table, FlowKey key, long nowNs, int stamp) {
        assertFound(table, key, nowNs, stamp, USUAL_LENGTH);
    }

    static void assertUnknown(FlowTable table, FlowKey key, long nowNs) {
        assertThat(table.find(key, new ReturnPath(), nowNs)).as("%s", key).isEqualTo(FindResult.UNKNOWN);
    }
}

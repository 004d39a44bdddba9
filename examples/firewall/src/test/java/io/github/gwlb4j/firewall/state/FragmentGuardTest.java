package io.github.gwlb4j.firewall.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.firewall.rules.PolicyFile;
import io.github.gwlb4j.firewall.state.FragmentGuard.Status;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.simulator.packet.Fragmenter;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FragmentGuardTest {
    private static final int RULE = 0;

    private final FragmentGuard guard = new FragmentGuard(64);
    private final IpPacket packet = new IpPacket();
    private PolicyVersion version;
    private long nowNs = Long.MAX_VALUE - 5;

    @BeforeEach
    void load() throws Exception {
        version = new PolicyVersion(PolicyFile.parse("test.rules", List.of("default allow")), 1);
    }

    /** An IPv4 fragment of zeros: UDP, or what else is said. */
    private static byte[] fragment(int id, int protocol, int offset, int length, boolean hasMore) {
        byte[] bytes = PacketBuilder.ipv4("10.0.0.1", "192.0.2.1").identification(id).protocol(IpProtocol.ESP).payload(new byte[length]).build();
        bytes[9] = (byte) protocol;
        ByteBuffer.wrap(bytes).putShort(6, (short) (offset / 8 | (hasMore ? 0x2000 : 0)));
        if (offset == 0 && protocol == IpProtocol.UDP && length >= 8) {
            ByteBuffer.wrap(bytes).putShort(24, (short) 0x7fff);
        }
        return bytes;
    }

    private static byte[] udp(int offset, int length, boolean hasMore) {
        return fragment(7, IpProtocol.UDP, offset, length, hasMore);
    }

    private Status examine(byte[] bytes) {
        assertThat(packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length)).isEqualTo(PacketStatus.OK);
        Status status = guard.examine(1, packet, nowNs);
        if (status == Status.FIRST) {
            guard.remember(true, version, RULE);
        }
        return status;
    }

    @Test
    void shouldLetLaterFragmentsFollowTheFirstInAnyOrder() {
        List<byte[]> fragments = Fragmenter.split(PacketBuilder.ipv4("10.0.0.1", "192.0.2.1").udp(1, 2).payload(5000).build(), 1500, 9);
        Collections.shuffle(fragments.subList(1, fragments.size()), new Random(1));

        assertThat(examine(fragments.get(0))).isEqualTo(Status.FIRST);
        for (byte[] later : fragments.subList(1, fragments.size())) {
            assertThat(examine(later)).isEqualTo(Status.FOLLOWS);
            assertThat(guard.hasPassed()).isTrue();
            assertThat(guard.rule(version)).isEqualTo(RULE);
        }
        assertThat(examine(fragments.get(1))).as("the whole datagram is forgotten").isEqualTo(Status.WITHOUT_FIRST);
    }

    @Test
    void shouldFollowADenialToo() {
        byte[] first = udp(0, 1480, true);
        packet.wrap(ByteBuffer.wrap(first), 0, first.length);
        guard.examine(1, packet, nowNs);
        guard.remember(false, version, RULE);

        assertThat(examine(udp(1480, 100, false))).isEqualTo(Status.FOLLOWS);
        assertThat(guard.hasPassed()).isFalse();
    }

    @Test
    void shouldDropADuplicateButNotTheRest() {
        examine(udp(0, 800, true));
        examine(udp(800, 800, true));
        assertThat(examine(udp(800, 800, true))).isEqualTo(Status.REFUSED);
        assertThat(examine(udp(808, 8, true))).isEqualTo(Status.REFUSED);
        assertThat(examine(udp(1600, 800, false))).isEqualTo(Status.FOLLOWS);
    }

    @Test
    void shouldDropAllThatFollowsAnOverlap() {
        examine(udp(0, 800, true));
        examine(udp(1600, 800, true));
        assertThat(examine(udp(792, 16, true))).isEqualTo(Status.REFUSED);
        assertThat(examine(udp(800, 800, true))).isEqualTo(Status.REFUSED);
    }

    @Test
    void shouldDropWhatLiesBehindTheEndAndASecondEnd() {
        examine(udp(0, 800, true));
        examine(udp(1600, 100, false));
        assertThat(examine(udp(1704, 8, true))).isEqualTo(Status.REFUSED);

        examine(fragment(8, IpProtocol.UDP, 0, 800, true));
        examine(fragment(8, IpProtocol.UDP, 1600, 800, true));
        assertThat(examine(fragment(8, IpProtocol.UDP, 800, 100, false))).as("before what is there").isEqualTo(Status.REFUSED);
    }

    @Test
    void shouldDropTinyFirstFragmentsAndWhatReachesIntoTheTcpHeader() {
        assertThat(examine(fragment(1, IpProtocol.TCP, 0, 16, true))).isEqualTo(Status.REFUSED);
        assertThat(examine(fragment(2, IpProtocol.TCP, 8, 800, true))).isEqualTo(Status.REFUSED);
        assertThat(examine(fragment(3, IpProtocol.TCP, 16, 800, true))).isEqualTo(Status.REFUSED);
        assertThat(examine(fragment(4, IpProtocol.TCP, 24, 800, true))).isEqualTo(Status.WITHOUT_FIRST);
    }

    @Test
    void shouldDropWhatCannotBePartOfADatagram() {
        assertThat(examine(udp(800, 0, false))).as("empty").isEqualTo(Status.REFUSED);
        assertThat(examine(udp(800, 801, true))).as("no whole units").isEqualTo(Status.REFUSED);
        assertThat(examine(udp(65_528, 16, false))).as("longer than any").isEqualTo(Status.REFUSED);
        assertThat(examine(udp(65_528, 7, false))).as("as long as one can be").isEqualTo(Status.WITHOUT_FIRST);
    }

    @Test
    void shouldDropADatagramInTooManyPiecesApart() {
        for (int i = 0; i < 8; i++) {
            assertThat(examine(udp(800 + i * 80, 40, true))).isEqualTo(Status.WITHOUT_FIRST);
        }
        assertThat(examine(udp(800 + 8 * 80, 40, true))).isEqualTo(Status.REFUSED);
    }

    @Test
    void shouldForgetADatagramAfterAMinute() {
        examine(udp(0, 800, true));
        nowNs += TimeUnit.SECONDS.toNanos(59);
        assertThat(examine(udp(800, 8, true))).isEqualTo(Status.FOLLOWS);
        nowNs += TimeUnit.SECONDS.toNanos(1);
        assertThat(examine(udp(808, 8, true))).isEqualTo(Status.WITHOUT_FIRST);
    }

    @Test
    void shouldCountDatagramsThatGiveWayToOthers() {
        for (int id = 0; id < 1000; id++) {
            examine(fragment(id, IpProtocol.UDP, 0, 800, true));
        }
        assertThat(guard.displaced()).isGreaterThanOrEqualTo(1000 - 64);
    }

    /** Whatever a sender does, the receiver gets each byte of a datagram once at most. */
    @Test
    void shouldNeverLetAByteOfADatagramPassTwice() {
        Random random = new Random(3);
        int whole = 0;
        for (int round = 0; round < 3000; round++) {
            FragmentGuard fresh = new FragmentGuard(4);
            BitSet passed = new BitSet();
            int lastEnd = 0;
            List<byte[]> sent = new ArrayList<>();
            int units = 3 + random.nextInt(30);
            for (int at = 0; at < units;) {
                int length = Math.min(units - at, 1 + random.nextInt(6));
                sent.add(udp(at * 8, length * 8, at + length < units));
                at += length;
            }
            for (int evil = random.nextInt(3); evil > 0; evil--) {
                sent.add(udp(8 * random.nextInt(units), 8 * (1 + random.nextInt(8)), random.nextBoolean()));
            }
            Collections.shuffle(sent, random);
            for (byte[] bytes : sent) {
                packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length);
                if (!packet.isFragment()) {
                    continue;
                }
                Status status = fresh.examine(1, packet, nowNs);
                if (status == Status.FIRST) {
                    fresh.remember(true, version, RULE);
                }
                if (status != Status.REFUSED) {
                    int start = packet.fragmentOffset();
                    int end = start + packet.transportLength();
                    assertThat(passed.get(start, end).isEmpty()).as("round %d", round).isTrue();
                    passed.set(start, end);
                }
                if (status != Status.REFUSED) {
                    lastEnd = packet.hasMoreFragments() ? lastEnd : packet.fragmentOffset() + packet.transportLength();
                }
                if (lastEnd > 0 && passed.nextClearBit(0) >= lastEnd) {
                    break; // the receiver has it, and takes what still comes for parts of another
                }
            }
            whole += passed.nextClearBit(0) >= units * 8 ? 1 : 0;
        }
        assertThat(whole).as("datagrams that arrive all the same").isGreaterThan(1000);
    }
}

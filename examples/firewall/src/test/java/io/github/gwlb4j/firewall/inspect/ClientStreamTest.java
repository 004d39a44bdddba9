package io.github.gwlb4j.firewall.inspect;

import static io.github.gwlb4j.firewall.inspect.ClientBytes.ascii;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.clientHello;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.dnsQuery;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.helloWithExtensions;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.inRecordsOf;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.join;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.serverName;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.withLength;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.simulator.packet.Fragmenter;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientStreamTest {
    private static final String NAME = "www.example.com";
    private static final int DATA = TcpHeader.ACK;
    private static final byte[] HELLO = clientHello(NAME);
    private static final byte[] DECOY = clientHello("www.example.org");
    /** Of a client that does not speak TLS 1.3, so that no second one may follow. */
    private static final byte[] OLD_HELLO = helloWithExtensions(serverName(NAME));
    private static final byte[] NOTHING = new byte[0];

    private final StreamFeed feed = new StreamFeed(443);

    @ParameterizedTest
    @ValueSource(ints = {0, -1, -2, -200, Integer.MAX_VALUE, Integer.MAX_VALUE - 100, Integer.MIN_VALUE})
    void shouldFindTheNameAtEverySplitInEitherOrder(int synSequence) {
        for (int split = 1; split < HELLO.length; split++) {
            for (boolean isInOrder : new boolean[] {true, false}) {
                StreamFeed feed = new StreamFeed(new ClientStream(ClientStream.DEFAULT_LIMIT), 443, synSequence);
                NameStatus first = isInOrder ? feed.send(HELLO, 0, split) : feed.send(HELLO, split, HELLO.length);
                assertThat(first).as("split at %d", split).isEqualTo(NameStatus.NEED_MORE);
                NameStatus second = isInOrder ? feed.send(HELLO, split, HELLO.length) : feed.send(HELLO, 0, split);
                assertThat(second).as("split at %d", split).isEqualTo(NameStatus.FOUND);
                assertThat(feed.name()).isEqualTo(NAME);
            }
        }
    }

    @Test
    void shouldFindTheNameInEveryOrderOfFourSegmentsAndOnlyWithTheLast() {
        byte[] hello = inRecordsOf(50, HELLO);
        int[] cuts = {0, 3, hello.length / 3, hello.length - 5, hello.length};
        for (List<Integer> order : permutations(List.of(0, 1, 2, 3))) {
            StreamFeed feed = new StreamFeed(443);
            for (int i = 0; i < 4; i++) {
                int piece = order.get(i);
                assertThat(feed.send(hello, cuts[piece], cuts[piece + 1])).as("%s, number %d", order, i)
                        .isEqualTo(i < 3 ? NameStatus.NEED_MORE : NameStatus.FOUND);
            }
            assertThat(feed.name()).isEqualTo(NAME);
        }
    }

    @Test
    void shouldTakeCopiesAndOverlapsThatAreTheSame() {
        assertThat(feed.send(HELLO, 0, 100)).isEqualTo(NameStatus.NEED_MORE);
        assertThat(feed.send(HELLO, 0, 100)).isEqualTo(NameStatus.NEED_MORE);
        assertThat(feed.send(HELLO, 150, 200)).isEqualTo(NameStatus.NEED_MORE);
        assertThat(feed.send(HELLO, 50, 180)).isEqualTo(NameStatus.NEED_MORE);
        assertThat(feed.send(HELLO, 0, HELLO.length)).isEqualTo(NameStatus.FOUND);
    }

    @Test
    void shouldBeMalformedWhenACopyDiffers() {
        feed.send(HELLO, 0, 100);
        byte[] other = HELLO.clone();
        other[99] ^= 1;
        assertThat(feed.send(other, 99, 120)).isEqualTo(NameStatus.MALFORMED);
        assertThat(feed.send(HELLO, 99, HELLO.length)).as("for good").isEqualTo(NameStatus.MALFORMED);
        assertThat(feed.name()).isEmpty();
    }

    @Test
    void shouldBeMalformedWhenADifferentHelloComesAfterTheNameWasFoundAndBeforeItWasAcknowledged() {
        assertThat(feed.send(0, DECOY)).isEqualTo(NameStatus.FOUND);
        assertThat(feed.isSettled(DECOY.length - 1)).isFalse();
        assertThat(feed.send(HELLO, 0, 5)).as("equal so far").isEqualTo(NameStatus.FOUND);
        assertThat(feed.send(0, HELLO)).isEqualTo(NameStatus.MALFORMED);
        assertThat(feed.name()).isEmpty();
    }

    @Test
    void shouldBeMalformedWhenOtherBytesFollowADecoyOfAnotherProtocol() {
        assertThat(feed.send(0, ascii("\0\1\2"))).isEqualTo(NameStatus.NONE);
        assertThat(feed.isSettled(0)).isFalse();
        assertThat(feed.send(0, HELLO)).isEqualTo(NameStatus.MALFORMED);
    }

    @Test
    void shouldBeSettledOnceTheServerHasAcknowledgedWhatWasJudged() {
        assertThat(feed.isSettled(0)).as("nothing is decided").isFalse();
        feed.send(0, join(OLD_HELLO, new byte[100]));
        assertThat(feed.isSettled(OLD_HELLO.length - 1)).isFalse();
        assertThat(feed.isSettled(OLD_HELLO.length)).isTrue();
    }

    @Test
    void shouldNotMindOtherBytesBehindWhatWasJudged() {
        feed.send(0, OLD_HELLO);
        assertThat(feed.send(OLD_HELLO.length, new byte[10])).isEqualTo(NameStatus.FOUND);
        assertThat(feed.send(OLD_HELLO.length, new byte[] {1, 2, 3})).isEqualTo(NameStatus.FOUND);
    }

    @Test
    void shouldTakeDataInTheSyn() {
        assertThat(feed.send(0, Arrays.copyOf(HELLO, 60), TcpHeader.SYN)).isEqualTo(NameStatus.NEED_MORE);
        assertThat(feed.send(HELLO, 60, HELLO.length)).isEqualTo(NameStatus.FOUND);
    }

    @Test
    void shouldBeMalformedWhenDataInTheSynWasADecoy() {
        assertThat(feed.send(0, DECOY, TcpHeader.SYN)).isEqualTo(NameStatus.FOUND);
        assertThat(feed.isSettled(0)).as("the server has acknowledged the SYN only").isFalse();
        assertThat(feed.send(0, HELLO)).isEqualTo(NameStatus.MALFORMED);
    }

    @Test
    void shouldTakeTheSynAgainButNoOtherOne() {
        assertThat(feed.send(0, NOTHING, TcpHeader.SYN)).isEqualTo(NameStatus.NEED_MORE);
        assertThat(feed.send(0, NOTHING, TcpHeader.SYN)).isEqualTo(NameStatus.NEED_MORE);
        assertThat(feed.send(1, NOTHING, TcpHeader.SYN)).isEqualTo(NameStatus.MALFORMED);
    }

    @Test
    void shouldLeaveOutKeepAlivesBeforeTheFirstByteAndDataFarAway() {
        assertThat(feed.send(-1, new byte[] {0})).isEqualTo(NameStatus.NEED_MORE);
        assertThat(feed.send(-1, join(new byte[] {0}, Arrays.copyOf(HELLO, 10)))).isEqualTo(NameStatus.NEED_MORE);
        assertThat(feed.send(ClientStream.DEFAULT_LIMIT, new byte[100])).isEqualTo(NameStatus.NEED_MORE);
        assertThat(feed.send(Integer.MAX_VALUE, new byte[100])).isEqualTo(NameStatus.NEED_MORE);
        assertThat(feed.send(Integer.MIN_VALUE, new byte[100])).isEqualTo(NameStatus.NEED_MORE);
        assertThat(feed.send(HELLO, 10, HELLO.length)).isEqualTo(NameStatus.FOUND);
    }

    @Test
    void shouldLeaveOutWhatTheReceiverThrowsAway() {
        byte[] badTcp = feed.segment(0, DECOY, DATA);
        badTcp[20 + 16] ^= 1;
        byte[] badIp = feed.segment(0, DECOY, DATA);
        badIp[10] ^= 1;
        assertThat(feed.send(badTcp)).isEqualTo(NameStatus.NEED_MORE);
        assertThat(feed.send(badIp)).isEqualTo(NameStatus.NEED_MORE);
        assertThat(feed.send(0, DECOY, TcpHeader.RST)).isEqualTo(NameStatus.NEED_MORE);
        assertThat(feed.send(0, HELLO)).isEqualTo(NameStatus.FOUND);
    }

    @Test
    void shouldBeMalformedWithUrgentData() {
        assertThat(feed.send(0, Arrays.copyOf(HELLO, 10), DATA | TcpHeader.URG)).isEqualTo(NameStatus.MALFORMED);
    }

    @Test
    void shouldBeMalformedWhenASegmentComesInFragments() {
        byte[] segment = feed.segment(0, HELLO, DATA);
        assertThat(feed.send(Fragmenter.split(segment, 120, 1).get(0))).isEqualTo(NameStatus.MALFORMED);
    }

    @Test
    void shouldFindTheNameWithAFinRightBehindIt() {
        assertThat(feed.send(0, HELLO, DATA | TcpHeader.FIN)).isEqualTo(NameStatus.FOUND);
        assertThat(feed.send(HELLO.length + 1, NOTHING)).as("an acknowledgment behind the FIN").isEqualTo(NameStatus.FOUND);
        assertThat(feed.send(0, HELLO, DATA | TcpHeader.FIN)).as("again").isEqualTo(NameStatus.FOUND);
    }

    @Test
    void shouldWaitForWhatLiesBeforeAFin() {
        assertThat(feed.send(50, Arrays.copyOfRange(HELLO, 50, HELLO.length), DATA | TcpHeader.FIN)).isEqualTo(NameStatus.NEED_MORE);
        assertThat(feed.send(HELLO, 0, 50)).isEqualTo(NameStatus.FOUND);
    }

    @Test
    void shouldBeMalformedWhenTheStreamEndsInsideAMessage() {
        feed.send(HELLO, 0, 50);
        assertThat(feed.send(50, NOTHING, DATA | TcpHeader.FIN)).isEqualTo(NameStatus.MALFORMED);
    }

    @Test
    void shouldBeMalformedWhenDataLiesBehindAFin() {
        assertThat(feed.send(20, NOTHING, DATA | TcpHeader.FIN)).isEqualTo(NameStatus.NEED_MORE);
        assertThat(feed.send(HELLO, 0, HELLO.length)).isEqualTo(NameStatus.MALFORMED);

        StreamFeed reversed = new StreamFeed(443);
        reversed.send(HELLO, 100, 120);
        assertThat(reversed.send(20, NOTHING, DATA | TcpHeader.FIN)).isEqualTo(NameStatus.MALFORMED);

        StreamFeed twice = new StreamFeed(443);
        twice.send(20, NOTHING, DATA | TcpHeader.FIN);
        assertThat(twice.send(30, NOTHING, DATA | TcpHeader.FIN)).isEqualTo(NameStatus.MALFORMED);
    }

    @Test
    void shouldHaveNothingToJudgeWhenAConnectionEndsWithoutData() {
        assertThat(feed.send(0, NOTHING, DATA | TcpHeader.FIN)).isEqualTo(NameStatus.NEED_MORE);
        assertThat(feed.send(1, NOTHING)).isEqualTo(NameStatus.NEED_MORE);
    }

    @Test
    void shouldGiveUpAtTheLimit() {
        byte[] message = join(new byte[] {1, 0, 0x3f, 0}, new byte[0x3f00]);
        byte[] endless = inRecordsOf(1, join(new byte[5], message));
        for (int at = 0; at < ClientStream.DEFAULT_LIMIT - 1; at += 1000) {
            assertThat(feed.send(endless, at, Math.min(at + 1000, ClientStream.DEFAULT_LIMIT - 1))).isEqualTo(NameStatus.NEED_MORE);
        }
        assertThat(feed.send(endless, ClientStream.DEFAULT_LIMIT - 1, ClientStream.DEFAULT_LIMIT + 99)).isEqualTo(NameStatus.TOO_LONG);
    }

    @Test
    void shouldForgetTheConnectionBeforeWhenStartedAgain() {
        feed.send(HELLO, 0, 1000 % HELLO.length);
        feed.send(30, NOTHING, DATA | TcpHeader.FIN);
        StreamFeed again = new StreamFeed(feed.stream, 80, 12345);
        assertThat(again.stream.status()).isEqualTo(NameStatus.NEED_MORE);
        assertThat(again.send(0, ascii("GET / HTTP/1.1\r\nHost: other.example\r\n\r\n"))).isEqualTo(NameStatus.FOUND);
        assertThat(again.name()).isEqualTo("other.example");
    }

    @Test
    void shouldReadDnsMessageByMessage() {
        StreamFeed dns = new StreamFeed(53);
        byte[] both = join(withLength(dnsQuery(1, "a.example")), withLength(dnsQuery(2, "B.example")));
        assertThat(dns.send(both, 0, 1)).isEqualTo(NameStatus.NEED_MORE);
        assertThat(dns.send(both, 10, both.length)).isEqualTo(NameStatus.NEED_MORE);
        assertThat(dns.send(both, 1, 10)).isEqualTo(NameStatus.FOUND);
        assertThat(dns.name()).isEqualTo("a.example");
        assertThat(dns.stream.next()).isEqualTo(NameStatus.FOUND);
        assertThat(dns.name()).isEqualTo("b.example");
        assertThat(dns.stream.next()).isEqualTo(NameStatus.NEED_MORE);
        assertThat(dns.send(both.length, NOTHING, DATA | TcpHeader.FIN)).isEqualTo(NameStatus.NEED_MORE);
    }

    @Test
    void shouldReadDnsForEverWhenTheServerAcknowledges() {
        StreamFeed dns = new StreamFeed(53);
        int sent = 0;
        for (int i = 0; i < 5_000; i++) {
            byte[] message = withLength(dnsQuery(i, "n" + i + ".example"));
            assertThat(dns.send(sent, message)).isEqualTo(NameStatus.FOUND);
            assertThat(dns.name()).isEqualTo("n" + i + ".example");
            assertThat(dns.stream.next()).isEqualTo(NameStatus.NEED_MORE);
            sent += message.length;
            // the acknowledgments are late by a few messages and stop anywhere
            assertThat(dns.isSettled(sent - 100 - i % 70)).isFalse();
        }
        assertThat(sent).isGreaterThan(5 * ClientStream.DEFAULT_LIMIT);
    }

    @Test
    void shouldBeMalformedWhenADnsMessageIsExchangedBeforeItWasAcknowledged() {
        StreamFeed dns = new StreamFeed(53);
        byte[] first = withLength(dnsQuery(1, "a-long-name-of-more-than-64-bytes.with-some-labels.good.example"));
        byte[] decoy = withLength(dnsQuery(2, "good.example"));
        dns.send(0, first);
        dns.stream.next();
        dns.isSettled(first.length);
        assertThat(dns.send(first.length, decoy)).isEqualTo(NameStatus.FOUND);
        assertThat(dns.stream.next()).isEqualTo(NameStatus.NEED_MORE);
        assertThat(dns.send(first.length, withLength(dnsQuery(2, "evil.example")))).isEqualTo(NameStatus.MALFORMED);
    }

    @Test
    void shouldJudgeDnsOnTcpByItsRules() {
        assertThat(new StreamFeed(53).send(0, withLength(new byte[3]))).isEqualTo(NameStatus.MALFORMED);
        assertThat(new StreamFeed(53).send(0, withLength(dnsQuery(1, "a.com", "b.com")))).isEqualTo(NameStatus.MALFORMED);
        assertThat(new StreamFeed(53).send(0, new byte[] {(byte) 0xff, (byte) 0xff})).isEqualTo(NameStatus.TOO_LONG);
        StreamFeed dso = new StreamFeed(53);
        assertThat(dso.send(0, join(withLength(dnsQuery(1)), withLength(dnsQuery(2, "a.com"))))).as("no question").isEqualTo(NameStatus.NONE);
        assertThat(dso.stream.next()).isEqualTo(NameStatus.FOUND);
    }

    @Test
    void shouldTellIntactPacketsFromOthers() {
        byte[] udp = PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).payload(9).build();
        assertThat(isIntact(udp)).isTrue();
        udp[27] ^= 1;
        assertThat(isIntact(udp)).isFalse();
        udp[26] = 0;
        udp[27] = 0;
        assertThat(isIntact(udp)).as("no checksum over IPv4").isTrue();
        byte[] udp6 = PacketBuilder.ipv6("fd00::1", "fd00::2").udp(1, 2).payload(9).build();
        assertThat(isIntact(udp6)).isTrue();
        udp6[46] = 0;
        udp6[47] = 0;
        assertThat(isIntact(udp6)).as("IPv6 demands one").isFalse();
        byte[] icmp = PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").icmpEchoRequest(1, 1).payload(9).build();
        assertThat(isIntact(icmp)).isTrue();
        icmp[30] ^= 1;
        assertThat(isIntact(icmp)).isFalse();
        byte[] fragment = Fragmenter.split(PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).payload(500).build(), 100, 1).get(0);
        assertThat(isIntact(fragment)).isTrue();
        fragment[8] ^= 1;
        assertThat(isIntact(fragment)).isFalse();
    }

    @Test
    void shouldRefuseLimitsOutOfRange() {
        assertThatThrownBy(() -> new ClientStream(ClientStream.MIN_LIMIT - 1)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("2048 to 65536");
        assertThatThrownBy(() -> new ClientStream(ClientStream.MAX_LIMIT + 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ClientStreamPool(0, ClientStream.DEFAULT_LIMIT)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldLendNoMoreStreamsThanItMayAndUseThemAgain() {
        ClientStreamPool pool = new ClientStreamPool(2, ClientStream.DEFAULT_LIMIT);
        ClientStream first = pool.acquire(1, 443);
        ClientStream second = pool.acquire(1, 443);
        assertThat(second).isNotSameAs(first);
        assertThat(pool.acquire(1, 443)).isNull();
        assertThat(pool.refused()).isEqualTo(1);
        assertThat(pool.inUse()).isEqualTo(2);
        pool.release(first);
        assertThat(pool.acquire(9, 443)).isSameAs(first);
        assertThat(pool.inUse()).isEqualTo(2);
    }

    private static boolean isIntact(byte[] packet) {
        IpPacket ip = new IpPacket();
        ip.wrap(ByteBuffer.wrap(packet), 0, packet.length);
        return ClientStream.isIntact(ip);
    }

    private static List<List<Integer>> permutations(List<Integer> items) {
        if (items.isEmpty()) {
            return List.of(List.of());
        }
        List<List<Integer>> all = new ArrayList<>();
        for (Integer first : items) {
            List<Integer> rest = new ArrayList<>(items);
            rest.remove(first);
            for (List<Integer> tail : permutations(rest)) {
                List<Integer> permutation = new ArrayList<>(List.of(first));
                permutation.addAll(tail);
                all.add(permutation);
            }
        }
        return all;
    }
}

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

import com.sun.management.ThreadMXBean;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.TcpHeader;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Damaged streams in damaged segments; the seed is fixed, so a failure comes again. */
class ClientStreamFuzzTest {
    private static final int ROUNDS = 40_000;
    private static final byte[][] SEEDS = {
        clientHello("www.example.com"),
        inRecordsOf(60, clientHello("www.example.com")),
        helloWithExtensions(serverName("a.example")),
        inRecordsOf(7, helloWithExtensions(serverName("a.example"))),
        ascii("GET / HTTP/1.1\r\nHost: a.example:80\r\nA: b\r\n\r\n"),
        ascii("GET http://a.example/b?c HTTP/1.1\r\nA: b\r\nHost: A.example.\r\n\r\n"),
        ascii("CONNECT [::1]:443 HTTP/1.0\nHost:\t[::1]\n\n"),
        ascii("\r\nPOST * HTTP/1.1\r\nHost : a.example\r\nHost: b.example\r\n c\r\n\r\n"),
    };
    /** What mutations put in: bytes that mean something to one of the protocols. */
    private static final byte[] MEANINGFUL = ascii("\0\1\26\3\377\r\n :.[]/HThost@%");

    private final Random random = new Random(20_261_123);

    @Test
    void shouldFindWhatASlowReaderOfTheWholeStreamFindsHoweverItIsCut() {
        int found = 0;
        ClientStream stream = new ClientStream(ClientStream.DEFAULT_LIMIT);
        for (int round = 0; round < ROUNDS; round++) {
            byte[] bytes = mutated(SEEDS[round % SEEDS.length]);
            String expected = SlowNames.nameIn(bytes);
            StreamFeed feed = new StreamFeed(stream, 443, random.nextInt());
            for (int[] piece : pieces(bytes.length)) {
                feed.send(bytes, piece[0], piece[1]);
            }
            String name = stream.status() == NameStatus.FOUND ? feed.name() : null;
            assertThat(name).as("round %d: %s in %s", round, stream.status(), new String(bytes, StandardCharsets.ISO_8859_1)).isEqualTo(expected);
            found += name != null ? 1 : 0;
        }
        assertThat(found).as("both answers must have come up often").isBetween(ROUNDS / 10, ROUNDS * 9 / 10);
    }

    /** Everything of it at least once, in any order, with copies and overlaps. */
    private List<int[]> pieces(int length) {
        List<int[]> pieces = new ArrayList<>();
        for (int at = 0; at < length;) {
            int end = Math.min(length, at + 1 + random.nextInt(Math.max(1, length)));
            pieces.add(new int[] {at, end});
            at = end;
        }
        for (int i = random.nextInt(4); i > 0; i--) {
            int from = random.nextInt(length + 1);
            pieces.add(new int[] {from, from + random.nextInt(length + 1 - from)});
        }
        Collections.shuffle(pieces, random);
        return pieces;
    }

    private byte[] mutated(byte[] seed) {
        byte[] bytes = seed;
        for (int i = random.nextInt(3); i > 0; i--) {
            int at = random.nextInt(bytes.length);
            byte value = random.nextBoolean() ? MEANINGFUL[random.nextInt(MEANINGFUL.length)] : (byte) random.nextInt();
            switch (random.nextInt(4)) {
                case 0:
                    bytes = bytes.clone();
                    bytes[at] = value;
                    break;
                case 1:
                    bytes = join(Arrays.copyOf(bytes, at), new byte[] {value}, Arrays.copyOfRange(bytes, at, bytes.length));
                    break;
                case 2:
                    bytes = join(Arrays.copyOf(bytes, at), Arrays.copyOfRange(bytes, Math.min(bytes.length, at + 1), bytes.length), new byte[1]);
                    break;
                default:
                    bytes = bytes.clone();
                    bytes[at] ^= (byte) (1 << random.nextInt(8));
                    break;
            }
        }
        return bytes;
    }

    @Test
    void shouldTakeAnySegmentsWithoutAnException() {
        for (int round = 0; round < ROUNDS / 10; round++) {
            int limit = ClientStream.MIN_LIMIT << random.nextInt(6);
            boolean isDns = random.nextBoolean();
            StreamFeed feed = new StreamFeed(new ClientStream(limit), isDns ? 53 : 443, random.nextInt());
            byte[] bytes = isDns ? mutated(join(withLength(dnsQuery(1, "a.example")), withLength(dnsQuery(2, "b.example"))))
                    : mutated(SEEDS[random.nextInt(SEEDS.length)]);
            for (int i = 0; i < 20; i++) {
                int from = random.nextInt(bytes.length);
                int to = from + random.nextInt(bytes.length + 1 - from);
                int position = random.nextInt(8) == 0 ? random.nextInt() : from + random.nextInt(3) - 1;
                feed.send(position, Arrays.copyOfRange(bytes, from, to), random.nextInt(8) == 0 ? random.nextInt(256) : TcpHeader.ACK);
                feed.isSettled(random.nextBoolean() ? random.nextInt() : random.nextInt(bytes.length));
                feed.stream.next();
                assertThat(feed.stream.name().isEmpty()).isEqualTo(feed.stream.status() != NameStatus.FOUND);
            }
        }
    }

    @Test
    void shouldReadAnyDnsMessageWithoutAnException() {
        DnsQuestion question = new DnsQuestion();
        DomainName name = new DomainName();
        byte[] seed = dnsQuery(1, "www.example.com");
        for (int round = 0; round < ROUNDS; round++) {
            byte[] message = Arrays.copyOf(mutated(seed), random.nextInt(seed.length + 2));
            NameStatus status = question.read(ByteBuffer.wrap(message), 0, message.length, name);
            assertThat(name.isEmpty()).isEqualTo(status != NameStatus.FOUND);
        }
    }

    @Test
    void shouldAllocateNothingForAPacket() {
        ClientStreamPool pool = new ClientStreamPool(4, ClientStream.DEFAULT_LIMIT);
        DomainList list = DomainList.of(List.of("*.example.com", "a.example"));
        StreamFeed maker = new StreamFeed(443);
        byte[] hello = clientHello("www.example.com");
        IpPacket[] packets = new IpPacket[hello.length / 10];
        for (int i = 0; i < packets.length; i++) {
            byte[] segment = maker.segment(i * 10, Arrays.copyOfRange(hello, i * 10, i == packets.length - 1 ? hello.length : i * 10 + 10), TcpHeader.ACK);
            packets[i] = new IpPacket();
            packets[i].wrap(ByteBuffer.wrap(segment), 0, segment.length);
        }
        TcpHeader tcp = new TcpHeader();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int rounds = 2_000;
        long found = 0;
        long before = 0;
        for (int round = 0; round < 2 * rounds; round++) {
            if (round == rounds) {
                before = threads.getCurrentThreadAllocatedBytes();
            }
            ClientStream stream = pool.acquire(StreamFeed.SYN_SEQUENCE + 1, 443);
            for (IpPacket packet : packets) {
                tcp.wrap(packet);
                stream.add(packet, tcp);
            }
            found += stream.status() == NameStatus.FOUND && list.matches(stream.name()) ? 1 : 0;
            pool.release(stream);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(found).isEqualTo(2 * rounds);
        assertThat(allocated / (rounds * packets.length)).as("bytes a packet; %d in all", allocated).isZero();
    }
}

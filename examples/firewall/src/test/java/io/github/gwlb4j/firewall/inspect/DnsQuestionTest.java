package io.github.gwlb4j.firewall.inspect;

import static io.github.gwlb4j.firewall.inspect.ClientBytes.ascii;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.dnsQuery;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.join;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.u16;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.packet.UdpHeader;
import io.github.gwlb4j.simulator.packet.Fragmenter;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DnsQuestionTest {
    private static final byte[] OPT = {0, 0, 41, 0x04, (byte) 0xd0, 0, 0, 0, 0, 0, 0};
    private static final String LABEL_63 = "a".repeat(63);

    private final DomainName name = new DomainName();
    private final DnsQuestion question = new DnsQuestion();

    static Stream<Arguments> messages() {
        String longest = (LABEL_63 + ".").repeat(3) + "a".repeat(61);
        return Stream.of(
                arguments("plain", NameStatus.FOUND, "www.example.com", dnsQuery(1, "www.example.com")),
                arguments("letter case mixed (0x20)", NameStatus.FOUND, "www.example.com", dnsQuery(1, "wWw.eXamPLe.cOM")),
                arguments("one label", NameStatus.FOUND, "localhost", dnsQuery(1, "localhost")),
                arguments("service label", NameStatus.FOUND, "_sip._tcp.example.com", dnsQuery(1, "_sip._tcp.example.com")),
                arguments("classless reverse zone", NameStatus.FOUND, "0/26.2.0.192.in-addr.arpa", dnsQuery(1, "0/26.2.0.192.in-addr.arpa")),
                arguments("longest name", NameStatus.FOUND, longest, dnsQuery(1, longest)),
                arguments("with EDNS", NameStatus.FOUND, "a.com", edns(dnsQuery(1, "a.com"))),
                arguments("bytes behind the question", NameStatus.FOUND, "a.com", join(dnsQuery(1, "a.com"), new byte[9])),
                arguments("NOTIFY", NameStatus.FOUND, "a.com", with(dnsQuery(1, "a.com"), 2, 0x20)),
                arguments("the root", NameStatus.NONE, "", dnsQuery(1, "")),
                arguments("no question", NameStatus.NONE, "", dnsQuery(1)),
                arguments("two questions", NameStatus.MALFORMED, "", dnsQuery(1, "a.com", "b.com")),
                arguments("a response", NameStatus.MALFORMED, "", with(dnsQuery(1, "a.com"), 2, 0x80)),
                arguments("a pointer", NameStatus.MALFORMED, "", query(new byte[] {(byte) 0xc0, 12})),
                arguments("a pointer behind a label", NameStatus.MALFORMED, "", query(new byte[] {1, 'a', (byte) 0xc0, 12})),
                arguments("label type 01", NameStatus.MALFORMED, "", query(join(new byte[] {0x41}, new byte[0x41], new byte[] {0}))),
                arguments("a dot in a label", NameStatus.MALFORMED, "", query(join(new byte[] {5}, ascii("a.com"), new byte[] {0}))),
                arguments("a NUL in a label", NameStatus.MALFORMED, "", query(new byte[] {3, 'a', 0, 'b', 0})),
                arguments("a space in a label", NameStatus.MALFORMED, "", query(new byte[] {3, 'a', ' ', 'b', 0})),
                arguments("a name of 254 bytes", NameStatus.MALFORMED, "", dnsQuery(1, longest + "a")),
                arguments("no end of the name", NameStatus.MALFORMED, "", Arrays.copyOf(dnsQuery(1, "a.com"), 12 + 6)),
                arguments("no type and class", NameStatus.MALFORMED, "", Arrays.copyOf(dnsQuery(1, "a.com"), 12 + 7 + 3)),
                arguments("half a header", NameStatus.MALFORMED, "", Arrays.copyOf(dnsQuery(1, "a.com"), 11)),
                arguments("nothing", NameStatus.MALFORMED, "", new byte[0]));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("messages")
    void shouldReadTheQuestion(String what, NameStatus expected, String expectedName, byte[] message) {
        assertThat(question.read(ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN), 0, message.length, name)).isEqualTo(expected);
        assertThat(name).hasToString(expectedName);
        assertThat(question.read(ip("10.0.0.1", "192.0.2.53", message), name)).isEqualTo(expected);
        assertThat(question.read(ip("fd00::1", "fd00::53", message), name)).isEqualTo(expected);
        assertThat(name).hasToString(expectedName);
    }

    @Test
    void shouldFindNoNameInWhatIsNotUdp() {
        byte[] tcp = PacketBuilder.ipv4("10.0.0.1", "192.0.2.53").tcp(5000, 53).payload(dnsQuery(1, "a.com")).build();
        assertThat(question.read(wrap(tcp), name)).isEqualTo(NameStatus.NONE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.1 192.0.2.53", "fd00::1 fd00::53"})
    void shouldAnswerRefusedFromTheServerToTheClient(String addresses) {
        String[] ends = addresses.split(" ");
        byte[] query = dnsQuery(0xabcd, "wWw.Example.com");
        IpPacket packet = ip(ends[0], ends[1], query);
        IpPacket answer = refused(packet);

        byte[] expected = query.clone();
        expected[2] = (byte) 0x81; // response, recursion desired as asked
        expected[3] = (byte) 0x85; // recursion available, refused
        assertThat(answer.sourceHigh()).isEqualTo(packet.destinationHigh());
        assertThat(answer.sourceLow()).isEqualTo(packet.destinationLow());
        assertThat(answer.destinationHigh()).isEqualTo(packet.sourceHigh());
        assertThat(answer.destinationLow()).isEqualTo(packet.sourceLow());
        assertThat(answer.sourcePort()).isEqualTo(53);
        assertThat(answer.destinationPort()).isEqualTo(5000);
        assertThat(payload(answer)).isEqualTo(expected);
    }

    @Test
    void shouldTellWhyWhenTheClientSpeaksEdns() {
        byte[] message = payload(refused(ip("10.0.0.1", "192.0.2.53", edns(dnsQuery(7, "a.com")))));
        byte[] question = dnsQuery(7, "a.com");
        assertThat(message[11]).as("additional records").isEqualTo((byte) 1);
        assertThat(Arrays.copyOfRange(message, question.length, message.length)).as("OPT with extended error 15, blocked")
                .isEqualTo(join(new byte[] {0}, u16(41), u16(1232), u16(0), u16(0), u16(6), u16(15), u16(2), u16(15)));
    }

    @Test
    void shouldKeepTheOperationAndNotSetRecursionDesiredItself() {
        byte[] notify = with(with(dnsQuery(7, "a.com"), 2, 0x24), 3, 0x10);
        byte[] message = payload(refused(ip("10.0.0.1", "192.0.2.53", notify)));
        assertThat(u16At(message, 2)).isEqualTo(0xa005);
    }

    @Test
    void shouldFitTheLongestAnswerIntoTheStatedLength() {
        String longest = (LABEL_63 + ".").repeat(3) + "a".repeat(61);
        IpPacket answer = refused(ip("fd00::1", "fd00::53", edns(dnsQuery(7, longest))));
        assertThat(answer.totalLength()).isEqualTo(DnsRefusal.MAX_LENGTH);
    }

    @Test
    void shouldNotAnswerWithoutAQuestionNorToAFragment() {
        IpPacket none = ip("10.0.0.1", "192.0.2.53", dnsQuery(1));
        assertThat(question.read(none, name)).isEqualTo(NameStatus.NONE);
        assertThat(DnsRefusal.write(none, question, ByteBuffer.allocate(600), 0)).isZero();

        byte[] large = PacketBuilder.ipv4("10.0.0.1", "192.0.2.53").udp(5000, 53)
                .payload(join(dnsQuery(1, "a.com"), new byte[600])).build();
        IpPacket first = wrap(Fragmenter.split(large, 300, 1).get(0));
        assertThat(question.read(first, name)).isEqualTo(NameStatus.FOUND);
        assertThat(DnsRefusal.write(first, question, ByteBuffer.allocate(600), 0)).isZero();
    }

    @Test
    void shouldNotReadAQuestionThatIsCutInTheFirstFragment() {
        byte[] packet = PacketBuilder.ipv4("10.0.0.1", "192.0.2.53").udp(5000, 53).payload(dnsQuery(1, "a.long.example.com")).build();
        assertThat(question.read(wrap(Fragmenter.split(packet, 44, 1).get(0)), name)).isEqualTo(NameStatus.MALFORMED);
    }

    @Test
    void shouldWriteNothingWhenTheAnswerDoesNotFit() {
        IpPacket query = ip("10.0.0.1", "192.0.2.53", dnsQuery(1, "a.com"));
        question.read(query, name);
        ByteBuffer target = ByteBuffer.allocate(50);
        assertThatThrownBy(() -> DnsRefusal.write(query, question, target, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(target.array()).containsOnly(0);
    }

    /** The answer, its lengths and checksums checked. */
    private IpPacket refused(IpPacket query) {
        assertThat(question.read(query, name)).isEqualTo(NameStatus.FOUND);
        ByteBuffer target = ByteBuffer.allocate(600).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.fill(target.array(), (byte) 0x5a);
        int length = DnsRefusal.write(query, question, target, 7);
        IpPacket answer = new IpPacket();
        assertThat(answer.wrap(target, 7, length)).isEqualTo(PacketStatus.OK);
        assertThat(answer.totalLength()).isEqualTo(length);
        assertThat(answer.transportStatus()).isEqualTo(PacketStatus.OK);
        assertThat(InternetChecksum.ofTransport(answer)).isZero();
        assertThat(ClientStream.isIntact(answer)).isTrue();
        assertThat(target.get(7 + length)).as("nothing written behind it").isEqualTo((byte) 0x5a);
        return answer;
    }

    private static byte[] payload(IpPacket packet) {
        UdpHeader udp = new UdpHeader();
        assertThat(udp.wrap(packet)).isTrue();
        byte[] payload = new byte[udp.payloadLength()];
        packet.buffer().get(udp.payloadOffset(), payload);
        return payload;
    }

    private static IpPacket ip(String source, String destination, byte[] payload) {
        PacketBuilder builder = source.contains(":") ? PacketBuilder.ipv6(source, destination) : PacketBuilder.ipv4(source, destination);
        return wrap(builder.udp(5000, 53).payload(payload).build());
    }

    private static IpPacket wrap(byte[] packet) {
        IpPacket ip = new IpPacket();
        assertThat(ip.wrap(ByteBuffer.wrap(packet), 0, packet.length)).isEqualTo(PacketStatus.OK);
        return ip;
    }

    private static byte[] query(byte[] encodedName) {
        return with(join(dnsQuery(1), encodedName, u16(1), u16(1)), 5, 1);
    }

    private static byte[] edns(byte[] query) {
        return with(join(query, OPT), 11, 1);
    }

    private static byte[] with(byte[] message, int index, int value) {
        byte[] changed = message.clone();
        changed[index] = (byte) value;
        return changed;
    }

    private static int u16At(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
    }
}

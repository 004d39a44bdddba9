package io.github.gwlb4j.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FilterExpressionTest {
    private static final long ENDPOINT = 0x0123_4567_89ab_cdefL;
    private static final Map<String, Function<String, Predicate<Packet>>> WORDS = Map.of("colour", colour -> {
        if (!colour.matches("red|blue")) {
            throw new IllegalArgumentException("'" + colour + "' is no colour");
        }
        return packet -> packet.colour.equals(colour);
    });
    /** UDP from 10.1.2.3:4711 to 192.0.2.9:443, red. */
    private static final Packet UDP = new Packet(ipv4(IpProtocol.UDP, 0x0a01_0203, 0xc000_0209, 4711, 443, 0), "red", true);

    private record Packet(IpPacket inner, String colour, boolean hasEndpoint) implements FilterExpression.Subject {
        @Override
        public long endpointId() {
            return ENDPOINT;
        }
    }

    private static IpPacket ipv4(int protocol, int source, int destination, int sourcePort, int destinationPort, int fragmentOffset) {
        ByteBuffer bytes = ByteBuffer.allocate(28).putInt(0, 0x4500_001c).putShort(6, (short) fragmentOffset)
                .putInt(8, 64 << 24 | protocol << 16).putInt(12, source).putInt(16, destination)
                .putShort(20, (short) sourcePort).putShort(22, (short) destinationPort).putShort(24, (short) 8);
        return wrapped(bytes);
    }

    private static IpPacket ipv6Icmp() {
        ByteBuffer bytes = ByteBuffer.allocate(48).putInt(0, 0x6000_0000).putShort(4, (short) 8).put(6, (byte) IpProtocol.ICMPV6)
                .putLong(8, 0xfd00L << 48).putLong(16, 1).putLong(24, 0x2001_0db8L << 32).putLong(32, 2).put(40, (byte) 128);
        return wrapped(bytes);
    }

    private static IpPacket wrapped(ByteBuffer bytes) {
        IpPacket packet = new IpPacket();
        assertThat(packet.wrap(bytes, 0, bytes.capacity())).isEqualTo(PacketStatus.OK);
        return packet;
    }

    private static boolean matches(String expression, Packet packet) {
        return FilterExpression.parse(expression, WORDS).matches(packet);
    }

    @ParameterizedTest
    @CsvSource({
        "all, true", "ip, true", "ip6, false", "udp, true", "tcp, false", "icmp, false", "proto 17, true", "proto udp, true", "proto 6, false",
        "proto icmp, false", "fragment, false", "host 10.1.2.3, true", "host 10.1.2.4, false", "net 192.0.2.0/24, true", "net 192.0.3.0/24, false",
        "src 10.0.0.0/8, true", "dst 10.0.0.0/8, false", "src host 10.1.2.3, true", "dst net 192.0.2.0/24, true", "src net 192.0.2.0/24, false",
        "host any, true", "port 443, true", "port 4711, true", "port 442, false", "sport 4711, true", "sport 443, false", "dport 443, true",
        "src port 4711, true", "src port 443, false", "dst port 440-450, true", "portrange 0-442, false", "portrange 0-65535, true",
        "endpoint vpce-00123456789abcdef, true", "endpoint 123456789abcdee, false", "colour red, true", "colour blue, false"})
    void shouldMatchByOneWord(String expression, boolean isMatch) {
        assertThat(matches(expression, UDP)).isEqualTo(isMatch);
        assertThat(matches("not " + expression, UDP)).isEqualTo(!isMatch);
        assertThat(matches("!(" + expression + ")", UDP)).isEqualTo(!isMatch);
    }

    /** T stands for a word that matches, F for one that does not. */
    @ParameterizedTest
    @CsvSource({
        "T and T, true", "T and F, false", "F && T, false", "T T, true", "T F, false", "T or F, true", "F || F, false", "F or F or T, true",
        "T and T and F, false", "T F or T, true", "T or F T, true", "F T or F, false", "T or T F, true", "F or T F, false", "not F, true", "not not T, true", "!!T, true", "! F, true",
        "not T F, false", "not F T, true", "not F and T, true", "not (T and F), true", "not (T or F), false", "(T), true", "((F)), false", "(F or T) and T, true",
        "T and (F or F), false", "(T and F) or T, true", "T (F or T), true", "(F or T) F, false", "not(F)or(F), true", "T and not F, true", "T and !(F), true"})
    void shouldCombineAsWritten(String expression, boolean isMatch) {
        String spelled = expression.replace("T", "udp").replace("F", "tcp");
        assertThat(matches(spelled, UDP)).as(spelled).isEqualTo(isMatch);
    }

    @Test
    void shouldMatchIpv6() {
        Packet packet = new Packet(ipv6Icmp(), "red", true);
        assertThat(matches("ip6 icmp icmp6 src fd00::/16 dst 2001:db8::2", packet)).isTrue();
        assertThat(matches("ip or net 0.0.0.0/0 or src ::1 or proto icmp", packet)).isFalse();
    }

    @Test
    void shouldMatchNoPortInLaterFragmentsNorInPacketsWithoutPorts() {
        Packet later = new Packet(ipv4(IpProtocol.UDP, 1, 2, 4711, 443, 100), "red", true);
        Packet first = new Packet(ipv4(IpProtocol.UDP, 1, 2, 4711, 443, 0x2000), "red", true);
        Packet gre = new Packet(ipv4(IpProtocol.GRE, 1, 2, 4711, 443, 0), "red", true);
        assertThat(matches("fragment udp not port 0-65535", later)).isTrue();
        assertThat(matches("fragment udp port 443", first)).isTrue();
        assertThat(matches("gre and not port 0-65535", gre)).isTrue();
    }

    @Test
    void shouldMatchWhatIsNotIpByTheWordsThatAreNotAboutIp() {
        Packet broken = new Packet(null, "blue", true);
        assertThat(matches("all and colour blue and endpoint 123456789abcdef and not ip and not ip6 and not host any", broken)).isTrue();
        assertThat(matches("endpoint 123456789abcdef", new Packet(null, "blue", false))).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
        ''                  ; it is empty
        upd port 53         ; 'upd' is not known
        tcp or udp and icmp ; parentheses
        tcp and udp or icmp ; parentheses
        udp and             ; a word is missing at the end
        and udp             ; a word is missing before 'and'
        tcp or or udp       ; a word is missing before 'or'
        not                 ; a word is missing at the end
        not and tcp         ; a word is missing before 'and'
        ()                  ; a word is missing before ')'
        (tcp                ; a ')' is missing
        tcp)                ; ')' closes nothing
        dport               ; something is missing after 'dport'
        host and tcp        ; something is missing after 'host'
        src host            ; something is missing after 'host'
        (port)              ; something is missing after 'port'
        port 9-1            ; not within 0-65535
        port 70000          ; not within 0-65535
        port http           ; not a port
        proto 256           ; not an IP protocol
        host example.com    ; not an IPv4 or IPv6 address
        net 10.0.0.1/8      ; did you mean 10.0.0.0/8?
        endpoint xyz        ; xyz
        colour green        ; 'green' is no colour
        10.0.0.1            ; '10.0.0.1' is not known
        """)
    void shouldNameWhatIsWrong(String expression, String message) {
        assertThatThrownBy(() -> FilterExpression.parse(expression, WORDS)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message).message().doesNotContain("\n");
    }

    @ParameterizedTest
    @ValueSource(ints = {31, 32, 10_000})
    void shouldBoundParenthesesAndLength(int depth) {
        String expression = "(".repeat(depth) + "udp" + ")".repeat(depth);
        if (depth < 32) {
            assertThat(matches(expression, UDP)).isTrue();
        } else {
            assertThatThrownBy(() -> matches(expression, UDP)).isInstanceOf(IllegalArgumentException.class).message().hasSizeLessThan(400);
        }
        assertThatThrownBy(() -> matches("udp ".repeat(1025), UDP)).hasMessageContaining("at most 4096");
        assertThat(matches("not ".repeat(1000) + "udp", UDP)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp \u2028x", "\u001b[31mred", "port 1\u00852"})
    void shouldNameWhatIsWrongInOneLineWhateverTheTextHolds(String expression) {
        assertThatThrownBy(() -> matches(expression, UDP)).isInstanceOf(IllegalArgumentException.class)
                .message().doesNotContainPattern("[\\p{Cntrl}\\u0085\\u2028]");
    }

    @Test
    void shouldSayItselfAsWritten() {
        assertThat(FilterExpression.parse(" udp  port 53 ", WORDS)).hasToString("udp  port 53");
    }

    @Test
    void shouldAllocateNothingWhenMatching() {
        FilterExpression<Packet> filter = FilterExpression.parse(
                "(udp and (port 53 or port 80-90 or host 10.0.0.1)) or (colour red not fragment endpoint 1)", WORDS);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int attempt = 0; attempt < 3; attempt++) {
            long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
            for (int i = 0; i < 100_000; i++) {
                filter.matches(UDP);
            }
            least = Math.min(least, threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before);
        }
        assertThat(least).isLessThan(10_000);
    }
}

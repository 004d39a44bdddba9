package io.github.gwlb4j.firewall.rules;

import io.github.gwlb4j.firewall.inspect.DomainName;
import io.github.gwlb4j.fuzzing.Fuzzer;
import io.github.gwlb4j.fuzzing.Messages;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Any text as a rule file: a policy, or one line that says where it is wrong; and the policy's index finds what its rules say. */
public class RuleFileFuzzTest {
    private static final String FILE = "any.rules";
    /** The oracle asks every rule about every packet. */
    private static final int MOST_RULES = 300;
    private static final long[] ENDPOINTS = {0, 0x0123456789abcdefL};
    private static final List<DomainName> NAMES = List.of(DomainName.of("www.example.com"), DomainName.of("evil.example"));
    private static final List<IpPacket> PACKETS = Stream.of(
            PacketBuilder.ipv4("10.0.0.1", "192.0.2.1").tcp(4711, 443), PacketBuilder.ipv4("10.1.2.3", "198.51.100.7").udp(53, 53),
            PacketBuilder.ipv4("172.16.0.9", "10.0.0.1").icmpEchoRequest(1, 1), PacketBuilder.ipv6("fd00::1", "2001:db8::1").tcp(4711, 80),
            PacketBuilder.ipv6("2001:db8::2", "fd00::2").udp(5000, 53), PacketBuilder.ipv4("0.0.0.0", "255.255.255.255").protocol(47))
            .map(packet -> wrapped(packet.build())).toList();

    private static IpPacket wrapped(byte[] bytes) {
        IpPacket packet = new IpPacket();
        packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length);
        return packet;
    }

    @Test
    void shouldCompileARuleFileOrSayWhereItIsWrong() {
        Fuzzer.of("rules", RuleFileFuzzTest::fuzzerTestOneInput).seedFiles(Path.of("../examples/firewall/rules"), ".rules")
                .seeds("set mid-stream deny\nallow tcp from 10.0.0.0/8 to any port 443,8000-8010 domain .example.com limit 5/s burst 3 log\ndefault reject\n",
                        "addresses inside { 10.0.0.0/8, fd00::/8,\n other }\naddresses other { 192.0.2.1 }\nweb: allow tcp from inside\n",
                        "endpoints ours { vpce-0123456789abcdef0 }\nendpoint ours {\n deny udp port 53\n default allow\n}\n",
                        "domains bad { *.evil.example, bücher.example }\nports p { 1-1023, 8080 }\nreject domain bad\ndeny tcp port p\n")
                .words("allow", "deny", "reject", "default", "set", "endpoint", "addresses", "ports", "domains", "endpoints", "any", "from", "to", "port", "domain",
                        "limit", "burst", "log", "10.0.0.0/8", "::/0", "65535", "5/s", "100/min", "*.example.com", "mid-stream", "fragments", "drop", "line-3", "b:")
                .run(2_500);
    }

    /** Also Jazzer's entry. */
    public static void fuzzerTestOneInput(byte[] input) {
        Policy policy;
        try {
            policy = PolicyFile.parse(FILE, Messages.text(input).lines().toList());
        } catch (RuleFileException e) {
            Messages.requirePlace(FILE, e.getMessage());
            return;
        }
        if (policy.ruleCount() <= MOST_RULES) {
            policy.warnings().forEach(warning -> Messages.requireOneLine(warning.message()));
            PACKETS.forEach(packet -> compare(policy, packet));
        }
    }

    private static void compare(Policy policy, IpPacket packet) {
        for (long endpoint : ENDPOINTS) {
            require(first(policy, rule -> rule.matches(endpoint, packet)), policy.firstMatch(endpoint, packet));
            require(first(policy, rule -> rule.matches(endpoint, packet, null, policy.settings())), policy.firstMatch(endpoint, packet, null));
            for (DomainName name : NAMES) {
                require(first(policy, rule -> rule.matches(endpoint, packet, name, policy.settings())), policy.firstMatch(endpoint, packet, name));
            }
        }
    }

    private static int first(Policy policy, Predicate<Rule> condition) {
        int i = 0;
        while (!condition.test(policy.rule(i))) {
            i++;
        }
        return i;
    }

    private static void require(int expected, int found) {
        if (expected != found) {
            throw new AssertionError("rule " + expected + " is the first that matches, and " + found + " was found");
        }
    }
}

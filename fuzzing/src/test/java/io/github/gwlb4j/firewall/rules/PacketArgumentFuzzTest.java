package io.github.gwlb4j.firewall.rules;

import io.github.gwlb4j.fuzzing.Fuzzer;
import io.github.gwlb4j.fuzzing.Messages;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Any text as the packet of {@code firewall explain}: an explanation, or one line that says what is wrong. */
public class PacketArgumentFuzzTest {
    private static final Policy POLICY = policy("allow tcp to 192.0.2.0/24 port 443 domain .example.com", "deny udp from fd00::/8 port 53", "allow icmp limit 5/s");

    private static Policy policy(String... lines) {
        try {
            return PolicyFile.parse("any.rules", List.of(lines));
        } catch (RuleFileException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldExplainAPacketOrSayWhatIsWrongWithIt() {
        Fuzzer.of("packet-argument", PacketArgumentFuzzTest::fuzzerTestOneInput)
                .seeds("tcp 10.0.0.1:4711 > 192.0.2.1:443 syn ack domain www.example.com", "udp [2001:db8::1]:5353 > [2001:db8::2]:53 endpoint vpce-0123456789abcdef0",
                        "icmp 10.0.0.1 > 192.0.2.1 fragment 1480", "47 fd00::1 > fd00::2 domain unknown",
                        "450000281234400040060000 0a000001 c0000201 126701bb 00000001 00000000 50022000 00000000")
                .words("tcp", "udp", "icmp6", "sctp", "255", ">", "[", "]", "::", "fragment", "65528", "endpoint", "domain", "unknown", "rst", "/32", "10.0.0.0/8")
                .maxLength(4000).run(10_000);
    }

    /** Also Jazzer's entry. */
    public static void fuzzerTestOneInput(byte[] input) {
        String text = Messages.text(input);
        if (text.indexOf('>') < 0 && text.indexOf('/') >= 0) {
            return; // the path of some file of this machine
        }
        try {
            PacketArgument argument = PacketArgument.parse(text);
            if (!Explanation.of(POLICY, argument).contains("verdict")) {
                throw new AssertionError("no verdict");
            }
        } catch (IllegalArgumentException | IOException e) {
            Messages.requireOneLine(e.getMessage().replaceAll("\\R", " ")); // as the command prints it
        }
    }
}

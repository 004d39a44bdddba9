package io.github.gwlb4j.firewall.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.pcap.LinkType;
import io.github.gwlb4j.pcap.PcapWriter;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The commands {@code check} and {@code explain}. */
class CommandsTest {
    @TempDir
    private Path folder;

    private Path rules;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void writeRules() throws IOException {
        rules = Files.writeString(folder.resolve("test.rules"), """
                addresses office { 10.0.0.0/8 }
                deny udp port 53
                no-telnet: reject tcp to any port 23
                web: allow tcp from office to any port 443 domain example.com,*.example.org limit 10/s
                allow tcp from office to any port 1-1024
                endpoint vpce-1 {
                  allow icmp
                }
                """);
    }

    private int run(Object command, String... arguments) {
        out.getBuffer().setLength(0);
        return new CommandLine(command).setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true)).execute(arguments);
    }

    private String explain(String packet) {
        assertThat(run(new ExplainCommand(), rules.toString(), packet)).as(err.toString()).isZero();
        return out.toString();
    }

    @Test
    void shouldSayThatAFileIsRightAndWhatItHas() {
        assertThat(run(new CheckCommand(), rules.toString())).isZero();
        assertThat(out.toString()).contains(rules + ": ok: 5 rules, 1 group, 0 warnings");
    }

    @Test
    void shouldSayWhatIsWrongWithAFile() throws IOException {
        Files.writeString(rules, "allow tpc");
        assertThat(run(new CheckCommand(), rules.toString())).isEqualTo(2);
        assertThat(err.toString().strip()).startsWith("firewall: " + rules + ":1: 'tpc' is not a protocol").doesNotContain("\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        allow tcp from 10.0.0.0/8; deny tcp from 10.1.0.0/16 to any port 80      | :2: warning: this rule never decides: line 1
        allow tcp to any port 1-100; deny 6 to 192.0.2.1 port 50,60-70           | :2: warning
        allow; reject endpoint vpce-1                                            | :2: warning
        deny domain a.example,b.example; deny tcp domain b.example               | :2: warning
        allow tcp; allow udp; default allow                                      | 0 warnings
        allow tcp from 10.1.0.0/16; deny tcp from 10.0.0.0/8                     | 0 warnings
        allow domain a.example; deny domain a.example                            | 0 warnings
        allow endpoint vpce-1; allow                                             | 0 warnings
        allow from 10.0.0.1 to ::/0,192.0.2.1; deny from 10.0.0.1,::1 to 192.0.2.1,::1 | 0 warnings
        ports web { 80 }; allow tcp                                              | :1: warning: nothing uses the port group 'web'
        """)
    void shouldWarnOfRulesThatNeverDecideAndOfUnusedGroups(String lines, String expected) throws IOException {
        Files.write(rules, List.of(lines.split(";\\s*")));
        assertThat(run(new CheckCommand(), rules.toString())).isZero();
        assertThat(out.toString()).contains(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        udp 10.0.0.1:4711 > 192.0.2.1:53                            | match                                   | deny by the rule 'line-2'
        tcp 10.0.0.1:4711 > 192.0.2.1:23                            | the protocol is tcp                     | reject by the rule 'no-telnet'
        tcp 10.0.0.1:4711 > 192.0.2.1:443                           | if the name is in                       | depends on the connection's name, which the rule 'web' needs
        tcp 10.0.0.1:4711 > 192.0.2.1:443 domain www.EXAMPLE.org.   | the destination port 443 is not in 23   | allow by the rule 'web', while
        tcp 10.0.0.1:4711 > 192.0.2.1:443 domain www.example.com    | the name www.example.com is not in      | allow by the rule 'line-5'
        tcp 10.0.0.1:4711 > 192.0.2.1:443 domain unknown            | the name is unknown                     | allow by the rule 'line-5'
        tcp 11.0.0.1:4711 > 192.0.2.1:443 domain example.com        | the source 11.0.0.1 is not in office    | deny by the rule 'default'
        icmp 10.0.0.1 > 192.0.2.1 endpoint vpce-1                   | the protocol is icmp                    | allow by the rule 'line-7'
        icmp6 2001:db8::1 > 2001:db8::2                             | the endpoint is not vpce-1              | deny by the rule 'default'
        tcp [2001:db8::1]:1 > [2001:db8::2]:23                      | match                                   | reject by the rule 'no-telnet'
        udp 10.0.0.1:1 > 192.0.2.1:2 fragment 1480                  | a later fragment                        | deny by the rule 'line-2'
        tcp 10.0.0.1:1 > 192.0.2.1:80 ack                           | TCP without SYN                         | allow by the rule 'line-5'
        """)
    void shouldExplainAVerdict(String packet, String reason, String verdict) {
        assertThat(explain(packet)).contains(reason).contains("verdict: " + verdict);
    }

    @Test
    void shouldExplainBytesAndTheFirstPacketOfACapture() throws IOException {
        byte[] packet = PacketBuilder.ipv4("10.0.0.1", "192.0.2.1").udp(4711, 53).payload(10).build();
        assertThat(explain(HexFormat.of().formatHex(packet))).contains("udp 10.0.0.1:4711 > 192.0.2.1:53", "deny by the rule 'line-2'");
        Path capture = folder.resolve("one.pcap");
        try (PcapWriter writer = PcapWriter.builder().linkType(LinkType.RAW).open(capture)) {
            writer.write(0, ByteBuffer.wrap(packet), 0, packet.length);
        }
        assertThat(explain(capture.toString())).contains("udp 10.0.0.1:4711 > 192.0.2.1:53", "deny by the rule 'line-2'");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        tpc 10.0.0.1:1 > 192.0.2.1:2               | 'tpc' is not a protocol
        tcp 10.0.0.1:1 >                           | the packet is not complete
        tcp 10.0.0.1:1 192.0.2.1:2                 | is neither a packet nor a capture file
        tcp 10.0.0.300:1 > 192.0.2.1:2             | '10.0.0.300' is not an IPv4 or IPv6 address
        tcp 10.0.0.0/8 > 192.0.2.1:2               | is not one address
        tcp any > any                              | is not one address
        tcp 10.0.0.1:70000 > 192.0.2.1:2           | the port must be 0 to 65535
        tcp 10.0.0.1:1 > [::1]:2                   | no packet goes from an IPv4 to an IPv6 address
        tcp 10.0.0.1:1 > 192.0.2.1:2 fin what 3    | 'what' is not expected here
        udp 10.0.0.1:1 > 192.0.2.1:2 fragment 7    | a multiple of 8
        ffffffffffffffffffffffffffffffffffffffff   | not an IP packet
        """)
    void shouldSayWhyAPacketCannotBeRead(String packet, String message) {
        assertThat(run(new ExplainCommand(), rules.toString(), packet)).isEqualTo(2);
        assertThat(err.toString().strip()).startsWith("firewall: ").contains(message).doesNotContain("\n");
    }
}

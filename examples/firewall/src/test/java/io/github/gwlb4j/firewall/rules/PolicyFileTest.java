package io.github.gwlb4j.firewall.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyFileTest {
    private static Policy parse(String... lines) throws RuleFileException {
        return PolicyFile.parse("test.rules", Arrays.asList(lines));
    }

    @Test
    void shouldReadEveryPartOfARule() throws RuleFileException {
        Rule rule = parse("deny tcp from 10.0.0.0/8 port 1024-65535 to 192.0.2.1 port 80,443 endpoint vpce-00123456789abcdef # why")
                .rule(0);

        assertThat(rule.action()).isEqualTo(Action.DENY);
        assertThat(rule.protocol()).isEqualTo(6);
        assertThat(rule.source()).hasToString("10.0.0.0/8");
        assertThat(rule.sourcePorts()).hasToString("1024-65535");
        assertThat(rule.destination()).hasToString("192.0.2.1");
        assertThat(rule.destinationPorts()).hasToString("80,443");
        assertThat(rule.endpoints().ids()).containsExactly(0x0123_4567_89ab_cdefL);
        assertThat(rule.line()).isEqualTo(1);
    }

    @Test
    void shouldTakeAPortOfEitherEndWhenNoEndIsNamed() throws RuleFileException {
        Rule rule = parse("deny udp from 10.0.0.0/8 port 1024-65535 to any port 53").rule(0);
        assertThat(rule.eitherPorts().isAny()).isTrue();
        assertThat(parse("deny udp port 53").rule(0).eitherPorts()).hasToString("53");
    }

    @Test
    void shouldReadWhatAWindowsEditorWrites(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("bom.rules"), "\ufeffallow\ttcp\r\n\r\ndefault deny\r\n");
        assertThat(PolicyFile.read(file).rule(0).protocol()).isEqualTo(6);
    }

    @Test
    void shouldSayInOneShortLineThatAFileIsNoRuleFile(@TempDir Path folder) throws Exception {
        Path zeros = Files.write(folder.resolve("zeros"), new byte[100_000]);
        Path huge = Files.write(folder.resolve("huge"), new byte[17 << 20]);
        Path steering = Files.writeString(folder.resolve("steering"), "allow \u001b[31mred");

        Path reversing = Files.writeString(folder.resolve("reversing"), "allow tcp from \u202e1.0.0.01");

        assertThatThrownBy(() -> PolicyFile.read(reversing)).hasMessageEndingWith(":1: a control character in a line: not a text file");
        Path separating = Files.writeString(folder.resolve("separating"), "allow\u2028deny");
        assertThatThrownBy(() -> PolicyFile.read(separating)).hasMessageEndingWith(":1: a control character in a line: not a text file");
        assertThatThrownBy(() -> PolicyFile.read(zeros)).hasMessage(zeros + ":1: more than 4096 characters in a line");
        assertThatThrownBy(() -> PolicyFile.read(huge)).hasMessage(huge + ": not a rule file: more than 16 MiB");
        assertThatThrownBy(() -> PolicyFile.read(steering)).hasMessageEndingWith(":1: a control character in a line: not a text file");
    }

    @Test
    void shouldPassEverythingWithTheOneLineDefaultAllow() throws RuleFileException {
        Policy rules = parse("default allow");
        assertThat(rules.ruleCount()).isOne();
        assertThat(rules.rule(0).action()).isEqualTo(Action.ALLOW);
    }

    @Test
    void shouldDenyByDefaultWhenTheFileSaysNothing() throws RuleFileException {
        assertThat(parse("", "  # only a comment").rule(0).action()).isEqualTo(Action.DENY);
    }

    @Test
    void shouldPutTheDefaultPolicyLastWhereverItStands() throws RuleFileException {
        Policy rules = parse("default allow", "deny icmp", "deny 47");
        assertThat(rules.ruleCount()).isEqualTo(3);
        assertThat(rules.rule(0).protocol()).isEqualTo(Rule.ANY_ICMP);
        assertThat(rules.rule(1).protocol()).isEqualTo(47);
        assertThat(rules.rule(2).text()).isEqualTo("default allow");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        accept tcp                              | 'accept' is not an action
        allow tpc                               | 'tpc' is not a protocol
        allow 256                               | '256' is not a protocol
        allow tcp from                          | 'from' needs a value
        allow tcp from 10.0.0.1/33              | the number of network bits must be 0 to 32
        allow tcp from 10.0.0.1/8               | did you mean 10.0.0.0/8?
        allow tcp from 2001:db8::1/32           | did you mean 2001:db8::/32?
        allow tcp from 10.0.0.256               | '10.0.0.256' is not an IPv4 or IPv6 address
        allow tcp from example.com              | 'example.com' is not an IPv4 or IPv6 address
        allow tcp from 1::2::3                  | '1::2::3' is not an IPv4 or IPv6 address
        allow tcp to any port 65536             | '65536' is not a list of ports
        allow tcp to any port 443-80            | port range '443-80' is empty
        allow tcp to any port 80,,443           | is not a list of ports
        allow icmp to any port 80               | 'port' needs a protocol that has ports
        allow tcp from 10.0.0.1 to ::1          | no packet goes from an IPv4 to an IPv6 address
        allow tcp from any from any             | 'from' is there twice
        allow tcp to any port 1 port 2 port 3   | 'port' is there twice
        allow tcp port                          | 'port' needs a value
        allow endpoint vpce-xyz                 | is not an endpoint id
        default                                 | 'default' must be followed by allow, deny or reject
        default maybe                           | 'default' must be followed by allow, deny or reject
        default allow tcp                       | 'tcp' is not expected here
        """)
    void shouldNameFileLineAndReasonOfABadRule(String line, String message) {
        assertThatThrownBy(() -> parse("allow udp", line)).isInstanceOf(RuleFileException.class)
                .hasMessageStartingWith("test.rules:2: ").hasMessageContaining(message).message().doesNotContain("\n");
    }

    @Test
    void shouldRefuseASecondDefaultPolicy() {
        assertThatThrownBy(() -> parse("default deny", "default allow"))
                .hasMessage("test.rules:2: the default policy is set already in line 1");
    }

    @Test
    void shouldSayInOneLineWhyAFileCannotBeRead(@TempDir Path folder) throws Exception {
        assertThatThrownBy(() -> PolicyFile.read(folder.resolve("none"))).hasMessageEndingWith("none: no such file");
        assertThatThrownBy(() -> PolicyFile.read(folder)).hasMessageContaining("it is a directory");
        Path binary = Files.write(folder.resolve("binary"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        assertThatThrownBy(() -> PolicyFile.read(binary)).hasMessageContaining("not a text file");
    }
}

package io.github.gwlb4j.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.file.Files;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the command line of the firewall answers and refuses. */
class FirewallCommandTest extends FirewallProcessLab {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        check RULES                                                         | 0 | ok: 1 rule
        check BAD                                                           | 2 | bad.rules:2: 'tpc' is not a protocol
        explain RULES udp 10.0.0.1:5000 > 192.0.2.1:53                      | 0 | verdict: deny
        explain RULES udp 10.0.0.1 > 192.0.2.1:99999                        | 2 | 99999
        """)
    void shouldAnswerQuestionsAboutRules(String arguments, int exitCode, String message) throws Exception {
        String bad = Files.writeString(folder.resolve("bad.rules"), "allow udp\nallow tpc\n").toString();
        firewall.start(arguments.strip().replace("RULES", firewall.rulesFile("deny udp port 53\ndefault allow\n")).replace("BAD", bad).split("\\s+"));
        String printed = firewall.output().lines().collect(Collectors.joining("\n"));
        assertThat(firewall.process().waitFor()).as(printed + firewall.errors()).isEqualTo(exitCode);
        assertThat(printed + firewall.errors()).contains(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        --rules RULES --bogus                                     | Unknown option: '--bogus'
        --listen 127.0.0.1                                        | Missing required option: '--rules=FILE'
        --rules no-such-file                                      | no-such-file: no such file
        --rules FOLDER                                            | it is a directory
        --rules BAD                                               | bad.rules:2: 'tpc' is not a protocol
        --rules RULES --listen 127.0.0.1:0                        | the port must be 1 to 65535
        --rules RULES --listen 192.0.2.1                          | This machine does not have this address
        --rules RULES --listen TAKEN                              | Another program has this port
        --rules RULES --listen TAKEN --workers 2                  | Another program has this port
        --rules RULES --source-cidr 10.0.0.1/8                    | did you mean 10.0.0.0/8?
        --rules RULES --workers 0                                 | workers is 0, must be 1 to 256
        --rules RULES --max-connections 0                         | must be 1 or more
        --rules RULES --tcp-timeout 5                             | --tcp-timeout is 5, must be 60 to 6000
        --rules RULES --on-reload maybe                           | expected one of [KEEP, RECHECK] (case-insensitive) but was 'maybe'
        --rules RULES --web                                       | say --health-port PORT, too
        --rules RULES --health-port 70000                         | --health-port is 70000, must be 1 to 65535
        --rules RULES --sample 5                                  | say --decisions FILE, too
        --rules RULES --decisions-per-second 5                    | say --decisions FILE, too
        --rules RULES --capture-filter udp                        | say --capture FILE, too
        --rules RULES --capture FOLDER/x --capture-filter bogus   | bogus
        --rules RULES --decisions FOLDER                          | FOLDER
        --rules RULES --decisions FOLDER/x --sample 0             | sampleEvery is 0, must be 1 to
        """)
    void shouldEndWithOneClearLineAndExitCodeTwoWhenToldSomethingWrong(String arguments, String message) throws Exception {
        try (DatagramSocket taken = new DatagramSocket(null)) {
            taken.setOption(StandardSocketOptions.SO_REUSEPORT, true); // as another firewall's workers do
            taken.bind(new InetSocketAddress("127.0.0.1", 0));
            String filled = arguments.replace("RULES", firewall.rulesFile("default allow\n")).replace("FOLDER", folder.toString())
                    .replace("BAD", Files.writeString(folder.resolve("bad.rules"), "allow udp\nallow tpc\n").toString())
                    .replace("TAKEN", "127.0.0.1:" + taken.getLocalPort());

            firewall.start(filled.strip().split("\\s+"));

            assertThat(firewall.process().waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(firewall.process().exitValue()).isEqualTo(2);
            assertThat(firewall.errors().strip()).startsWith("firewall: ").contains(message.replace("FOLDER", folder.toString())).doesNotContain("\n");
        }
    }

    @Test
    void shouldTellItsOptionsAndTheRuleSyntaxWithHelp() throws Exception {
        firewall.start("--help");
        String help = firewall.output().lines().collect(Collectors.joining("\n"));
        assertThat(firewall.process().waitFor()).isZero();
        assertThat(help).contains("--rules=FILE", "--listen=ADDRESS[:PORT]", "default allow|deny", "check RULES");
        assertThat(help.lines().filter(line -> line.matches("\\s+(-., )?--.*"))).as("options in one line each")
                .hasSizeGreaterThan(20).allMatch(line -> line.matches("\\s+(-., )?--\\S+\\s+\\S.*[.]"));
    }
}

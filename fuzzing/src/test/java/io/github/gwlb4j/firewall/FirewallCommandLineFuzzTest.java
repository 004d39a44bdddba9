package io.github.gwlb4j.firewall;

import io.github.gwlb4j.fuzzing.Fuzzer;
import io.github.gwlb4j.fuzzing.Messages;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Any words as the firewall's command line, one a line: understood, or refused with exit code 2 and one line. */
public class FirewallCommandLineFuzzTest {
    @Test
    void shouldUnderstandACommandLineOrRefuseItInOneLine() {
        Fuzzer.of("firewall-command-line", FirewallCommandLineFuzzTest::fuzzerTestOneInput)
                .seeds("--rules=a.rules\n--listen\n127.0.0.1:6081\n--source-cidr=10.0.0.0/8\n--workers=2\n--class\n0x0108\n--health-port=8080\n--drain\n5",
                        "--rules\na\n--max-connections=1000\n--idle=350\n--dry-run\n--watch\n--quiet\n--log=decisions.json\n--capture=a.pcapng\n--ui",
                        "check\na.rules", "explain\na.rules\ntcp 10.0.0.1 > 10.0.0.2")
                .words("--listen", "[::1]:6081", "0.0.0.0", "--class", "-0x1", "--workers", "--help", "--version", "--log-allowed", "--capture-filter", "tcp port 80")
                .maxLength(2000).run(200);
    }

    /** Also Jazzer's entry. */
    public static void fuzzerTestOneInput(byte[] input) {
        String[] arguments = Messages.text(input).split("\n");
        for (String argument : arguments) {
            if (argument.startsWith("@") || hasHostName(argument)) {
                return; // a file of arguments; a name to look up
            }
        }
        CommandLine line = FirewallMain.commandLine(null);
        StringWriter err = new StringWriter();
        line.setErr(new PrintWriter(err, true));
        try {
            line.parseArgs(arguments);
        } catch (ParameterException e) {
            int code = refuse(line, e, arguments);
            if (code != 2 || !err.toString().startsWith("firewall: ")) {
                throw new AssertionError("exit code " + code + ": " + err);
            }
            Messages.requireOneLine(err.toString().substring(0, err.toString().length() - System.lineSeparator().length()));
        }
    }

    /** An address that is none is looked up as a name: right for a person, too slow here. */
    private static boolean hasHostName(String argument) {
        return argument.matches("(?s)(--listen=?)?[^-]*") && !argument.matches("(--listen=?)?[0-9.:\\[\\]/]*");
    }

    private static int refuse(CommandLine line, ParameterException e, String... arguments) {
        try {
            return line.getParameterExceptionHandler().handleParseException(e, arguments);
        } catch (Exception other) {
            throw new AssertionError(other);
        }
    }
}

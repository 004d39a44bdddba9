package io.github.gwlb4j.handler;

import io.github.gwlb4j.fuzzing.Fuzzer;
import io.github.gwlb4j.fuzzing.Messages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.ParameterException;

/** Any text as the tunnel handler's configuration file, and as its command line, one word a line: settings, or one line that says what is wrong. */
public class HandlerSettingsFuzzTest {
    private static final Path FILE = file();

    private static Path file() {
        try {
            Path file = Files.createTempFile("fuzz", ".conf");
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldReadAConfigurationFileOrSayWhatIsWrong() {
        Fuzzer.of("handler-config", HandlerSettingsFuzzTest::fuzzerTestOneInput)
                .seeds("# the handler\ncmdnew = /opt/a.sh\nport = 8080\njson\ndrain = 300\nlisten = 127.0.0.1:6081\nsource-cidr = 10.0.0.0/8\nsource-cidr = 192.0.2.0/24\n",
                        "udpaffinity=0-2,5\ntunthreads = 4\nclass = 0x0108\nallow-endpoint = vpce-0123456789abcdef0\npre-create=0123,0456\nmtu = 8500\noffload = true\n",
                        "timeout = 60\nidle = 350\nmax-flows = 1000\nlogging = core=debug,udp=info\none-way = false\ntap\nmetrics = 8080\n")
                .words("=", "true", "false", "config", "help", "port", "json", "listen", "[::1]:6081", "source-cidr", "class", "0x", "-0x1", "--", "mtu", "${env:HOME}", "\"").run(150);
    }

    @Test
    void shouldReadACommandLineOrSayWhatIsWrong() {
        Fuzzer.of("handler-command-line", HandlerSettingsFuzzTest::tryCommandLine)
                .seeds("-c\n/opt/a.sh\n-p\n8080\n-j\n--drain=5\n--listen\n127.0.0.1", "-s\n-t60\n-i\n350\n--udpaffinity=0-2,5\n--source-cidr=10.0.0.0/8,192.0.2.0/24\n--logging\nall=off",
                        "--offload\n--mtu=1500\n--one-way\n--allow-endpoint=0123,0456")
                .words("-c", "-p", "--port=", "--listen", "[::1]:6081", "--class", "0x0167", "--mtu", "-x", "--tap").maxLength(2000).run(150);
    }

    /** Also Jazzer's entry. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        if (!hasHostName(Messages.text(input))) {
            Files.write(FILE, input);
            tryArguments("--config", FILE.toString());
        }
    }

    private static void tryCommandLine(byte[] input) {
        String text = Messages.text(input);
        if (!hasHostName(text) && !text.contains("@") && !text.contains("--config")) { // those read files of this machine
            tryArguments(text.split("\n"));
        }
    }

    /** An address that is none is looked up as a name: right for a person, too slow here. */
    private static boolean hasHostName(String text) {
        return text.contains("listen") && !text.matches("(?s).*listen\\s*[=\\n]\\s*[0-9.:\\[\\]]*\\s*(\\n.*)?");
    }

    private static void tryArguments(String... arguments) {
        try {
            GwlbtunMain.settings(arguments);
        } catch (ParameterException | IllegalArgumentException e) {
            Messages.requireOneLine(e.getMessage().replaceAll("\\s*\\R\\s*", " ")); // as the handler prints it
        }
    }
}

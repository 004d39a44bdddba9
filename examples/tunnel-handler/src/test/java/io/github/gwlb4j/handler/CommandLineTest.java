package io.github.gwlb4j.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.gwlb.TunnelMode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandLineTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    @TempDir
    private Path folder;

    private int execute(String arguments) {
        return GwlbtunMain.execute(new PrintWriter(out, true), new PrintWriter(err, true), words(arguments));
    }

    private static String[] words(String arguments) {
        return arguments.isBlank() ? new String[0] : arguments.strip().split("\\s+");
    }

    private Path config(String text) throws IOException {
        return Files.writeString(folder.resolve("gwlbtun.conf"), text);
    }

    @Test
    void shouldHaveTheDefaultsOfTheHandlerThatItReplaces() {
        HandlerSettings settings = GwlbtunMain.settings();

        settings.check();
        assertThat(settings.mode()).isEqualTo(TunnelMode.TUN);
        assertThat(settings.tunnels().timeoutSeconds).isZero();
        assertThat(settings.tunnels().idleSeconds).isEqualTo(350);
        assertThat(settings.tunnels().mtu).isEqualTo(8500);
        assertThat(settings.network().listen).isEqualTo(new InetSocketAddress("0.0.0.0", 6081));
        assertThat(settings.network().optionClass).isEqualTo(0x0108);
        assertThat(settings.health().port).isNull();
        assertThat(settings.drain()).isZero();
        assertThat(settings.threads().workers()).isEqualTo(Math.min(16, Runtime.getRuntime().availableProcessors()));
    }

    @ParameterizedTest
    @CsvSource({
        "-c /bin/true -r /bin/false -t 5 -i 400 -p 8080 -j -s -d -x",
        "--cmdnew /bin/true --cmddel /bin/false --timeout 5 --idle 400 --port 8080 --json --status-only --debug --hexdump",
        "--cmdnew=/bin/true --cmddel=/bin/false --timeout=5 --idle=400 --port=8080 -jsdx",
        "-c/bin/true -r/bin/false -t5 -i400 -jsdxp8080"})
    void shouldTakeShortAndLongFormsAsGetoptDoes(String arguments) {
        HandlerSettings settings = GwlbtunMain.settings(words(arguments));

        settings.check();
        assertThat(settings.tunnels().createScript).isEqualTo(Path.of("/bin/true"));
        assertThat(settings.tunnels().destroyScript).isEqualTo(Path.of("/bin/false"));
        assertThat(settings.tunnels().timeoutSeconds).isEqualTo(5);
        assertThat(settings.tunnels().idleSeconds).isEqualTo(400);
        assertThat(settings.health().port).isEqualTo(8080);
        assertThat(settings.health().isJson && settings.health().isStatusOnly).isTrue();
        assertThat(settings.logging().isDebug && settings.logging().isHexDump).isTrue();
    }

    @Test
    void shouldLetTheLastOneCountWhenAnOptionStandsTwice() {
        assertThat(GwlbtunMain.settings("-p", "1", "--port", "2").health().port).isEqualTo(2);
    }

    @Test
    void shouldTakeWhatTheLibraryAdds() {
        HandlerSettings settings = GwlbtunMain.settings(words("--source-cidr 10.0.0.0/24 --source-cidr 10.0.1.0/24,10.0.2.0/24 "
                + "--allow-endpoint vpce-00000000000000007 --allow-endpoint 8 --pre-create 7 --max-tunnels 9 --max-flows 10 --class 0x0167 "
                + "--hook-timeout 3 --drain 300 --metrics 9100 --listen 127.0.0.1:7000 --mtu 1500 --logging core=debug,UDP=Important"));

        settings.check();
        assertThat(settings.network().sources).hasToString("[10.0.0.0/24, 10.0.1.0/24, 10.0.2.0/24]");
        assertThat(settings.network().endpoints).containsExactly(7L, 8L);
        assertThat(settings.tunnels().preCreated).containsExactly(7L);
        assertThat(settings.network().optionClass).isEqualTo(0x0167);
        assertThat(settings.drain()).hasSeconds(300);
        assertThat(settings.health().metricsPort).isEqualTo(9100);
        assertThat(GwlbtunMain.settings("--one-way").mode()).isEqualTo(TunnelMode.TUN_ONE_WAY);
        assertThat(GwlbtunMain.settings("--tap").mode()).isEqualTo(TunnelMode.INLINE_WITH_TAP);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        --udpthreads 3                          | 3 | ''
        --tunthreads 2 --udpthreads 4           | 4 | ''
        --udpaffinity 0-2,5                     | 4 | 0 1 2 5
        --udpaffinity 1 --tunaffinity 2-3       | 2 | 2 3
        --udpaffinity 1 --udpthreads 7          | 1 | 1
        --udpaffinity 1,0 --tunthreads 4        | 4 | 1 0
        """)
    void shouldStartAsManyWorkersAsTheSideThatAsksForMore(String arguments, int workers, String cpus) {
        HandlerSettings settings = GwlbtunMain.settings(words(arguments));
        assertThat(settings.threads().workers()).isEqualTo(workers);
        assertThat(settings.threads().cpus().toString().replaceAll("[\\[\\],]", "")).isEqualTo(cpus);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        --bogus                             | Unknown option: '--bogus'
        surplus                             | Unmatched argument at index 0: 'surplus'
        -c                                  | Missing required parameter for option '--cmdnew' (FILE)
        -t soon                             | 'soon' is not an int
        -t -1                               | -t/--timeout is -1, must be 0 to
        -i 0                                | -i/--idle is 0, must be 1 to 86400
        -p 0                                | -p/--port is 0, must be 1 to 65535
        -p 70000                            | -p/--port is 70000, must be 1 to 65535
        -p 8080 --metrics 9100              | --metrics 9100 contradicts --port 8080
        --tap --one-way                     | --tap contradicts --one-way
        --one-way --max-flows 10            | --max-flows contradicts --one-way
        --offload --tap                     | --offload contradicts --tap
        --offload -x                        | --offload contradicts -x/--hexdump
        --udpthreads 0                      | --udpthreads is 0, must be 1 to 256
        --tunthreads 257                    | --tunthreads is 257, must be 1 to 256
        --udpaffinity 3-1                   | '3-1' is not a range of CPUs
        --udpaffinity 1,,2                  | is not a list of CPUs as in 0-2,5
        --udpaffinity 1,1                   | CPU 1 is named twice
        --tunaffinity 1023                  | CPU 1023 of --udpaffinity or --tunaffinity does not exist
        --logging core                      | 'core' is not SECTION=LEVEL
        --logging net=debug                 | there is no log section 'net'; known: core, udp, geneve, tunnel
        --logging core=loud                 | there is no log level 'loud'; known: critical, important
        --source-cidr 10.0.0.1/8            | did you mean 10.0.0.0/8?
        --allow-endpoint vpce-xyz           | is not an endpoint id
        --class 0xzz                        | is not a number as in 264 or 0x0108
        --listen 127.0.0.1:0                | the port must be 1 to 65535
        --hook-timeout 0                    | --hook-timeout is 0, must be 1 to 86400
        --drain -5                          | --drain is -5, must be 0 to 86400
        --config /no/such/file              | cannot read /no/such/file: no such file
        --config /dev/zero                  | cannot read /dev/zero: it is no configuration file: more than 1 MiB
        doctor --bogus                      | Unknown option: '--bogus'
        """)
    void shouldEndWithOneLineAndExitCodeTwoWhenTheCommandLineIsWrong(String arguments, String message) {
        assertThat(execute(arguments)).isEqualTo(2);
        assertThat(err.toString().strip()).startsWith("gwlbtun: ").contains(message).doesNotContain("\n");
    }

    @Test
    void shouldTellEveryOptionUnderAHeadingWithHelp() {
        assertThat(execute("--help")).isZero();
        assertThat(out.toString()).contains("Tunnels, scripts and flows:", "GENEVE:", "Health and stopping:", "Threads:", "Log and captures:", "General:",
                "-c, --cmdnew=FILE", "-r, --cmddel=FILE", "-t, --timeout=SECONDS", "-i, --idle=SECONDS", "-p, --port=PORT", "-j, --json",
                "-s, --status-only", "-d, --debug", "-x, --hexdump", "--udpthreads", "--udpaffinity", "--tunthreads", "--tunaffinity", "--logging",
                "--source-cidr", "--allow-endpoint", "--max-tunnels", "--max-flows", "--pre-create", "--class", "--one-way", "--tap",
                "--hook-timeout", "--drain", "--metrics", "--pcapng", "--listen", "--mtu", "--config", "-h, --help", "--version", "doctor");
        assertThat(out.toString().lines()).allMatch(line -> line.length() <= 110);
        assertThat(out.toString().split("--pcapng=FILE", -1)).as("each option once").hasSize(2);
    }

    @Test
    void shouldTellItsVersion() {
        assertThat(execute("--version")).isZero();
        assertThat(out.toString()).startsWith("gwlbtun (gwlb4j) ");
    }

    @Test
    void shouldReadSettingsFromAFileAndLetTheCommandLineWin() throws IOException {
        Path file = config("""
                # the appliance
                cmdnew = /bin/true
                port=8080
                json
                debug = true
                hexdump = false
                source-cidr = 10.0.0.0/24
                source-cidr = 10.0.1.0/24
                allow-endpoint = 7
                """);

        HandlerSettings settings = GwlbtunMain.settings("--config", file.toString(), "-p", "9090", "-j", "--allow-endpoint", "8");

        assertThat(settings.tunnels().createScript).isEqualTo(Path.of("/bin/true"));
        assertThat(settings.health().port).isEqualTo(9090);
        assertThat(settings.health().isJson && settings.logging().isDebug).isTrue();
        assertThat(settings.logging().isHexDump).isFalse();
        assertThat(settings.network().sources).hasSize(2);
        assertThat(settings.network().endpoints).containsExactly(8L);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        port = 80;prot = 1      | :2: there is no setting 'prot'
        -p = 80                 | :1: there is no setting '-p'
        config = other          | :1: there is no setting 'config'
        ;port                   | :2: 'port' needs a value: port = PORT
        port =                  | :1: 'port' has no value
        json = maybe            | :1: 'json' is true or false, not 'maybe'
        port = 1;port = 2       | 'port' is set at
        #;;port = high          | :3: Invalid value for option '--port': 'high' is not an int
        source-cidr = 10.0.0.1/8| :1: Invalid value for option '--source-cidr'
        """)
    void shouldNameTheLineWhenTheFileIsWrong(String lines, String message) throws IOException {
        Path file = config(lines.replace(';', '\n'));
        assertThat(execute("--config " + file)).isEqualTo(2);
        assertThat(err.toString().strip()).startsWith("gwlbtun: " + file).contains(message).doesNotContain("\n");
    }

    @Test
    void shouldNameTheOptionWhenTheLibraryRefusesAScriptOrANumber() {
        HandlerSettings scripts = GwlbtunMain.settings("-c", "/no/such/script");
        assertThatThrownBy(() -> scripts.build(new InterfaceWatch(TunnelMode.TUN), null)).hasMessage("-c/--cmdnew /no/such/script does not exist: check the path");
        HandlerSettings flows = GwlbtunMain.settings("--max-flows", "0");
        assertThatThrownBy(() -> flows.build(new InterfaceWatch(TunnelMode.TUN), null)).hasMessageStartingWith("--max-flows is 0, must be 1 to ");
    }
}

package io.github.gwlb4j.firewall.inspect;

import static io.github.gwlb4j.firewall.inspect.ClientBytes.ascii;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.clientHello;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.extension;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.helloStart;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.helloWithExtensions;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.inRecordsOf;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.join;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.message;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.record;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.serverName;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.u16;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TlsClientHelloTest {
    private static final int ENCRYPTED_CLIENT_HELLO = 0xfe0d;
    private static final int GREASE = 0x2a2a;
    private static final String NAME = "www.example.com";

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void shouldFindTheNameInTheJdksClientHello(String protocol) {
        assertFound(clientHello("WWW.Example.com", protocol));
    }

    @Test
    void shouldFindNoNameWhenTheClientNamesNoServer() {
        assertThat(statusOf(clientHello(null))).isEqualTo(NameStatus.NONE);
    }

    @ParameterizedTest
    @CsvSource({"-tls1_3,FOUND", "-tls1_2,FOUND", "-noservername,NONE"})
    void shouldReadWhatOpensslSends(String option, NameStatus expected) throws Exception {
        byte[] hello = helloOf("openssl", "s_client", option, option.equals("-noservername") ? "-tls1_3" : "-servername",
                option.equals("-noservername") ? "-quiet" : "WWW.Example.com", "-connect");
        StreamFeed feed = new StreamFeed(443);
        assertThat(feed.send(0, hello)).isEqualTo(expected);
        assertThat(feed.name()).isEqualTo(expected == NameStatus.FOUND ? NAME : "");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 38, 100, 1000})
    void shouldFindTheNameWhenTheMessageIsSpreadOverRecords(int bytes) {
        assertFound(inRecordsOf(bytes, clientHello(NAME)));
    }

    static Stream<Arguments> hellos() {
        byte[] name = serverName(NAME);
        byte[] body = join(helloStart(), u16(name.length), name);
        return Stream.of(
                arguments("plain", NameStatus.FOUND, helloWithExtensions(name)),
                arguments("a dot at the end", NameStatus.FOUND, helloWithExtensions(serverName(NAME + "."))),
                arguments("GREASE around it", NameStatus.FOUND, helloWithExtensions(extension(GREASE, new byte[0]), name, extension(0xfafa, new byte[1]))),
                arguments("ECH: the outer name counts", NameStatus.FOUND, helloWithExtensions(name, extension(ENCRYPTED_CLIENT_HELLO, new byte[200]))),
                arguments("another handshake message behind it", NameStatus.FOUND, record(join(message(body), new byte[50]))),
                arguments("another record behind it", NameStatus.FOUND, join(record(message(body)), new byte[] {20, 3, 3, 0, 1, 1})),
                arguments("ECH only", NameStatus.NONE, helloWithExtensions(extension(ENCRYPTED_CLIENT_HELLO, new byte[200]))),
                arguments("no extension", NameStatus.NONE, helloWithExtensions()),
                arguments("no extensions field", NameStatus.NONE, record(message(helloStart()))),
                arguments("SSLv2 hello", NameStatus.NONE, join(new byte[] {(byte) 0x80, 46, 1, 3, 1}, new byte[43])),
                arguments("an alert first", NameStatus.NONE, new byte[] {21, 3, 3, 0, 2, 1, 0}),
                arguments("major version 2", NameStatus.NONE, new byte[] {22, 2, 0, 0, 9}),
                arguments("the name twice", NameStatus.MALFORMED, helloWithExtensions(name, name)),
                arguments("two names in the list", NameStatus.MALFORMED, helloWithExtensions(extension(0, join(u16(16),
                        new byte[] {0}, u16(5), ascii("a.com"), new byte[] {0}, u16(5), ascii("b.com"))))),
                arguments("unknown name type", NameStatus.MALFORMED, helloWithExtensions(extension(0, join(u16(8), new byte[] {1}, u16(5), ascii("a.com"))))),
                arguments("empty name", NameStatus.MALFORMED, helloWithExtensions(serverName(""))),
                arguments("empty list", NameStatus.MALFORMED, helloWithExtensions(extension(0, u16(0)))),
                arguments("empty extension", NameStatus.MALFORMED, helloWithExtensions(extension(0, new byte[0]))),
                arguments("list longer than the extension", NameStatus.MALFORMED, helloWithExtensions(extension(0, join(u16(9), new byte[] {0}, u16(5), ascii("a.com"))))),
                arguments("name longer than the list", NameStatus.MALFORMED, helloWithExtensions(extension(0, join(u16(8), new byte[] {0}, u16(6), ascii("a.com"))))),
                arguments("name longer than the message", NameStatus.MALFORMED, helloWithExtensions(extension(0, join(u16(8), new byte[] {0}, u16(5), ascii("a"))))),
                arguments("a NUL in the name", NameStatus.MALFORMED, helloWithExtensions(serverName("evil.example\0.example.com"))),
                arguments("a space in the name", NameStatus.MALFORMED, helloWithExtensions(serverName("example.com "))),
                arguments("a port in the name", NameStatus.MALFORMED, helloWithExtensions(serverName("example.com:443"))),
                arguments("an empty label", NameStatus.MALFORMED, helloWithExtensions(serverName("www..com"))),
                arguments("a name of 254 bytes", NameStatus.MALFORMED, helloWithExtensions(serverName("a.".repeat(126) + "aa"))),
                arguments("extensions shorter than stated", NameStatus.MALFORMED, record(message(join(helloStart(), u16(name.length + 1), name)))),
                arguments("extensions longer than stated", NameStatus.MALFORMED, record(message(join(helloStart(), u16(name.length - 1), name)))),
                arguments("a byte behind the last extension", NameStatus.MALFORMED, helloWithExtensions(name, new byte[1])),
                arguments("cut in the random", NameStatus.MALFORMED, record(message(new byte[20]))),
                arguments("session id longer than the message", NameStatus.MALFORMED, record(message(join(new byte[34], new byte[] {9})))),
                arguments("an empty message", NameStatus.MALFORMED, record(message(new byte[0]))),
                arguments("an empty record", NameStatus.MALFORMED, record(new byte[0])),
                arguments("a record of 2^14+1 bytes", NameStatus.MALFORMED, new byte[] {22, 3, 1, 0x40, 1}),
                arguments("a ServerHello", NameStatus.MALFORMED, record(new byte[] {2, 0, 0, 0})),
                arguments("another record type inside", NameStatus.MALFORMED, join(record(new byte[] {1, 0}), new byte[] {23, 3, 1, 0, 1, 0})),
                arguments("a message of 1 MiB", NameStatus.TOO_LONG, record(new byte[] {1, 0x10, 0, 0})),
                arguments("nothing but a record header", NameStatus.NEED_MORE, new byte[] {22, 3, 1, 0, 100}));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("hellos")
    void shouldJudgeByTheProtocolsRules(String what, NameStatus expected, byte[] hello) {
        StreamFeed feed = new StreamFeed(443);
        assertThat(feed.send(0, hello)).isEqualTo(expected);
        assertThat(feed.name()).isEqualTo(expected == NameStatus.FOUND ? NAME : "");
        StreamFeed byteByByte = new StreamFeed(443);
        for (int i = 0; i < hello.length; i++) {
            byteByByte.send(hello, i, i + 1);
        }
        assertThat(byteByByte.stream.status()).as("byte by byte").isEqualTo(expected);
    }

    @Test
    void shouldNotDecideOneByteBeforeTheMessageIsWhole() {
        byte[] hello = clientHello(NAME);
        StreamFeed feed = new StreamFeed(443);
        assertThat(feed.send(hello, 0, hello.length - 1)).isEqualTo(NameStatus.NEED_MORE);
        assertThat(feed.name()).isEmpty();
    }

    private static void assertFound(byte[] hello) {
        StreamFeed feed = new StreamFeed(443);
        assertThat(feed.send(0, hello)).isEqualTo(NameStatus.FOUND);
        assertThat(feed.name()).isEqualTo(NAME);
    }

    private static NameStatus statusOf(byte[] hello) {
        return new StreamFeed(443).send(0, hello);
    }

    /** The first bytes that a program sends to HOST:PORT, its last argument. */
    private static byte[] helloOf(String... command) throws IOException, InterruptedException {
        assumeTrue(Stream.of("/usr/bin", "/bin", "/usr/local/bin").anyMatch(d -> Files.isExecutable(Path.of(d, command[0]))),
                "no " + command[0] + " on this machine");
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            server.setSoTimeout(10_000);
            List<String> words = new ArrayList<>(Arrays.asList(command));
            words.add("127.0.0.1:" + server.getLocalPort());
            Process process = new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            try (Socket socket = server.accept()) {
                socket.setSoTimeout(10_000);
                byte[] header = socket.getInputStream().readNBytes(5);
                return join(header, socket.getInputStream().readNBytes((header[3] & 0xff) << 8 | header[4] & 0xff));
            } finally {
                process.destroy();
                process.waitFor(10, TimeUnit.SECONDS);
            }
        }
    }
}

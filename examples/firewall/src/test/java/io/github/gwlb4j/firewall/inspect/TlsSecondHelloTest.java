package io.github.gwlb4j.firewall.inspect;

import static io.github.gwlb4j.firewall.inspect.ClientBytes.extension;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.helloWithExtensions;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.inRecordsOf;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.join;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.record;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.serverName;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.u16;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TlsSecondHelloTest {
    private static final byte[] VERSIONS = extension(43, new byte[] {2, 3, 4});
    private static final byte[] EARLY_DATA = extension(42, new byte[0]);
    private static final byte[] FIRST = helloWithExtensions(serverName("a.example"), VERSIONS);
    private static final byte[] FIRST_WITH_EARLY_DATA = helloWithExtensions(serverName("a.example"), VERSIONS, EARLY_DATA);
    private static final byte[] SAME = helloWithExtensions(VERSIONS, serverName("A.Example."));
    private static final byte[] OTHER = helloWithExtensions(VERSIONS, serverName("b.example"));
    private static final byte[] CHANGE_CIPHER_SPEC = {20, 3, 3, 0, 1, 1};
    private static final byte[] ENCRYPTED = join(new byte[] {23, 3, 3}, u16(100), new byte[100]);

    static Stream<Arguments> clients() {
        byte[] keyExchange = record(new byte[] {16, 0, 0, 2, 9, 9});
        byte[] finishedThatLooksLikeAHello = record(join(new byte[] {1, 0, 0, 36}, new byte[36]));
        return Stream.of(
                arguments("of the same name", NameStatus.FOUND, true, join(FIRST, CHANGE_CIPHER_SPEC, SAME)),
                arguments("of another name", NameStatus.MALFORMED, false, join(FIRST, OTHER)),
                arguments("of another name behind change_cipher_spec", NameStatus.MALFORMED, false, join(FIRST, CHANGE_CIPHER_SPEC, OTHER)),
                arguments("of another name in many records", NameStatus.MALFORMED, false, join(FIRST, inRecordsOf(3, OTHER))),
                arguments("of another name behind early data", NameStatus.MALFORMED, false, join(FIRST_WITH_EARLY_DATA, ENCRYPTED, ENCRYPTED, OTHER)),
                arguments("without a name", NameStatus.MALFORMED, false, join(FIRST, helloWithExtensions(VERSIONS))),
                arguments("of another name behind an empty record", NameStatus.MALFORMED, false, join(FIRST, record(new byte[0]), OTHER)),
                arguments("of another name, too long to be read", NameStatus.MALFORMED, false,
                        join(FIRST, inRecordsOf(10_000, helloWithExtensions(extension(21, new byte[20_000]), serverName("b.example"))))),
                arguments("of two names", NameStatus.MALFORMED, false, join(FIRST, helloWithExtensions(serverName("a.example"), serverName("b.example")))),
                arguments("not there yet", NameStatus.FOUND, false, FIRST),
                arguments("perhaps behind early data", NameStatus.FOUND, false, join(FIRST_WITH_EARLY_DATA, ENCRYPTED)),
                arguments("none: the server has taken the first", NameStatus.FOUND, true, join(FIRST, CHANGE_CIPHER_SPEC, ENCRYPTED, OTHER)),
                arguments("none: TLS 1.2 goes on", NameStatus.FOUND, true, join(FIRST, keyExchange)),
                arguments("none: encrypted bytes that begin like one", NameStatus.FOUND, true, join(FIRST, CHANGE_CIPHER_SPEC, finishedThatLooksLikeAHello)),
                arguments("none: the client does not speak TLS 1.3", NameStatus.FOUND, true, helloWithExtensions(serverName("a.example"))));
    }

    @ParameterizedTest(name = "{0}: {1}, settled: {2}")
    @MethodSource("clients")
    void shouldCompareTheNameOfASecondHello(String what, NameStatus expected, boolean isSettled, byte[] stream) {
        StreamFeed feed = new StreamFeed(443);
        assertThat(feed.send(0, stream)).isEqualTo(expected);
        if (expected == NameStatus.FOUND) {
            assertThat(feed.name()).isEqualTo("a.example");
            assertThat(feed.isSettled(stream.length)).isEqualTo(isSettled);
        }
        StreamFeed byteByByte = new StreamFeed(443);
        for (int i = 0; i < stream.length; i++) {
            byteByByte.send(stream, i, i + 1);
        }
        assertThat(byteByByte.stream.status()).as("byte by byte").isEqualTo(expected);
    }

    @Test
    void shouldBeMalformedWhenTheSecondWasADecoy() {
        StreamFeed feed = new StreamFeed(443);
        feed.send(0, FIRST);
        assertThat(feed.send(FIRST.length, SAME)).isEqualTo(NameStatus.FOUND);
        assertThat(feed.send(FIRST.length, OTHER)).isEqualTo(NameStatus.MALFORMED);
    }

    @Test
    void shouldFollowMoreEarlyDataThanItKeepsWhenTheServerAcknowledges() {
        byte[] early = join(new byte[] {23, 3, 3}, u16(4000), new byte[4000]);
        byte[] stream = join(FIRST_WITH_EARLY_DATA, early, early, early, early, early, early, early, early, early, early, OTHER);
        StreamFeed feed = new StreamFeed(443);
        for (int at = 0; at < stream.length; at += 1000) {
            int end = Math.min(stream.length, at + 1000);
            assertThat(feed.send(stream, at, end)).isEqualTo(end < stream.length ? NameStatus.FOUND : NameStatus.MALFORMED);
            feed.isSettled(end - 500);
        }
    }

    /** Otherwise a part would be missing for good, and the connection would stand still. */
    @Test
    void shouldTakeASegmentAsAWholeOrNotAtAllUntilItIsClear() {
        StreamFeed feed = new StreamFeed(443);
        byte[] ten = new byte[10];
        assertThat(feed.isBeyondLimit(ClientStream.DEFAULT_LIMIT - 1, ten)).as("undecided").isFalse();
        assertThat(feed.isBeyondLimit(ClientStream.DEFAULT_LIMIT, ten)).as("undecided").isTrue();
        feed.send(0, FIRST_WITH_EARLY_DATA);
        assertThat(feed.isBeyondLimit(ClientStream.DEFAULT_LIMIT - 10, ten)).isFalse();
        assertThat(feed.isBeyondLimit(ClientStream.DEFAULT_LIMIT - 9, ten)).isTrue();
        feed.isSettled(FIRST_WITH_EARLY_DATA.length);
        assertThat(feed.isBeyondLimit(ClientStream.DEFAULT_LIMIT - 9, ten)).as("once there is room").isFalse();
        feed.send(FIRST_WITH_EARLY_DATA.length, SAME);
        assertThat(feed.isBeyondLimit(ClientStream.DEFAULT_LIMIT + 9999, ten)).as("once it is clear").isFalse();
    }
}

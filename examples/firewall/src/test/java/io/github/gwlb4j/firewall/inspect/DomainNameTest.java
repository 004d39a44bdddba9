package io.github.gwlb4j.firewall.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DomainNameTest {
    private static final String LABEL_63 = "a".repeat(63);

    @ParameterizedTest
    @CsvSource({"example.com,example.com", "EXAMPLE.Com,example.com", "example.com.,example.com", "localhost,localhost",
        "_dmarc.example.com,_dmarc.example.com", "xn--BCHER-kva.example,xn--bcher-kva.example", "192.0.2.1,192.0.2.1"})
    void shouldNormaliseLetterCaseAndLastDot(String text, String expected) {
        assertThat(DomainName.of(text)).hasToString(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", ".example.com", "a..b", "example.com..", "exa mple.com", "a\u0000b.com", "a\tb",
        "b\u00fccher.example", "a\u007fb"})
    void shouldRefuseWhatIsNoName(String text) {
        assertThatThrownBy(() -> DomainName.of(text)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("'" + text + "'");
    }

    @Test
    void shouldTakeTheLongestNameAndLabelAndNoLongerOne() {
        String longest = (LABEL_63 + ".").repeat(3) + "a".repeat(61);
        assertThat(longest).hasSize(DomainName.MAX_LENGTH);
        assertThat(DomainName.of(longest)).hasToString(longest);
        assertThat(DomainName.of(longest + ".")).hasToString(longest);
        assertThat(isName(longest + "a")).isFalse();
        assertThat(isName(LABEL_63 + "a.com")).isFalse();
        assertThat(isName("a.".repeat(127))).isTrue();
        assertThat(isName("a.".repeat(128))).isFalse();
    }

    @Test
    void shouldBeEmptyWhenANameWasRefusedAfterAGoodOne() {
        DomainName name = DomainName.of("example.com");
        assertThat(name.set(ByteBuffer.wrap("bad name".getBytes(StandardCharsets.US_ASCII)), 0, 8)).isFalse();
        assertThat(name.isEmpty()).isTrue();
        assertThat(name).hasToString("");
    }

    @Test
    void shouldReadAsText() {
        DomainName name = new DomainName();
        name.set(DomainName.of("www.example.com"));
        assertThat(name.length()).isEqualTo(15);
        assertThat(name.charAt(4)).isEqualTo('e');
        assertThat(name.subSequence(4, 11)).hasToString("example");
        byte[] copy = new byte[17];
        assertThat(name.copyTo(copy, 2)).isEqualTo(15);
        assertThat(new String(copy, 2, 15, StandardCharsets.US_ASCII)).isEqualTo("www.example.com");
    }

    private static boolean isName(String text) {
        return new DomainName().set(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)), 0, text.length());
    }
}

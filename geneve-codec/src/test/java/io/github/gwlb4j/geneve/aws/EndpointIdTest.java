package io.github.gwlb4j.geneve.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointIdTest {
    @ParameterizedTest
    @CsvSource({"0, 0", "1, 1", "10, a", "35, z", "36, A", "59, X", "60, 10", "61, 11", "3599, XX", "3600, 100",
            "9223372036854775808, ffdywvTkfu8", "18446744073709551615, uur953OEv0f"})
    void shouldWriteAndReadBase60(String decimal, String base60) {
        long id = Long.parseUnsignedLong(decimal);

        assertThat(EndpointId.toBase60(id)).isEqualTo(base60).hasSizeLessThanOrEqualTo(11);
        assertThat(EndpointId.parseBase60(base60)).isEqualTo(id);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Y", "Z", "-1", "a b", "1.", "uur953OEv0g", "uur953OEv1g", "XXXXXXXXXXX", "100000000000"})
    void shouldRefuseWhatIsNoBase60IdOf64Bits(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> EndpointId.parseBase60(text)).withMessageContaining("base-60");
    }

    @ParameterizedTest
    @CsvSource({"0, 00000000000000000", "1, 00000000000000001", "1311768467463790320, 0123456789abcdef0",
            "18446744073709551615, 0ffffffffffffffff"})
    void shouldWriteAndReadHex(String decimal, String hex) {
        long id = Long.parseUnsignedLong(decimal);

        assertThat(EndpointId.toHex(id)).isEqualTo(hex).hasSize(17);
        assertThat(EndpointId.parseHex(hex)).isEqualTo(id);
        assertThat(EndpointId.parseHex("vpce-" + hex)).isEqualTo(id);
        assertThat(EndpointId.parseHex(Long.toHexString(id).toUpperCase())).isEqualTo(id);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "vpce-", "g", "0x1", "-1", "+1", "10000000000000000", "000000000000000001", "vpce-vpce-1", " 1"})
    void shouldRefuseWhatIsNoHexId(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> EndpointId.parseHex(text)).withMessageContaining("hex digits");
    }

    @Test
    void shouldReadWhatItWrites() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 100_000; i++) {
            long id = random.nextLong() >>> random.nextInt(64);
            assertThat(EndpointId.parseBase60(EndpointId.toBase60(id))).isEqualTo(id);
            assertThat(EndpointId.parseHex(EndpointId.toHex(id))).isEqualTo(id);
        }
    }
}

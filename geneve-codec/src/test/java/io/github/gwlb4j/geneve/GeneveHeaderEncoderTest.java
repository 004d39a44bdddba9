package io.github.gwlb4j.geneve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.testing.Hex;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GeneveHeaderEncoderTest {
    private final GeneveHeaderEncoder encoder = new GeneveHeaderEncoder();
    private final ByteBuffer buffer = ByteBuffer.allocate(300).order(ByteOrder.LITTLE_ENDIAN);

    @Test
    void shouldWriteABareHeader() {
        assertThat(encoder.begin(buffer, 3, 0x86dd, 0x123456).headerLength()).isEqualTo(8);
        assertThat(Hex.of(buffer, 3, 8)).isEqualTo("000086dd12345600");
    }

    @Test
    void shouldWriteOptionsOfEachKind() {
        ByteBuffer data = Hex.buffer("000102030405060708090a0b");

        int length = encoder.begin(buffer, 0, 0x0800, 0).optionInt(0x0108, 3, 0xcafe0001).optionLong(0x0108, 1, 0x0102030405060708L)
                .option(0x0101, 0x80, data, 4, 8).option(0x0101, 2, data, 0, 0).headerLength();

        assertThat(Hex.of(buffer, 0, length)).isEqualTo("0940080000000000" + "01080301cafe0001" + "010801020102030405060708"
                + "010180020405060708090a0b" + "01010200");
    }

    @Test
    void shouldBeAWholeHeaderAfterEveryCall() {
        GeneveHeader header = new GeneveHeader();
        GenevePolicy policy = GenevePolicy.builder().acceptEmptyPayload(true).acceptUnknownCriticalOptions(true).build();
        encoder.begin(buffer, 0, 0x0800, 0);

        for (int i = 0; i < 21; i++) {
            encoder.optionLong(i, i * 12, i);
            assertThat(header.wrap(buffer, 0, encoder.headerLength()).validate(policy)).isEqualTo(GeneveStatus.OK);
            assertThat(header.headerLength()).isEqualTo(8 + 12 * (i + 1)).isEqualTo(encoder.headerLength());
        }
    }

    @Test
    void shouldRefuseTheOptionThatExceeds260Bytes() {
        encoder.begin(buffer, 0, 0x0800, 0).option(1, 1, buffer, 0, 124).option(1, 1, buffer, 0, 116);
        String before = Hex.of(buffer, 0, 300);

        assertThatIllegalArgumentException().isThrownBy(() -> encoder.optionInt(1, 0x81, 0)).withMessageContaining("264").withMessageContaining("260");
        assertThat(Hex.of(buffer, 0, 300)).isEqualTo(before);
        assertThat(encoder.headerLength()).isEqualTo(256);
        assertThat(encoder.option(1, 1, buffer, 0, 0).headerLength()).isEqualTo(260);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 123, 125, 128})
    void shouldRefuseAnOptionOfAnImpossibleLength(int length) {
        encoder.begin(buffer, 0, 0x0800, 0);

        assertThatIllegalArgumentException().isThrownBy(() -> encoder.option(1, 1, buffer, 0, length)).withMessageContaining("" + length);
        assertThat(encoder.headerLength()).isEqualTo(8);
    }

    @Test
    void shouldRefuseNumbersOutOfRange() {
        assertThatIllegalArgumentException().isThrownBy(() -> encoder.begin(buffer, 0, 0x10000, 0)).withMessageContaining("protocol type");
        assertThatIllegalArgumentException().isThrownBy(() -> encoder.begin(buffer, 0, -1, 0)).withMessageContaining("protocol type");
        assertThatIllegalArgumentException().isThrownBy(() -> encoder.begin(buffer, 0, 0, 0x1000000)).withMessageContaining("VNI");
        encoder.begin(buffer, 0, 0x0800, 0);
        assertThatIllegalArgumentException().isThrownBy(() -> encoder.optionInt(0x10000, 1, 0)).withMessageContaining("option class");
        assertThatIllegalArgumentException().isThrownBy(() -> encoder.optionInt(1, 256, 0)).withMessageContaining("option type");
        assertThatIllegalArgumentException().isThrownBy(() -> encoder.optionInt(1, -1, 0)).withMessageContaining("option type");
    }

    @Test
    void shouldRefuseABufferThatIsTooSmallAndWriteNothing() {
        ByteBuffer small = ByteBuffer.allocate(14);

        assertThatThrownBy(() -> encoder.begin(small, 7, 0x0800, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        encoder.begin(small, 0, 0x0800, 0);
        assertThatThrownBy(() -> encoder.optionInt(1, 0x81, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> encoder.option(1, 1, small, 12, 4)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(Hex.of(small, 0, 14)).isEqualTo("0000080000000000" + "000000000000");
    }
}

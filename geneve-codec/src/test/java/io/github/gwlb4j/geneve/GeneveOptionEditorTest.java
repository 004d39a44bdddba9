package io.github.gwlb4j.geneve;

import static io.github.gwlb4j.testing.GeneveBuilder.geneve;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.testing.GeneveBuilder;
import io.github.gwlb4j.testing.Hex;
import io.github.gwlb4j.testing.Placed;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GeneveOptionEditorTest {
    private final GeneveHeader header = new GeneveHeader();
    private final GeneveOptionCursor option = new GeneveOptionCursor();

    @BeforeEach
    void wrap() {
        wrap(geneve().option(7, 1, "1111111122222222").option(7, 2, "33333333"));
    }

    private void wrap(GeneveBuilder builder) {
        byte[] bytes = builder.build();
        header.wrap(Placed.DIRECT_LITTLE_ENDIAN.place(bytes), Placed.OFFSET, bytes.length);
        header.find(7, 1, option);
    }

    private void assertHeaderIs(GeneveBuilder expected) {
        byte[] bytes = expected.build();
        assertThat(Hex.of(header.buffer(), Placed.OFFSET, bytes.length)).isEqualTo(Hex.of(bytes));
        assertThat(Placed.isNoiseIntact(header.buffer(), bytes.length)).isTrue();
    }

    @Test
    void shouldChangeDataAndNothingElse() {
        GeneveOptionEditor.setInt(option, 4, 0xdeadbeef);
        assertHeaderIs(geneve().option(7, 1, "11111111deadbeef").option(7, 2, "33333333"));
        GeneveOptionEditor.setLong(option, 0, 0x0102030405060708L);
        assertHeaderIs(geneve().option(7, 1, "0102030405060708").option(7, 2, "33333333"));
        GeneveOptionEditor.setData(option, 3, Hex.buffer("00aabbcc"), 1, 3);
        assertHeaderIs(geneve().option(7, 1, "010203aabbcc0708").option(7, 2, "33333333"));
    }

    @Test
    void shouldRefuseToWriteBehindTheData() {
        ByteBuffer source = ByteBuffer.allocate(20);

        assertThatThrownBy(() -> GeneveOptionEditor.setInt(option, 5, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> GeneveOptionEditor.setInt(option, -1, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> GeneveOptionEditor.setLong(option, 1, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> GeneveOptionEditor.setData(option, 0, source, 0, 9)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> GeneveOptionEditor.setData(option, 0, source, 19, 2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertHeaderIs(geneve().option(7, 1, "1111111122222222").option(7, 2, "33333333"));
    }

    @Test
    void shouldKeepTheCBitRightWhenTheKindChanges() {
        GeneveOptionEditor.setKind(header, option, 9, 0x85);
        assertHeaderIs(geneve().flags(0x40).option(9, 0x85, "1111111122222222").option(7, 2, "33333333"));
        GeneveOptionEditor.setKind(header, option, 9, 5);
        assertHeaderIs(geneve().option(9, 5, "1111111122222222").option(7, 2, "33333333"));
    }

    @Test
    void shouldKeepTheCBitWhenAnotherOptionIsCritical() {
        wrap(geneve().flags(0xc0).option(7, 1, "11111111").option(7, 0x82, ""));

        GeneveOptionEditor.setKind(header, option, 7, 3);

        assertHeaderIs(geneve().flags(0xc0).option(7, 3, "11111111").option(7, 0x82, ""));
    }

    @Test
    void shouldRefuseAKindOutOfRange() {
        assertThatIllegalArgumentException().isThrownBy(() -> GeneveOptionEditor.setKind(header, option, 0x10000, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> GeneveOptionEditor.setKind(header, option, 1, 256));
        assertHeaderIs(geneve().option(7, 1, "1111111122222222").option(7, 2, "33333333"));
    }
}

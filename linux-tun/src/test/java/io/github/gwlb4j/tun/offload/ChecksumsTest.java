package io.github.gwlb4j.tun.offload;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChecksumsTest {

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 7, 8, 9, 15, 16, 31, 32, 33, 63, 64, 65, 127, 128, 255, 256, 257, 383, 384, 511, 1399, 1400, 8500, 65535})
    void shouldEqualTheReferenceForAnyLengthAndPlace(int length) {
        Random random = new Random(length);
        byte[] data = new byte[length + 9];
        for (int offset = 0; offset < 9; offset++) {
            random.nextBytes(data);
            ByteBuffer buffer = ByteBuffer.allocateDirect(data.length).put(0, data);
            assertThat(~Checksums.sum(buffer, offset, length) & 0xffff)
                    .isEqualTo(Packets.checksum(data, offset, offset + length, 0));
        }
    }

    @Test
    void shouldNotLoseCarriesWhenAllBitsAreSet() {
        byte[] data = new byte[65_535];
        Arrays.fill(data, (byte) 0xff);
        ByteBuffer buffer = ByteBuffer.allocateDirect(data.length).put(0, data);
        assertThat(Checksums.complement(Checksums.sum(buffer, 0, data.length))).isEqualTo(Packets.checksum(data, 0, data.length, 0));
    }

    @Test
    void shouldMatchTheExampleOfRfc1071() {
        ByteBuffer example = ByteBuffer.allocateDirect(8).put(0, new byte[] {0, 1, (byte) 0xf2, 3, (byte) 0xf4, (byte) 0xf5, (byte) 0xf6, (byte) 0xf7});
        assertThat(Checksums.sum(example, 0, 8)).isEqualTo(0xddf2);
    }
}

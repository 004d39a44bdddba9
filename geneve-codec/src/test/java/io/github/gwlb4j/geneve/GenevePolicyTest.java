package io.github.gwlb4j.geneve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class GenevePolicyTest {
    @Test
    void shouldRefuseNumbersOutOfRange() {
        GenevePolicy.Builder builder = GenevePolicy.builder();

        assertThatIllegalArgumentException().isThrownBy(() -> builder.knownOption(0x10000, 1)).withMessageContaining("65535");
        assertThatIllegalArgumentException().isThrownBy(() -> builder.knownOption(1, 256)).withMessageContaining("255");
        assertThatIllegalArgumentException().isThrownBy(() -> builder.protocolTypes(0x0800, -1)).withMessageContaining("protocol type");
        assertThatIllegalArgumentException().isThrownBy(() -> builder.vnis(0x1000000)).withMessageContaining("VNI");
    }

    @Test
    void shouldNotChangeWhenTheBuilderOrItsArrayChanges() {
        int[] vnis = {1};
        GenevePolicy.Builder builder = GenevePolicy.builder().vnis(vnis).knownOption(1, 0x81);
        GenevePolicy policy = builder.build();

        vnis[0] = 2;
        builder.knownOption(1, 0x82).vnis(3);

        assertThat(policy.acceptsVni(1)).isTrue();
        assertThat(policy.acceptsVni(2)).isFalse();
        assertThat(policy.acceptsCriticalOption(1, 0x81)).isTrue();
        assertThat(policy.acceptsCriticalOption(1, 0x82)).isFalse();
    }

    @Test
    void shouldTellStructuralErrorsFromWhatAPolicyRefuses() {
        for (GeneveStatus status : GeneveStatus.values()) {
            boolean isStructural = status == GeneveStatus.HEADER_TRUNCATED || status == GeneveStatus.VERSION_UNSUPPORTED
                    || status == GeneveStatus.OPTIONS_EXCEED_DATAGRAM || status == GeneveStatus.OPTION_EXCEEDS_HEADER;
            assertThat(status.isStructureSound()).as(status.name()).isEqualTo(!isStructural);
        }
    }

    @Test
    void shouldSayEveryStatusInWords() {
        for (GeneveStatus status : GeneveStatus.values()) {
            assertThat(status.label()).isNotBlank().doesNotEndWith(".");
        }
    }
}

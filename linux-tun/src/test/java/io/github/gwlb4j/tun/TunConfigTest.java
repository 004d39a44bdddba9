package io.github.gwlb4j.tun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TunConfigTest {

    @ParameterizedTest
    @ValueSource(strings = {"", "sixteen-bytes-xx", "längerAlsMan123", ".", "..", "a/b", "a:b", "a b", "a\tb", "t%s", "t%d%d", "t%"})
    void shouldRejectNamesTheKernelWouldNotTake(String name) {
        assertThatThrownBy(() -> TunConfig.builder(name)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + name + "'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "fifteen-bytes-x", "tun%d", "%d", "a.b", "gwi-0A9zZ"})
    void shouldAcceptNamesTheKernelTakes(String name) {
        assertThat(TunConfig.builder(name).build().name()).isEqualTo(name);
    }

    @Test
    void shouldRejectNumbersOutOfRange() {
        TunConfig.Builder builder = TunConfig.builder("t0");
        assertThatThrownBy(() -> builder.mtu(67)).hasMessage("MTU must be 68 to 65535, got 67");
        assertThatThrownBy(() -> builder.mtu(65_536)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.queues(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.queues(257)).hasMessage("number of queues must be 1 to 256, got 257");
        assertThatThrownBy(() -> builder.txQueueLength(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.owner(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.group(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "10.0.0.1/33", "10.0.0.1/-1", "10.0.0.1/x", "fd00::1/129", "example.com/24", "localhost", "10.0.0.256"})
    void shouldRejectWhatIsNoAddress(String text) {
        assertThatThrownBy(() -> TunConfig.builder("t0").address(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldTakeTheFullPrefixWhenNoneIsGiven() {
        assertThat(LinkAddress.parse("10.0.0.1").prefixLength()).isEqualTo(32);
        assertThat(LinkAddress.parse("fd00::1").prefixLength()).isEqualTo(128);
        assertThat(LinkAddress.parse("10.0.0.1/24")).hasToString("10.0.0.1/24");
    }

    @Test
    void shouldRejectAttachingToAPattern() {
        TunConfig.Builder builder = TunConfig.builder("tun%d").mode(TunMode.ATTACH);
        assertThatThrownBy(builder::build).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("tun%d");
    }

    @Test
    void shouldNotChangeAfterBuilding() {
        TunConfig.Builder builder = TunConfig.builder("t0").address("10.0.0.1/24");
        TunConfig config = builder.build();
        builder.mtu(9000).address("10.0.0.2/24").queues(4).persistent(true);
        assertThat(config.mtu()).isEqualTo(1500);
        assertThat(config.addresses()).hasSize(1);
        assertThat(config.queues()).isEqualTo(1);
        assertThat(config.persistent()).isFalse();
    }
}

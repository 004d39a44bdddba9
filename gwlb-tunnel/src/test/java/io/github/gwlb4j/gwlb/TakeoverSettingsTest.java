package io.github.gwlb4j.gwlb;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.gwlb.transport.Steering;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What both processes must have in common, and where they meet. */
@Timeout(60)
class TakeoverSettingsTest extends TakeoverLab {
    @Test
    void shouldRefuseASuccessorWithOtherSettingsAndNameThem() throws IOException {
        start(builder().handler(FORWARD));
        assertThatThrownBy(() -> start(builder().handler(FORWARD).workers(2).tunnelMtu(1500)))
                .hasMessageContaining("workers is 1 in the process that runs, 2 in the new one")
                .hasMessageContaining("tunnelMtu is 8500 in the process that runs, 1500 in the new one").hasMessageContaining("which goes on");
        assertForwards();
    }

    @Test
    void shouldRefuseASuccessorWhoseSteeringDiffers() throws IOException {
        start(builder().workers(2).handler(FORWARD));
        assertThatThrownBy(() -> start(builder().workers(2).handler(FORWARD).steering(Steering.OUTER_FLOW)))
                .hasMessageContaining("steering is INNER_FLOW in the process that runs, OUTER_FLOW in the new one");
        start(builder().workers(2).handler(FORWARD).steering(Steering.INNER_FLOW));
        assertForwards();
    }

    @Test
    void shouldNameWhatIsWrongWithThePath() {
        assertThatThrownBy(() -> builder().handler(FORWARD).takeover(folder.resolve("x".repeat(100))).build())
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("takeover").hasMessageContaining("103 bytes");
        assertThatThrownBy(() -> start(builder().handler(FORWARD).takeover(folder.resolve("no").resolve("folder")).closeTimeout(Duration.ofSeconds(1))))
                .isInstanceOf(IOException.class).hasMessageContaining("folder must exist");
    }
}

package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.internal.flow.FlowFile;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class FlowSaverTest {
    @TempDir
    private Path folder;

    /** Whoever wants to take over would wait for ever, and so would all who come later. */
    @Test
    @Timeout(20)
    void shouldNotWaitForADiskThatHangs() {
        FlowSaver saver = new FlowSaver(new FlowFile(folder.resolve("flows")), TimeUnit.HOURS.toNanos(1), null, () -> { });
        assertThat(saver.pause(TimeUnit.SECONDS.toNanos(1))).isTrue(); // as while it writes
        assertThat(saver.pause(TimeUnit.MILLISECONDS.toNanos(50))).isFalse();
        saver.resume(true);
        assertThat(saver.pause(0)).isTrue();
    }
}

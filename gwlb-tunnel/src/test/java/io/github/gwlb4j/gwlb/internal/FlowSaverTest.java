package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.internal.flow.FlowFile;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
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

    @Test
    void shouldTellAtTheStartWhenThereIsNoFolderToSaveIn() {
        assertThat(logOfRestoring(folder.resolve("missing/flows"))).contains("mkdir -p " + folder.resolve("missing"));
        assertThat(logOfRestoring(folder.resolve("flows"))).isEmpty();
    }

    private static String logOfRestoring(Path file) {
        PrintStream standardError = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8)); // where slf4j-simple writes
        try {
            assertThat(new FlowSaver(new FlowFile(file), TimeUnit.HOURS.toNanos(1), null, () -> { }).restore()).isEmpty();
        } finally {
            System.setErr(standardError);
        }
        return log.toString(StandardCharsets.UTF_8);
    }
}

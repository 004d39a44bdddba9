package io.github.gwlb4j.benchmarks.soak;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * A wall clock of one process that can jump: {@code src/main/c/wallclock.c}, preloaded, which {@code soak.sh} has compiled. The monotonic
 * clock is the real one; that one cannot jump on Linux.
 */
final class FakeClock {
    private static final String LIBRARY = System.getProperty("soak.wallclock", "");

    private final Path offsetFile;

    FakeClock(Path directory) throws IOException {
        offsetFile = directory.resolve("clock-offset");
        jump(0);
    }

    /** False without a C compiler. */
    static boolean isInstalled() {
        return !LIBRARY.isEmpty();
    }

    Map<String, String> environment() {
        return Map.of("LD_PRELOAD", LIBRARY, "WALLCLOCK_OFFSET", offsetFile.toString());
    }

    /** From now on the clock is so many seconds ahead of the real one; negative: behind. */
    void jump(long seconds) throws IOException {
        try (FileChannel file = FileChannel.open(offsetFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder()).putLong(0, seconds), 0);
        }
    }
}

package io.github.gwlb4j.pcap;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** The captures made by others: they are no part of the project, so tests that read them skip where they are missing. */
public final class SharedCaptures {

    private SharedCaptures() {
    }

    /** The folder; skips the calling test if it is missing, fails it if the environment says {@code CI=true}. */
    public static Path folder() {
        String shared = System.getProperty("gwlb4j.shared", "../../shared");
        Path captures = Path.of(shared, "captures");
        if (!Files.isDirectory(captures) && "true".equals(System.getenv("CI"))) {
            fail("CI=true needs the captures in " + captures.toAbsolutePath() + ": set -Dgwlb4j.shared=FOLDER");
        }
        assumeTrue(Files.isDirectory(captures), "no captures in " + captures.toAbsolutePath()
                + ": set -Dgwlb4j.shared=FOLDER to run this test");
        return captures;
    }
}

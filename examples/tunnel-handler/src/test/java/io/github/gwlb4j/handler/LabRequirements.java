package io.github.gwlb4j.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.gwlb4j.tun.LinuxTun;

/** What tests with namespaces and TUN devices need. */
final class LabRequirements {
    private LabRequirements() {
    }

    /** Skips the test, or fails it in CI, where it may not make interfaces. */
    static void check() {
        String cause = LinuxTun.unsupportedCause();
        if (System.getenv("CI") != null) {
            assertThat(cause).as("CI needs namespaces and TUN devices").isNull();
        }
        assumeTrue(cause == null, "needs root and /dev/net/tun: " + cause);
    }
}

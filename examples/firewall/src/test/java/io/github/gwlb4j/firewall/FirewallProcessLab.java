package io.github.gwlb4j.firewall;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A folder and a firewall in it that is ready to be started, for each test. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // reading from a process cannot be interrupted
abstract class FirewallProcessLab {
    @TempDir
    Path folder;
    FirewallProcess firewall;

    @BeforeEach
    void prepare() {
        firewall = new FirewallProcess(folder);
    }

    @AfterEach
    void end() {
        firewall.close();
    }
}

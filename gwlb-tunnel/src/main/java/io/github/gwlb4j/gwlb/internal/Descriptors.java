package io.github.gwlb4j.gwlb.internal;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** What the limit of open files (RLIMIT_NOFILE) still leaves. Cold path. Stateless; from any thread. */
public final class Descriptors {
    private Descriptors() {
    }

    /**
     * Descriptors that this process may still open.
     *
     * @return 0 or more, a moment old; {@link Long#MAX_VALUE} where the system does not tell
     */
    public static long left() {
        if (!(ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix)) {
            return Long.MAX_VALUE;
        }
        try {
            return Math.max(0, unix.getMaxFileDescriptorCount() - unix.getOpenFileDescriptorCount());
        } catch (InternalError e) {
            return 0; // counting them takes one
        }
    }
}

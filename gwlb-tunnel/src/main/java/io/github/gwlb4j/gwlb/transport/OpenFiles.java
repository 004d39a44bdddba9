package io.github.gwlb4j.gwlb.transport;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** How many reply sockets the limit of open files (RLIMIT_NOFILE) leaves room for. Cold path. Stateless; from any thread. */
final class OpenFiles {
    /** Left for everything else in the process: listeners, looking for local addresses, the program around the appliance. */
    static final int RESERVE = 64;

    private OpenFiles() {
    }

    /** Descriptors that this process may still open; {@link Long#MAX_VALUE} where the system does not tell. */
    static long left() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount() - unix.getOpenFileDescriptorCount() : Long.MAX_VALUE;
    }

    /** What each of some workers can have of the sockets it wants, 1 or more. */
    static int affordable(int wanted, int workers, long left) {
        return (int) Math.max(1, Math.min(wanted, (left - RESERVE) / workers));
    }
}

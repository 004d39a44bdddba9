package io.github.gwlb4j.gwlb.transport;

import io.github.gwlb4j.gwlb.internal.Descriptors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How many reply sockets the limit of open files (RLIMIT_NOFILE) leaves room for. Cold path. Stateless; from any thread. */
final class OpenFiles {
    private static final Logger LOG = LoggerFactory.getLogger(OpenFiles.class);
    /** Left for everything else in the process: listeners, looking for local addresses, the program around the appliance. */
    static final int RESERVE = 64;

    private OpenFiles() {
    }

    /** Descriptors that this process may still open; {@link Long#MAX_VALUE} where the system does not tell. */
    static long left() {
        return Descriptors.left();
    }

    /** Warns if workers get fewer reply sockets than the setting asks for. */
    static void warnIfFewer(int affordable, int wanted) {
        if (affordable < wanted) {
            LOG.warn("at most {} reply ports for each worker, not {} as asked: the limit of open files is too low. 'ulimit -n', or "
                    + "LimitNOFILE= in a systemd unit, raises it", affordable, wanted);
        }
    }

    /** What each of some workers can have of the sockets it wants, 1 or more. */
    static int affordable(int wanted, int workers, long left) {
        return (int) Math.max(1, Math.min(wanted, (left - RESERVE) / workers));
    }
}

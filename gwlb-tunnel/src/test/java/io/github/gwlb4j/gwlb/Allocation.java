package io.github.gwlb4j.gwlb;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** How much the calling thread allocates. */
public final class Allocation {
    /** What reading the counter itself allocates, and a compiler thread's odd deoptimisation. */
    public static final long NOISE_BYTES = 20_000;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Allocation() {
    }

    /** The bytes of the thriftiest of three runs: the first may still be warming up. */
    public static long leastOfThree(Runnable work) {
        long least = Long.MAX_VALUE;
        for (int run = 0; run < 3; run++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            work.run();
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }
}

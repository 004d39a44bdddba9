package io.github.gwlb4j.pcap;

import java.lang.reflect.Method;

/** How much a thread has allocated. By reflection: the module under test does not read java.management, and should not. */
final class AllocatedBytes {

    private AllocatedBytes() {
    }

    /** Bytes that the calling thread has allocated so far; the call itself allocates up to a few hundred. */
    static long byThisThread() throws ReflectiveOperationException {
        Object threads = Class.forName("java.lang.management.ManagementFactory").getMethod("getThreadMXBean").invoke(null);
        Method allocated = Class.forName("com.sun.management.ThreadMXBean").getMethod("getCurrentThreadAllocatedBytes");
        return (long) allocated.invoke(threads);
    }
}

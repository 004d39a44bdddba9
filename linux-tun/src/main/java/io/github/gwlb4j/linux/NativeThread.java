package io.github.gwlb4j.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The kernel's side of the calling thread: its id, its name in ps and top, the CPUs it may run on, its share of them. */
public final class NativeThread {

    private static final int NAME_BYTES = 16;
    /** Room for 1,024 CPUs, the size of glibc's cpu_set_t. */
    private static final int MAX_CPUS = 1024;

    private NativeThread() {
    }

    /**
     * The kernel's id of the calling thread (gettid(2)).
     *
     * @return the id
     */
    public static int id() {
        return ThreadSyscalls.threadId();
    }

    /**
     * Names the calling thread.
     *
     * @param name the first 15 bytes of its UTF-8 form are used
     * @return 0 or −errno
     */
    public static int setName(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        ByteBuffer buffer = NativeMemory.allocate(NAME_BYTES);
        buffer.put(0, bytes, 0, Math.min(bytes.length, NAME_BYTES - 1));
        int result = ThreadSyscalls.setThreadName(NativeMemory.addressOf(buffer));
        Reference.reachabilityFence(buffer);
        return result;
    }

    /**
     * Ties the calling thread to one CPU.
     *
     * @param cpu number of the CPU, from 0
     * @return 0, or −EINVAL if there is no such CPU or it is not allowed for this process, or another −errno
     */
    public static int pinTo(int cpu) {
        if (cpu < 0 || cpu >= MAX_CPUS) {
            return Errno.EINVAL.result();
        }
        ByteBuffer set = NativeMemory.allocate(MAX_CPUS / Byte.SIZE);
        int word = cpu / Long.SIZE * Long.BYTES;
        set.putLong(word, 1L << cpu % Long.SIZE);
        int result = ThreadSyscalls.setAffinity(0, NativeMemory.addressOf(set), set.capacity());
        Reference.reachabilityFence(set);
        return result;
    }

    /**
     * Gives the calling thread more or less of a CPU that others want, too. On Linux niceness belongs to the thread, not to the
     * process.
     *
     * @param niceness -20 (most) to 19; below 0 needs CAP_SYS_NICE, or RLIMIT_NICE (systemd: LimitNICE=)
     * @return 0 or −errno
     */
    public static int setNiceness(int niceness) {
        return ThreadSyscalls.setNiceness(niceness);
    }

    /**
     * Allows every thread of this process a niceness below 0 without CAP_SYS_NICE (RLIMIT_NICE). Needs CAP_SYS_RESOURCE.
     *
     * @param lowest -20 to 19
     * @return 0 or −errno
     */
    public static int allowNiceness(int lowest) {
        ByteBuffer limit = NativeMemory.allocate(CStructs.RLIMIT);
        limit.putLong(CStructs.RLIMIT_CUR, 20L - lowest).putLong(CStructs.RLIMIT_MAX, 20L - lowest);
        int result = ThreadSyscalls.setLimit(CConstants.RLIMIT_NICE, NativeMemory.addressOf(limit));
        Reference.reachabilityFence(limit);
        return result;
    }

    /**
     * The niceness of the calling thread.
     *
     * @return -20 to 19, normally 0
     */
    public static int niceness() {
        return ThreadSyscalls.niceness();
    }

    /**
     * Whether the calling thread may run on a CPU.
     *
     * @param cpu number of the CPU, from 0
     * @return true if it may
     */
    public static boolean mayRunOn(int cpu) {
        if (cpu < 0 || cpu >= MAX_CPUS) {
            return false;
        }
        ByteBuffer set = NativeMemory.allocate(MAX_CPUS / Byte.SIZE);
        return ThreadSyscalls.getAffinity(0, NativeMemory.addressOf(set), set.capacity()) >= 0
                && (set.getLong(cpu / Long.SIZE * Long.BYTES) >>> cpu % Long.SIZE & 1) != 0;
    }
}

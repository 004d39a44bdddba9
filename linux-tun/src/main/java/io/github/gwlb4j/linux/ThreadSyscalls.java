package io.github.gwlb4j.linux;

/**
 * System calls about who and where a thread is: its network namespace, CPUs, priority, name, capabilities and user. Results and
 * pointers are as in {@link Syscalls}. Nothing is allocated but for the methods that take a {@link String}.
 *
 * <p>They concern the calling thread, but for a limit, which is the process's, and users and groups, which the C library changes
 * in every thread.
 */
final class ThreadSyscalls {

    private ThreadSyscalls() {
    }

    /**
     * setns(2): moves the calling thread into a network namespace.
     *
     * @param fd descriptor of the namespace
     * @return 0 or −errno
     */
    static int enterNetworkNamespace(int fd) {
        return Syscalls.result(LibC.setns(fd, CConstants.CLONE_NEWNET));
    }

    /**
     * unshare(2): gives the calling thread a new network namespace.
     *
     * @return 0 or −errno
     */
    static int unshareNetworkNamespace() {
        return Syscalls.result(LibC.unshare(CConstants.CLONE_NEWNET));
    }

    /**
     * sched_setaffinity(2).
     *
     * @param threadId kernel thread id, 0 for the calling thread
     * @param set      CPU mask, bit 0 of byte 0 is CPU 0 on little-endian machines
     * @param setBytes its bytes
     * @return 0 or −errno
     */
    static int setAffinity(int threadId, long set, int setBytes) {
        return Syscalls.result(LibC.sched_setaffinity(threadId, setBytes, set));
    }

    /**
     * sched_getaffinity(2).
     *
     * @param threadId kernel thread id, 0 for the calling thread
     * @param set      room for the CPU mask
     * @param setBytes its bytes
     * @return 0 or more, or −errno
     */
    static int getAffinity(int threadId, long set, int setBytes) {
        return Syscalls.result(LibC.sched_getaffinity(threadId, setBytes, set));
    }

    /**
     * setpriority(2) of the calling thread.
     *
     * @param niceness -20 to 19
     * @return 0 or −errno
     */
    static int setNiceness(int niceness) {
        return Syscalls.result(LibC.setpriority(CConstants.PRIO_PROCESS, 0, niceness));
    }

    /**
     * getpriority(2) of the calling thread.
     *
     * @return -20 to 19
     */
    static int niceness() {
        return LibC.getpriority(CConstants.PRIO_PROCESS, 0);
    }

    /**
     * prctl(2) PR_SET_NAME: the name of the calling thread as ps and top show it.
     *
     * @param name bytes ended by a 0; 15 are used at most
     * @return 0 or −errno
     */
    static int setThreadName(long name) {
        return Syscalls.result(LibC.prctl(CConstants.PR_SET_NAME, name, 0, 0, 0));
    }

    /**
     * capget(2) of the calling thread.
     *
     * @param header struct __user_cap_header_struct
     * @param data   room for two struct __user_cap_data_struct
     * @return 0 or −errno
     */
    static int getCapabilities(long header, long data) {
        return Syscalls.result(LibC.capget(header, data));
    }

    /**
     * capset(2) of the calling thread, and of no other.
     *
     * @param header struct __user_cap_header_struct
     * @param data   two struct __user_cap_data_struct
     * @return 0 or −errno
     */
    static int setCapabilities(long header, long data) {
        return Syscalls.result(LibC.capset(header, data));
    }

    /**
     * prctl(2) with numbers.
     *
     * @param option    {@link CConstants} PR_…
     * @param argument2 as the option wants it
     * @param argument3 as the option wants it
     * @return 0 or more, or −errno
     */
    static int threadControl(int option, long argument2, long argument3) {
        return Syscalls.result(LibC.prctl(option, argument2, argument3, 0, 0));
    }

    /**
     * setrlimit(2).
     *
     * @param resource {@link CConstants} RLIMIT_…
     * @param limit    struct rlimit
     * @return 0 or −errno
     */
    static int setLimit(int resource, long limit) {
        return Syscalls.result(LibC.setrlimit(resource, limit));
    }

    /**
     * setresuid(3) of the C library, which changes every thread of the process; the system call changes one only.
     *
     * @param userId real, effective and saved
     * @return 0 or −errno
     */
    static int setUser(int userId) {
        return Syscalls.result(LibC.setresuid(userId, userId, userId));
    }

    /**
     * setresgid(3) of the C library, which changes every thread of the process.
     *
     * @param groupId real, effective and saved
     * @return 0 or −errno
     */
    static int setGroup(int groupId) {
        return Syscalls.result(LibC.setresgid(groupId, groupId, groupId));
    }

    /**
     * initgroups(3): the supplementary groups, of every thread of the process.
     *
     * @param user    whose groups
     * @param groupId one more
     * @return 0 or −errno
     */
    static int setGroupsOf(String user, int groupId) {
        return Syscalls.result(LibC.initgroups(user, groupId));
    }

    /**
     * getpwnam_r(3).
     *
     * @param user         name
     * @param passwd       room for a struct passwd
     * @param buffer       room for its strings
     * @param bufferLength its bytes
     * @param found        room for a pointer, null afterwards if there is no such user
     * @return 0 or −errno
     */
    static int findUser(String user, long passwd, long buffer, long bufferLength, long found) {
        return -LibC.getpwnam_r(user, passwd, buffer, bufferLength, found);
    }

    /**
     * gettid(2).
     *
     * @return the kernel's id of the calling thread
     */
    static int threadId() {
        return LibC.gettid();
    }
}

package io.github.gwlb4j.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * User and capabilities (credentials(7), capabilities(7)). Capabilities belong to a thread: each method changes those of the calling
 * thread, and so of threads and programs that it starts later, but for {@link #setUser}, which changes all threads of the process.
 * Sets of capabilities are masks, bit n is the capability of number n ({@link CConstants} CAP_…). Cold path: allocates.
 */
public final class Credentials {

    /** The kernel knows 41 of them; masks have room for these. */
    private static final int MAX_CAPABILITIES = 63;
    private static final int USER_BUFFER_BYTES = 1 << 16;

    /**
     * A thread's three sets.
     *
     * @param effective   what the kernel checks
     * @param permitted   what may become effective
     * @param inheritable what may become ambient, for programs that are started
     */
    public record Capabilities(long effective, long permitted, long inheritable) {

        /**
         * What of a set is in this one.
         *
         * @param mask that set
         * @return for each of the three
         */
        public Capabilities and(long mask) {
            return new Capabilities(effective & mask, permitted & mask, inheritable & mask);
        }
    }

    /**
     * A user as the system's databases have him (passwd(5)).
     *
     * @param userId  uid
     * @param groupId gid of his first group
     */
    public record User(int userId, int groupId) {
    }

    private Credentials() {
    }

    /**
     * The calling thread's capabilities.
     *
     * @return the sets; null if the kernel does not tell
     */
    public static Capabilities capabilities() {
        ByteBuffer header = header();
        ByteBuffer data = NativeMemory.allocate(2 * CStructs.CAP_DATA);
        int result = ThreadSyscalls.getCapabilities(NativeMemory.addressOf(header), NativeMemory.addressOf(data));
        Reference.reachabilityFence(header);
        return result < 0 ? null : new Capabilities(get(data, CStructs.CAP_DATA_EFFECTIVE), get(data, CStructs.CAP_DATA_PERMITTED),
                get(data, CStructs.CAP_DATA_INHERITABLE));
    }

    /**
     * Sets the calling thread's capabilities. Permitted ones can only become fewer.
     *
     * @param sets what it shall have
     * @return 0 or −errno
     */
    public static int setCapabilities(Capabilities sets) {
        ByteBuffer header = header();
        ByteBuffer data = NativeMemory.allocate(2 * CStructs.CAP_DATA);
        put(data, CStructs.CAP_DATA_EFFECTIVE, sets.effective());
        put(data, CStructs.CAP_DATA_PERMITTED, sets.permitted());
        put(data, CStructs.CAP_DATA_INHERITABLE, sets.inheritable());
        int result = ThreadSyscalls.setCapabilities(NativeMemory.addressOf(header), NativeMemory.addressOf(data));
        Reference.reachabilityFence(header);
        Reference.reachabilityFence(data);
        return result;
    }

    private static ByteBuffer header() {
        return NativeMemory.allocate(CStructs.CAP_HEADER).putInt(CStructs.CAP_HEADER_VERSION, CConstants.CAPABILITY_VERSION_3);
    }

    /** The lower half of a set is in the first struct, the upper in the second. */
    private static long get(ByteBuffer data, int field) {
        return Integer.toUnsignedLong(data.getInt(field)) | (long) data.getInt(CStructs.CAP_DATA + field) << Integer.SIZE;
    }

    private static void put(ByteBuffer data, int field, long mask) {
        data.putInt(field, (int) mask).putInt(CStructs.CAP_DATA + field, (int) (mask >>> Integer.SIZE));
    }

    /**
     * Takes all others out of the bounding set: no program that the calling thread starts can have them. Needs CAP_SETPCAP.
     *
     * @param kept those that stay
     * @return 0 or −errno
     */
    public static int boundTo(long kept) {
        for (int capability = 0; capability < MAX_CAPABILITIES; capability++) {
            if ((kept >>> capability & 1) == 0 && ThreadSyscalls.threadControl(CConstants.PR_CAPBSET_READ, capability, 0) == 1) {
                int result = ThreadSyscalls.threadControl(CConstants.PR_CAPBSET_DROP, capability, 0);
                if (result < 0) {
                    return result;
                }
            }
        }
        return 0;
    }

    /**
     * Hands capabilities on to programs that the calling thread starts, although they are not root's. They must be permitted and
     * inheritable.
     *
     * @param mask which
     * @return 0 or −errno
     */
    public static int makeAmbient(long mask) {
        int result = ThreadSyscalls.threadControl(CConstants.PR_CAP_AMBIENT, CConstants.PR_CAP_AMBIENT_CLEAR_ALL, 0);
        for (int capability = 0; capability < MAX_CAPABILITIES && result >= 0; capability++) {
            if ((mask >>> capability & 1) != 0) {
                result = ThreadSyscalls.threadControl(CConstants.PR_CAP_AMBIENT, CConstants.PR_CAP_AMBIENT_RAISE, capability);
            }
        }
        return result;
    }

    /**
     * From now on no program started by the calling thread has more rights than the thread (no_new_privs), whatever set-user-id bits
     * or being root would give it.
     *
     * @return 0 or −errno
     */
    public static int forbidNewPrivileges() {
        return ThreadSyscalls.threadControl(CConstants.PR_SET_NO_NEW_PRIVS, 1, 0);
    }

    /**
     * Finds a user.
     *
     * @param name his name
     * @return null if there is none
     */
    public static User findUser(String name) {
        ByteBuffer passwd = NativeMemory.allocate(CStructs.PASSWD);
        ByteBuffer strings = NativeMemory.allocate(USER_BUFFER_BYTES);
        ByteBuffer found = NativeMemory.allocate(Long.BYTES);
        int result = ThreadSyscalls.findUser(name, NativeMemory.addressOf(passwd), NativeMemory.addressOf(strings), strings.capacity(),
                NativeMemory.addressOf(found));
        Reference.reachabilityFence(strings);
        return result < 0 || found.getLong(0) == 0 ? null : new User(passwd.getInt(CStructs.PASSWD_UID), passwd.getInt(CStructs.PASSWD_GID));
    }

    /**
     * Makes all threads of the process those of a user, with his groups. Whoever was root loses all capabilities, but for the calling
     * thread: its permitted ones stay, to be made effective by {@link #setCapabilities}. The process stays open to debuggers and
     * its own files below /proc to itself, as those of any program of that user.
     *
     * @param name his name, for the groups
     * @param user his ids
     * @return 0 or −errno
     */
    public static int setUser(String name, User user) {
        int result = ThreadSyscalls.threadControl(CConstants.PR_SET_KEEPCAPS, 1, 0);
        result = result < 0 ? result : ThreadSyscalls.setGroupsOf(name, user.groupId());
        result = result < 0 ? result : ThreadSyscalls.setGroup(user.groupId());
        result = result < 0 ? result : ThreadSyscalls.setUser(user.userId());
        return result < 0 ? result : ThreadSyscalls.threadControl(CConstants.PR_SET_DUMPABLE, 1, 0);
    }
}

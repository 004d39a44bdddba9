package io.github.gwlb4j.tun;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import io.github.gwlb4j.linux.Credentials;
import io.github.gwlb4j.linux.Credentials.Capabilities;
import io.github.gwlb4j.linux.Credentials.User;
import io.github.gwlb4j.linux.NativeThread;
import io.github.gwlb4j.linux.Syscalls;

/**
 * Gives up rights of this process and its threads (capabilities(7), credentials(7)). On Linux each thread has capabilities of its own,
 * and a new thread those of the one that starts it: so a program becomes another user first, keeping what its start needs, starts, and
 * then drops the rest.
 *
 * <pre>{@code
 * Privileges.becomeUser("gwlb", EnumSet.of(Capability.NET_ADMIN, Capability.NET_RAW));
 * GwlbAppliance appliance = GwlbAppliance.builder()
 *         .handler(worker -> packet -> Verdict.FORWARD).dropCapabilities(true).build().start();
 * Privileges.keepOnly();
 * }</pre>
 *
 * <p>This bounds what a deceived thread can ask of the kernel. It is no wall inside the process: threads share its memory.
 */
public final class Privileges {

    private static final long SET_USER_AND_GROUPS = 1L << 7 | 1L << 6; // CAP_SETUID, CAP_SETGID
    private static final int LOWEST_NICENESS = -10;
    private static final String EFFECTIVE = "CapEff:";

    private Privileges() {
    }

    /**
     * What the calling thread may do.
     *
     * @return a new set; empty on other systems than Linux
     */
    public static Set<Capability> effective() {
        Set<Capability> set = EnumSet.noneOf(Capability.class);
        Capabilities own = Syscalls.unavailableCause() != null ? null : Credentials.capabilities();
        if (own != null) {
            for (Capability capability : Capability.values()) {
                if ((own.effective() & capability.bit()) != 0) {
                    set.add(capability);
                }
            }
        }
        return set;
    }

    /**
     * Takes all other capabilities from the calling thread for good, and with no_new_privs from every program it starts, also by root or
     * with a set-user-id bit. Threads that it starts from now on are like it; those that run already stay as they are.
     *
     * @param kept those it keeps if it has them; none to keep nothing
     * @return false if the kernel refuses; on other systems than Linux nothing happens, and that is true
     */
    public static boolean keepOnly(Capability... kept) {
        if (Syscalls.unavailableCause() != null) {
            return true;
        }
        Capabilities own = Credentials.capabilities();
        if (own == null || Credentials.forbidNewPrivileges() < 0) {
            return false;
        }
        Capabilities rest = own.and(mask(List.of(kept)));
        return rest.equals(own) || Credentials.setCapabilities(rest) >= 0; // sandboxes may forbid the call itself
    }

    /**
     * Makes this process, all its threads, that of another user with his groups, for good. The calling thread keeps some capabilities,
     * and hands them on to threads and programs that it starts; all other threads lose theirs. Nothing can be gained back: programs started
     * from here have no_new_privs. Threads may still be given a niceness down to -10. To be called by root, before an appliance or capture is opened.
     *
     * @param name of the user; he must be able to read the class path, for classes are read when they are first used
     * @param kept what the calling thread keeps, as far as it has it
     * @throws LinuxException if there is no such user, he is root, he cannot read the class path, this process may not change its user,
     *                        or a thread has given up the right to; the message names the fix
     */
    public static void becomeUser(String name, Collection<Capability> kept) throws LinuxException {
        String what = "run as user " + name + ": ";
        if (Syscalls.unavailableCause() != null) {
            throw new LinuxException(what + Syscalls.unavailableCause());
        }
        User user = Credentials.findUser(name);
        if (user == null) {
            throw new LinuxException("cannot " + what + "there is no such user; make one: useradd --system --no-create-home --shell /usr/sbin/nologin " + name);
        }
        if (user.userId() == 0) {
            throw new LinuxException("cannot " + what + "that is root, who would keep all rights; name another user");
        }
        requireRight(what);
        Capabilities own = Credentials.capabilities().and(mask(kept));
        NativeThread.allowNiceness(LOWEST_NICENESS); // health checks must be answered in time; if not, it may take a few time slices
        check(what + "give up other capabilities", Credentials.boundTo(own.permitted()));
        check(what + "change user and groups", Credentials.setUser(name, user));
        long mask = own.permitted();
        check(what + "keep capabilities", Credentials.setCapabilities(new Capabilities(mask, mask, mask)));
        check(what + "hand capabilities on", Credentials.makeAmbient(mask));
        check(what + "forbid new privileges", Credentials.forbidNewPrivileges());
        requireClassPath(what);
    }

    private static long mask(Collection<Capability> capabilities) {
        return capabilities.stream().mapToLong(Capability::bit).reduce(0, (a, b) -> a | b);
    }

    private static void check(String what, int result) throws LinuxException {
        if (result < 0) {
            throw new LinuxException(what, result, "");
        }
    }

    /** The C library ends the process if one thread can become another user and the next cannot, so all of them are looked at. */
    private static void requireRight(String what) throws LinuxException {
        try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
            for (Path thread : threads.toList()) {
                if ((effectiveOf(thread) & SET_USER_AND_GROUPS) != SET_USER_AND_GROUPS) {
                    throw new LinuxException("cannot " + what + "it takes the capabilities CAP_SETUID and CAP_SETGID, which thread "
                            + thread.getFileName() + " does not have: start as root, or with that user at once (systemd: User=, AmbientCapabilities=)");
                }
            }
        } catch (IOException e) {
            throw e instanceof LinuxException known ? known : new LinuxException("cannot " + what + "cannot read /proc: " + e.getMessage());
        }
    }

    /** All, if the thread has ended. */
    private static long effectiveOf(Path thread) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(thread.resolve("status"));
        } catch (IOException e) {
            if (Files.exists(thread)) {
                throw e;
            }
            return -1;
        }
        return lines.stream().filter(line -> line.startsWith(EFFECTIVE)).mapToLong(line -> Long.parseUnsignedLong(line.substring(EFFECTIVE.length()).trim(), 16))
                .findFirst().orElse(0);
    }

    private static void requireClassPath(String what) throws LinuxException {
        for (String entry : System.getProperty("java.class.path", "").split(File.pathSeparator)) {
            Path path = Path.of(entry);
            if (!Files.isReadable(path) && !Files.notExists(path)) {
                throw new LinuxException("cannot " + what + "this user cannot read " + path.toAbsolutePath()
                        + ", from which classes are still to be read; install the program where everyone can read it, such as /opt");
            }
        }
    }
}

package io.github.gwlb4j.firewall;

import io.github.gwlb4j.firewall.rules.Policy;
import io.github.gwlb4j.firewall.rules.PolicyFile;
import io.github.gwlb4j.firewall.rules.RuleFileException;
import io.github.gwlb4j.firewall.state.PolicyVersion;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;

/**
 * Takes a changed rule file into use while packets flow: when told to, and when the file has changed if it is watched. All of the new
 * rules hold at once, or, if the file cannot be used, none: then the old ones stay, and one line says why. Usable from any thread.
 */
final class PolicyReload {
    private final Path file;
    private final CurrentPolicy policy;
    private final List<Firewall> workers;
    private final PrintStream out;
    private final PrintStream err;
    /** What the file looked like when it was loaded, and when it was last looked at. */
    private Stamp loaded;
    private Stamp seen;
    private volatile String failure;

    /** What tells one writing of a file from another. */
    private record Stamp(Object key, long modifiedMs, long size) {
        static final Stamp NONE = new Stamp(null, 0, -1);

        static Stamp of(Path file) {
            try {
                BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                return new Stamp(attributes.fileKey(), attributes.lastModifiedTime().toMillis(), attributes.size());
            } catch (IOException e) {
                return NONE;
            }
        }
    }

    /**
     * Nothing to do yet.
     *
     * @param file    the rules that {@code policy} was read from
     * @param policy  receives new ones
     * @param workers are told of them
     * @param out     is told of each success in one line
     * @param err     is told of each failure in one line
     */
    PolicyReload(Path file, CurrentPolicy policy, List<Firewall> workers, PrintStream out, PrintStream err) {
        this.file = file;
        this.policy = policy;
        this.workers = workers;
        this.out = out;
        this.err = err;
        this.loaded = Stamp.of(file);
        this.seen = loaded;
    }

    /** Loads the file, whether or not it has changed. */
    synchronized void reload() {
        loaded = Stamp.of(file);
        seen = loaded;
        try {
            Policy next = PolicyFile.read(file);
            PolicyVersion version = policy.replace(next);
            workers.forEach(Firewall::rulesHaveChanged);
            failure = null;
            out.printf("firewall: reloaded %s: %d rules, loading number %d%n", file, next.ruleCount() - 1, version.generation());
            out.flush();
        } catch (RuleFileException e) {
            failure = e.getMessage();
            err.println("firewall: rules not reloaded, the old ones stay in force: " + failure);
        }
    }

    /**
     * Loads the file if it is another one than was loaded, and the same as at the last look: one that is being written is left alone. To
     * be called about once a second.
     */
    synchronized void look() {
        Stamp now = Stamp.of(file);
        boolean isStill = now.equals(seen);
        seen = now;
        if (isStill && !now.equals(loaded) && now != Stamp.NONE) {
            reload();
        }
    }

    /** Why the last reload failed, in one line; null if it did not. */
    String failure() {
        return failure;
    }
}

package io.github.gwlb4j.tun;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

import org.junit.jupiter.api.Assumptions;

/** What a test needs from the machine. Where it is missing the test is skipped with a reason; with CI=true it fails. */
public final class Requirements {

    private static final boolean CI = "true".equals(System.getenv("CI"));

    private Requirements() {
    }

    /** TUN devices and network namespaces: Linux, root, /dev/net/tun. */
    public static void tun() {
        require(LinuxTun.unsupportedCause() == null, "needs TUN devices: " + LinuxTun.unsupportedCause());
        try {
            NetworkNamespace.isolated().close();
        } catch (LinuxException e) {
            require(false, "needs network namespaces: " + e.getMessage());
        }
    }

    /** A program on the PATH. */
    public static Path tool(String name, String debianPackage) {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("") + ":/usr/sbin:/sbin";
        Optional<Path> found = Arrays.stream(path.split(File.pathSeparator)).map(dir -> Path.of(dir, name))
                .filter(Files::isExecutable).findFirst();
        require(found.isPresent(), "needs the program " + name + ": apt-get install " + debianPackage);
        return found.orElseThrow();
    }

    public static void require(boolean present, String reason) {
        if (CI && !present) {
            throw new AssertionError("CI=true and the test cannot run: " + reason);
        }
        Assumptions.assumeTrue(present, reason);
    }
}

package io.github.gwlb4j.simulator.lab;

import io.github.gwlb4j.tun.LinuxTun;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Assumptions;

/** What a test needs from the machine. Where it is missing the test is skipped with a reason; with CI=true it fails. */
public final class Requirements {
    private Requirements() {
    }

    /** TUN devices, and programs as pairs of name and Debian package. */
    public static void lab(String... programsAndPackages) {
        require(LinuxTun.unsupportedCause() == null, "needs TUN devices: " + LinuxTun.unsupportedCause());
        tool("ip", "iproute2");
        for (int i = 0; i < programsAndPackages.length; i += 2) {
            tool(programsAndPackages[i], programsAndPackages[i + 1]);
        }
    }

    private static void tool(String name, String debianPackage) {
        boolean isFound = Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
        require(isFound, "needs the program " + name + " on the PATH: apt-get install " + debianPackage);
    }

    private static void require(boolean isPresent, String reason) {
        if ("true".equals(System.getenv("CI")) && !isPresent) {
            throw new AssertionError("CI=true and the test cannot run: " + reason);
        }
        Assumptions.assumeTrue(isPresent, reason);
    }
}

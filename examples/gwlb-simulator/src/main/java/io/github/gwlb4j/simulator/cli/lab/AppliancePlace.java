package io.github.gwlb4j.simulator.cli.lab;

import io.github.gwlb4j.tun.NetworkNamespace;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the appliance of a lab runs.
 *
 * @param file the namespace's file, null for one that the lab makes
 */
record AppliancePlace(Path file) {
    /** In a namespace that the lab makes. */
    static final String LAB = "lab";
    private static final String HOST = "host";

    static AppliancePlace parse(String text) {
        if (text.equals(LAB)) {
            return new AppliancePlace(null);
        }
        if (text.equals(HOST)) {
            // By number: the lab's own threads enter other namespaces.
            return new AppliancePlace(Path.of("/proc", Long.toString(ProcessHandle.current().pid()), "ns/net"));
        }
        Path file = text.startsWith("/") ? Path.of(text) : NetworkNamespace.named(text).path();
        if (!Files.exists(file)) {
            throw new IllegalArgumentException("--target '" + text + "' is neither lab nor host nor a network namespace: see 'ip netns list'");
        }
        return new AppliancePlace(file);
    }

    boolean isInLab() {
        return file == null;
    }

    NetworkNamespace namespace() {
        return NetworkNamespace.at(file);
    }
}

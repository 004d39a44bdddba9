package io.github.gwlb4j.firewall;

import io.github.gwlb4j.simulator.lab.LabProcess;
import io.github.gwlb4j.simulator.lab.LiveLab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starts firewalls that are killed. Stateless. */
final class RestartedFirewall {
    static final String READY = "listening on UDP";
    /** What is measured is the firewall, not who else uses this machine. */
    private static final int NICENESS = -15;

    private RestartedFirewall() {
    }

    /** The beginning of a command: what makes a JVM start soon rather than run fast. */
    static List<String> javaForAShortLife() {
        return List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                "-XX:+IgnoreUnrecognizedVMOptions", "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"));
    }

    /** Does not wait until it is ready. */
    static LabProcess start(LiveLab lab, List<String> java, Path folder) throws IOException {
        Path rules = Files.writeString(folder.resolve("rules"), "deny udp to any port 9\ndefault allow\n");
        List<String> command = new ArrayList<>(List.of("nice", "-n", Integer.toString(NICENESS)));
        command.addAll(java);
        command.addAll(List.of(FirewallMain.class.getName(), "--rules", rules.toString(), "--listen", LiveLab.APPLIANCE_ADDRESS, "--quiet"));
        return lab.appliance().start(command.toArray(String[]::new));
    }
}

package io.github.gwlb4j.handler;

import io.github.gwlb4j.simulator.lab.LabProcess;
import io.github.gwlb4j.simulator.lab.LiveLab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** Starts handlers that are killed, with a hook that lets all traffic of one endpoint through. Stateless. */
final class RestartedHandler {
    private RestartedHandler() {
    }

    /** A script that writes what it is called with. */
    static String hook(Path folder, Path log) throws IOException {
        Path hook = Files.writeString(folder.resolve("hook.sh"), """
                #!/bin/sh
                echo "$1 $2" >> %s
                [ "$1" = CREATE ] || exit 0
                sysctl -q -w net.ipv4.ip_forward=1
                ip rule show | grep -q "iif $2 " || ip rule add iif $2 table 100
                ip route replace default dev $3 table 100
                """.formatted(log));
        Files.setPosixFilePermissions(hook, PosixFilePermissions.fromString("rwxr-xr-x"));
        return hook.toString();
    }

    /** The beginning of a command: what makes a JVM start soon rather than run fast. */
    static List<String> javaForAShortLife() {
        return List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                "-XX:+IgnoreUnrecognizedVMOptions", "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"));
    }

    /** Does not wait until it is ready. */
    static LabProcess start(LiveLab lab, List<String> java, String hook, String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of("nice", "-n", Integer.toString(SecondNode.NICENESS)));
        command.addAll(java);
        command.addAll(List.of(GwlbtunMain.class.getName(), "-c", hook, "-p", Integer.toString(HandlerProcess.HEALTH_PORT)));
        command.addAll(List.of(more));
        return lab.appliance().start(command.toArray(String[]::new));
    }
}

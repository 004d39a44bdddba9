package io.github.gwlb4j.handler.machine;

import io.github.gwlb4j.fuzzing.Fuzzer;
import io.github.gwlb4j.fuzzing.Messages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Any text in the files of /proc and /sys that {@code gwlbtun doctor} reads: findings of one line each. */
class MachineChecksFuzzTest {
    private static final List<String> FILES = List.of("proc/self/status", "proc/self/limits", "proc/net/route", "proc/sys/net/ipv4/ip_forward",
            "proc/sys/net/ipv4/conf/all/rp_filter", "proc/sys/net/core/rmem_max", "sys/class/net/eth0/mtu");

    @TempDir
    Path root;

    @Test
    void shouldFindWhateverTheFilesSay() {
        Fuzzer.of("machine-files", this::check)
                .seeds("Name:\tjava\nCapEff:\t000001ffffffffff\n", "Max open files            1024                 524288               files\n", "1\n", "9001\n",
                        "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\neth0\t00000000\t010012AC\t0003\t0\t0\t0\t00000000\t0\n")
                .words("CapEff:", "ffffffffffffffffff", "Max open files ", "unlimited", "00000000").run(100);
    }

    private void check(byte[] input) throws IOException {
        for (String file : FILES) {
            Files.createDirectories(root.resolve(file).getParent());
            Files.write(root.resolve(file), input);
        }
        MachineChecks checks = new MachineChecks(root, () -> null);
        List<Finding> findings = List.of(checks.rawSockets(), checks.openFiles(), checks.forwarding("ipv4/ip_forward", "x", "IPv4"), checks.reversePathFilter(),
                checks.receiveBuffer(), checks.mtu("eth0"), checks.sourceDestinationCheck());
        findings.forEach(finding -> Messages.requireOneLine(finding.text()));
        checks.defaultLink();
    }
}

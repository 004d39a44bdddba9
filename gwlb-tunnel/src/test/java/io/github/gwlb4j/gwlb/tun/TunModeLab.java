package io.github.gwlb4j.gwlb.tun;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.EnumMap;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.GwlbApplianceBuilder;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.simulator.lab.CommandResult;
import io.github.gwlb4j.simulator.lab.LabNamespace;
import io.github.gwlb4j.simulator.lab.LabReport;
import io.github.gwlb4j.simulator.lab.LabSite;
import io.github.gwlb4j.simulator.lab.LiveLab;
import io.github.gwlb4j.simulator.lab.LiveLabBuilder;
import io.github.gwlb4j.tun.Link;
import io.github.gwlb4j.tun.LinkAddress;
import io.github.gwlb4j.tun.LinuxException;
import io.github.gwlb4j.tun.LinuxTun;
import io.github.gwlb4j.tun.NetAdmin;
import java.io.File;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Assumptions;

/**
 * A live lab whose appliance namespace forwards packets, has addresses of its own on its loopback interface, and sends ICMP errors at any
 * rate; in it the appliance under test. {@link #close()} checks what must hold after each test, whatever it did: nothing that came back
 * was wrong, the counters add up, and no interface has stayed behind.
 */
final class TunModeLab implements AutoCloseable {
    static final Duration LIMIT = Duration.ofSeconds(30);
    /** Of the appliance's kernel: the sender of its ICMP errors. */
    static final String KERNEL_ADDRESS = "192.0.2.1";
    static final String KERNEL_ADDRESS_6 = "2001:db8:ffff::1";

    private final LiveLab lab;
    private GwlbAppliance appliance;

    TunModeLab(LiveLabBuilder builder) throws Exception {
        lab = builder.start();
        try (NetAdmin admin = NetAdmin.open(lab.appliance().network())) {
            admin.addAddress("lo", LinkAddress.parse(KERNEL_ADDRESS + "/32"));
            admin.addAddress("lo", LinkAddress.parse(KERNEL_ADDRESS_6 + "/128"));
            run(lab.appliance(), "sysctl", "-q", "-w", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1",
                    "net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0");
        } catch (Exception | Error e) {
            lab.close();
            throw e;
        }
    }

    /** Skips the test where there are no TUN devices, or programs, given as pairs of name and Debian package, are missing. */
    static void require(String... programsAndPackages) {
        require(LinuxTun.unsupportedCause() == null, "needs TUN devices: " + LinuxTun.unsupportedCause());
        requireProgram("ip", "iproute2");
        requireProgram("sysctl", "procps");
        for (int i = 0; i < programsAndPackages.length; i += 2) {
            requireProgram(programsAndPackages[i], programsAndPackages[i + 1]);
        }
    }

    private static void requireProgram(String name, String debianPackage) {
        boolean isFound = Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
        require(isFound, "needs the program " + name + " on the PATH: apt-get install " + debianPackage);
    }

    private static void require(boolean isPresent, String reason) {
        if (!isPresent && "true".equals(System.getenv("CI"))) {
            throw new AssertionError("CI=true and the test cannot run: " + reason);
        }
        Assumptions.assumeTrue(isPresent, reason);
    }

    /** Settings of an appliance in TUN mode, for a call of {@link #start}. */
    static GwlbApplianceBuilder tunMode() {
        return GwlbAppliance.builder().mode(TunnelMode.TUN);
    }

    GwlbAppliance start(GwlbApplianceBuilder builder) throws Exception {
        appliance = lab.appliance().call(
                () -> builder.listen(new InetSocketAddress(LiveLab.APPLIANCE_ADDRESS, 6081)).build().start());
        return appliance;
    }

    GwlbAppliance appliance() {
        return appliance;
    }

    ApplianceStats stats() {
        return appliance.stats();
    }

    LiveLab lab() {
        return lab;
    }

    /** Where the appliance and its kernel are. */
    LabNamespace kernel() {
        return lab.appliance();
    }

    LabSite site() {
        return lab.site(0);
    }

    LabNamespace client() {
        return lab.site(0).client();
    }

    LabNamespace server() {
        return lab.site(0).server();
    }

    LabReport.SiteReport siteReport() {
        return lab.report().site(lab.site(0));
    }

    /** Routes for the only tunnel there is. */
    TunnelRoutes routes() {
        return new TunnelRoutes(lab.appliance());
    }

    /** Runs a program that must succeed; answers what it wrote. */
    static String run(LabNamespace namespace, String... command) throws Exception {
        CommandResult result = namespace.run(LIMIT, command);
        assertThat(result.isSuccess()).as("%s", result).isTrue();
        return result.output();
    }

    /** Sends that many pings at once and expects all answers. Once ping has one, it waits for the rest as long as its interval. */
    static String ping(LabNamespace from, int count, String... arguments) throws Exception {
        String[] command = {"ping", "-n", "-c", "" + count, "-l", "" + count, "-i", "10", "-W", "10"};
        int length = command.length;
        command = Arrays.copyOf(command, length + arguments.length);
        System.arraycopy(arguments, 0, command, length, arguments.length);
        String output = run(from, command);
        assertThat(output).contains(count + " received");
        return output;
    }

    /** Of the test's own traffic. */
    Map<DropReason, Long> drops() {
        Map<DropReason, Long> drops = new EnumMap<>(stats().drops());
        drops.values().removeIf(count -> count == 0);
        drops.remove(DropReason.KERNEL_MULTICAST);
        return drops;
    }

    static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!condition.getAsBoolean() && System.nanoTime() - end < 0) {
            Thread.sleep(2);
        }
        assertThat(condition.getAsBoolean()).as(what).isTrue();
    }

    /** The tunnels' interfaces in the appliance's namespace. */
    List<Link> tunnelLinks() throws LinuxException {
        try (NetAdmin admin = NetAdmin.open(lab.appliance().network())) {
            return admin.links().stream().filter(link -> link.name().matches("gw[io]-.*")).toList();
        }
    }

    @Override
    public void close() throws LinuxException {
        try {
            if (appliance != null) {
                appliance.close();
                assertThat(stats().isBalanced()).as("%s", stats()).isTrue();
                assertThat(stats().heldPackets()).isZero();
                assertThat(stats().tunnels()).isEmpty();
                assertThat(tunnelLinks()).isEmpty();
            }
            assertThat(lab.report().isClean()).as("%s%n%s", lab.report(), appliance == null ? "" : stats()).isTrue();
        } finally {
            if (appliance != null) {
                appliance.close();
            }
            lab.close();
        }
    }
}

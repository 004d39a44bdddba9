package io.github.gwlb4j.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.geneve.aws.EndpointId;
import io.github.gwlb4j.simulator.lab.ClassPathCopy;
import io.github.gwlb4j.simulator.lab.CommandResult;
import io.github.gwlb4j.simulator.lab.LiveLab;
import io.github.gwlb4j.simulator.lab.ThreadRights;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program with few rights: real traffic, and what the kernel says that each of its threads may do. */
@Timeout(60)
class HandlerRightsTest {
    private static final Duration SHORT = Duration.ofSeconds(10);
    private static final long ENDPOINT = 0x0123456789abcdefL;
    private static final String X = EndpointId.toBase60(ENDPOINT);
    private static final int NOBODY = 65_534;
    private static final long NET_ADMIN_AND_RAW = 1 << 12 | 1 << 13;
    private static final List<String> AS_NOBODY = List.of("setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups");
    /** /dev/net/tun with the permissions that udev gives it, which containers do not have, where only this program sees it. */
    private static final List<String> WITH_DEVICE = List.of("unshare", "--mount", "--propagation", "private", "sh", "-c",
            "mount -t tmpfs none /dev/net && mknod -m 666 /dev/net/tun c 10 200 && exec \"$@\"", "sh");
    private static final String PASS_THROUGH = """
            #!/bin/sh
            echo "$1 $(id -u) $(sed -n 's/^CapEff:.//p; s/^NoNewPrivs:.//p' /proc/self/status | tr '\\n' ' ')" >> %s
            [ "$1" = CREATE ] || exit 0
            sysctl -q -w net.ipv4.ip_forward=1
            ip rule add iif $2 table 100 && ip route replace default dev $3 table 100
            """;

    @TempDir
    private static Path programs;
    private static String classPath;
    @TempDir
    private Path folder;
    private Path hookLog;
    private LiveLab lab;
    private HandlerProcess handler;

    @BeforeAll
    static void prepare() throws Exception {
        LabRequirements.check();
        classPath = ClassPathCopy.into(programs);
    }

    @BeforeEach
    void start() throws Exception {
        lab = LiveLab.builder().site(ENDPOINT).start();
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        hookLog = Files.createFile(folder.resolve("hook.log"));
        Files.setPosixFilePermissions(hookLog, PosixFilePermissions.fromString("rw-rw-rw-"));
    }

    @AfterEach
    void end() {
        if (handler != null) {
            handler.close();
        }
        if (lab != null) {
            lab.close();
        }
    }

    private void launch(List<String> starter, String... options) throws Exception {
        launchWith(WITH_DEVICE, starter, options);
    }

    private void launchWith(List<String> outerStarter, List<String> starter, String... options) throws Exception {
        Path hook = Files.writeString(folder.resolve("hook.sh"), PASS_THROUGH.formatted(hookLog));
        Files.setPosixFilePermissions(hook, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<String> arguments = new ArrayList<>(List.of("-p", Integer.toString(HandlerProcess.HEALTH_PORT)));
        arguments.addAll(List.of(options));
        arguments.replaceAll(argument -> argument.equals("HOOK") ? hook.toString() : argument);
        List<String> all = new ArrayList<>(outerStarter);
        all.addAll(starter);
        handler = HandlerProcess.launch(lab, all, classPath, arguments.toArray(String[]::new));
    }

    private void assertForwards() throws Exception {
        CommandResult ping = lab.site(0).client().run(SHORT, "ping", "-c", "3", "-i", "0.2", "-W", "5", "10.30.0.2");
        assertThat(ping.isSuccess()).as("%s%n%s", ping, handler.output()).isTrue();
        assertThat(ping.output()).contains(" 0% packet loss");
        assertThat(handler.get("/").status()).isEqualTo(200);
    }

    private List<ThreadRights> rights() throws Exception {
        return ThreadRights.of(handler.pid());
    }

    private void assertHooksHad(String rights) throws Exception {
        assertThat(Files.readAllLines(hookLog)).containsExactly("CREATE " + rights, "DESTROY " + rights);
    }

    @Test
    void shouldBecomeTheUserAndKeepRightsOnlyWhereInterfacesAreMade() throws Exception {
        launch(List.of(), "--user", "nobody", "-c", "HOOK", "-r", "HOOK", "--pcapng", capturePath());
        handler.awaitOutput(" ready");
        assertForwards();

        assertThat(rights()).allMatch(thread -> thread.userId() == NOBODY).hasSizeGreaterThan(8);
        List<ThreadRights> mighty = rights().stream().filter(thread -> thread.permitted() != 0).toList();
        assertThat(mighty).isNotEmpty().allMatch(thread -> thread.effective() == NET_ADMIN_AND_RAW && thread.permitted() == NET_ADMIN_AND_RAW);
        assertThat(mighty).extracting(ThreadRights::thread).allMatch(name -> name.matches("gwlb4j-control|gwlb4j-callbac.*|gwlbtun-interfa|process reaper"))
                .contains("gwlb4j-control");
        assertThat(rights()).extracting(ThreadRights::thread).contains("gwlb4j-worker-0", "gwlb4j-health", "gwlb-capture");
        assertThat(handler.stop()).contains("running as user nobody; threads that make interfaces, and scripts, have [NET_ADMIN, NET_RAW]")
                .doesNotContain("WARN");
        assertHooksHad("65534 0000000000003000 1 ");
    }

    /** A directory of the user's. */
    private String capturePath() throws Exception {
        Path captures = Files.createDirectory(folder.resolve("captures"));
        Files.setAttribute(captures, "unix:uid", NOBODY);
        return captures.resolve("c.pcapng").toString();
    }

    @Test
    void shouldRunScriptsForAPlainUserWithAmbientCapabilities() throws Exception {
        List<String> starter = new ArrayList<>(AS_NOBODY);
        starter.addAll(List.of("--inh-caps", "+net_admin,+net_raw", "--ambient-caps", "+net_admin,+net_raw"));
        launch(starter, "-c", "HOOK", "-r", "HOOK");
        handler.awaitOutput(" ready");
        assertForwards();

        assertThat(rights().stream().filter(thread -> thread.thread().matches("gwlb4j-worker.*|gwlb4j-health"))).hasSizeGreaterThan(1)
                .allMatch(thread -> thread.permitted() == 0);
        assertThat(handler.stop()).doesNotContain("WARN");
        assertHooksHad("65534 0000000000003000 0 ");
    }

    /** Root starts both; the socket, the health port and the interfaces are the user's, whose process the second is when it connects. */
    @Test
    void shouldTakeOverAsTheUserFromAProcessOfTheUser() throws Exception {
        String socket = takeoverPath();
        launch(List.of(), "--user", "nobody", "-c", "HOOK", "-r", "HOOK", "--takeover", socket);
        handler.awaitOutput(" ready");
        assertForwards();
        takeOver(List.of(), "--user", "nobody", "-c", "HOOK", "-r", "HOOK", "--takeover", socket);

        assertThat(rights()).allMatch(thread -> thread.userId() == NOBODY);
        assertThat(rights().stream().filter(thread -> thread.permitted() != 0)).extracting(ThreadRights::thread)
                .allMatch(name -> name.matches("gwlb4j-control|gwlb4j-callbac.*|gwlbtun-interfa|process reaper"));
        assertThat(Files.getAttribute(Path.of(socket), "unix:uid")).isEqualTo(NOBODY);
        assertThat(handler.stop()).contains("took over from process").doesNotContain("WARN");
        assertHooksHad("65534 0000000000003000 1 ");
    }

    @Test
    void shouldTakeOverInterfacesThatRootHasMade() throws Exception {
        makeInterfaces();
        String socket = takeoverPath();
        // A receive buffer that every user may have, whatever net.core.rmem_max is: a smaller one than asked for is warned of.
        String[] options = {"--udpthreads", "2", "--receive-buffer", "100000", "--takeover", socket};
        launch(AS_NOBODY, options);
        handler.awaitOutput(" ready");
        assertForwards();
        takeOver(AS_NOBODY, options);
        takeOver(AS_NOBODY, options);

        assertThat(rights()).allMatch(thread -> thread.userId() == NOBODY && thread.permitted() == 0);
        assertThat(handler.stop()).doesNotContain("WARN");
        assertThat(root("ip", "-d", "link", "show", "gwi-" + X)).as("left as it was").contains("persist on", "UP", "numqueues 0");
    }

    private String takeoverPath() throws Exception {
        Path run = Files.createDirectory(folder.resolve("run"));
        Files.setAttribute(run, "unix:uid", NOBODY);
        return run.resolve("t.sock").toString();
    }

    private void takeOver(List<String> starter, String... options) throws Exception {
        HandlerProcess before = handler;
        try {
            launch(starter, options);
            handler.awaitOutput(" ready");
            CommandResult end = before.waitFor();
            assertThat(end.exitCode()).as("%s%n%s", end, handler.output()).isZero();
        } finally {
            before.close();
        }
        assertForwards();
    }

    private void makeInterfaces() throws Exception {
        for (String name : List.of("gwi-" + X, "gwo-" + X)) {
            root("ip", "tuntap", "add", "dev", name, "mode", "tun", "user", "nobody", "multi_queue");
            root("ip", "link", "set", name, "mtu", "8500", "addrgenmode", "none", "up");
        }
        root("sysctl", "-q", "-w", "net.ipv4.ip_forward=1");
        root("ip", "rule", "add", "iif", "gwi-" + X, "table", "100");
        root("ip", "route", "add", "default", "dev", "gwo-" + X, "table", "100");
    }

    @Test
    void shouldServeInterfacesThatRootHasMadeForAUserWithoutAnyCapability() throws Exception {
        makeInterfaces();
        launch(AS_NOBODY, "--udpthreads", "2");
        handler.awaitOutput(" ready");
        assertForwards();

        assertThat(rights()).allMatch(thread -> thread.userId() == NOBODY && thread.permitted() == 0);
        assertThat(handler.stop()).contains("only endpoints whose interfaces were made beforehand are served", "interface gwi-" + X + " exists already and is taken");
        assertThat(root("ip", "-d", "link", "show", "gwi-" + X)).as("left as it was").contains("persist on", "UP", "numqueues 0");

        launch(AS_NOBODY, "--udpthreads", "2");
        handler.awaitOutput(" ready");
        assertForwards();
        handler.stop();
    }

    @Test
    void shouldNotShareAnInterfaceWithAnotherProgram() throws Exception {
        launch(List.of(), "--pre-create", EndpointId.toHex(ENDPOINT), "--udpthreads", "2");
        handler.awaitOutput(" ready");
        HandlerProcess second = HandlerProcess.launch(lab, "--listen", "127.0.0.1:7000", "--pre-create", EndpointId.toHex(ENDPOINT), "--udpthreads", "2");
        CommandResult result = second.waitFor();
        assertThat(result.exitCode()).as("%s", result).isEqualTo(2);
        assertThat(result.output()).contains("cannot open TUN device gwi-" + X + ": device or resource busy");
        handler.stop();
    }

    @Test
    void shouldSayWhatIsMissingWhenAUserHasNeitherCapabilityNorInterface() throws Exception {
        launch(AS_NOBODY);
        CommandResult result = handler.waitFor();
        assertThat(result.exitCode()).as("%s", result).isEqualTo(2);
        assertThat(result.output()).contains("gwlbtun: cannot make interfaces: It needs the capability CAP_NET_ADMIN");

        root("ip", "tuntap", "add", "dev", "gwi-" + X, "mode", "tun", "user", "nobody");
        launch(AS_NOBODY, "--udpthreads", "1", "--pre-create", EndpointId.toHex(ENDPOINT));
        CommandResult wrongMtu = handler.waitFor();
        assertThat(wrongMtu.exitCode()).as("%s", wrongMtu).isEqualTo(2);
        assertThat(wrongMtu.output()).contains("cannot set MTU 8500 of TUN device gwi-" + X, "make the device with this setting beforehand");
    }

    @Test
    void shouldSayAtTheStartThatTheUserMayNotOpenTheTunDevice() throws Exception {
        List<String> withoutAccess = WITH_DEVICE.stream().map(word -> word.replace("-m 666", "-m 600")).toList();
        launchWith(withoutAccess, List.of(), "--user", "nobody");
        CommandResult result = handler.waitFor();
        assertThat(result.exitCode()).as("%s", result).isEqualTo(2);
        assertThat(result.output()).contains("gwlbtun: cannot make interfaces: The permissions of /dev/net/tun keep this user out. 'chmod 666 /dev/net/tun'");
    }

    private String root(String... command) throws Exception {
        CommandResult result = lab.appliance().run(SHORT, command);
        assertThat(result.isSuccess()).as("%s", result).isTrue();
        return result.output();
    }
}

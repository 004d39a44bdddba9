package io.github.gwlb4j.firewall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.gwlb4j.simulator.lab.CommandResult;
import io.github.gwlb4j.tun.LinuxTun;
import java.io.File;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The firewall as a process between real programs: curl, dig, ping and a session as of ssh, behind the simulated load balancer. */
@Timeout(60)
class FirewallLabTest {
    /** Far below what a client waits that gets no answer at all. */
    private static final Duration AT_ONCE = Duration.ofSeconds(1);
    private static final String RULES = """
            web:      allow  tcp to any port 443 domain .good.example
            web-no:   reject tcp to any port 443
            dns:      allow  any to any port 53 domain .good.example
            dns-no:   reject tcp to any port 53
            ping:     allow  icmp to 10.30.0.2
            ssh:      allow  tcp to any port 22
            default deny
            """;

    @TempDir
    private static Path folder;
    private static FirewallBetween lab;

    @BeforeAll
    static void start() throws Exception {
        String cause = LinuxTun.unsupportedCause() != null ? "needs root and /dev/net/tun: " + LinuxTun.unsupportedCause() : missingProgram();
        if ("true".equals(System.getenv("CI"))) {
            assertThat(cause).as("CI must be able to run this test").isNull();
        }
        assumeTrue(cause == null, cause);
        lab = new FirewallBetween(folder);
        lab.startFirewall(RULES);
        lab.startServers();
    }

    private static String missingProgram() {
        List<String> path = Arrays.asList(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator));
        for (String program : List.of("ip", "curl", "openssl", "dig", "ping")) {
            if (path.stream().noneMatch(directory -> Files.isExecutable(Path.of(directory, program)))) {
                return "needs the program " + program + " on the PATH (Debian: iproute2, curl, openssl, bind9-dnsutils, iputils-ping)";
            }
        }
        return null;
    }

    @AfterAll
    static void end() {
        if (lab != null) {
            lab.close();
        }
    }

    @Test
    void shouldPassHttpsToAnAllowedName() throws Exception {
        CommandResult curl = lab.curl("www.good.example");
        assertThat(curl.isSuccess()).as("%s%n%s", curl, lab).isTrue();
        assertThat(curl.output()).contains("s_server");
    }

    @Test
    void shouldRejectHttpsToAnotherNameAtOnce() throws Exception {
        long startNs = System.nanoTime();
        CommandResult curl = lab.curl("www.evil.example");
        Duration took = Duration.ofNanos(System.nanoTime() - startNs);

        assertThat(curl.exitCode()).as("%s%n%s", curl, lab).isIn(35, 56); // connection reset in the TLS handshake
        assertThat(curl.output()).contains("reset by peer");
        assertThat(took).isLessThan(AT_ONCE);
    }

    @Test
    void shouldRejectHttpsThatNamesNoServer() throws Exception {
        CommandResult curl = lab.client("curl", "-sSk", "-m", "5", "https://10.30.0.2/");
        assertThat(curl.output()).as("%s", lab).contains("reset by peer");
    }

    @Test
    void shouldAnswerDnsOfAnAllowedNameAndNothingToAnother() throws Exception {
        assertThat(lab.dig("WWW.Good.Example").output()).as("%s", lab).contains("status: NOERROR");
        assertThat(lab.dig("www.evil.example").output()).as("%s", lab).containsAnyOf("timed out", "no servers could be reached");
    }

    @Test
    void shouldRefuseDnsOfAnotherNameWhenTold() throws Exception {
        lab.useRules("set dns-denied refused\n" + RULES);
        try {
            assertThat(lab.dig("www.good.example").output()).as("%s", lab).contains("status: NOERROR");
            CommandResult refused = lab.dig("www.evil.example");
            assertThat(refused.output()).as("%s", lab).contains("status: REFUSED", "www.evil.example.", "EDE: 15 (Blocked)")
                    .doesNotContainIgnoringCase("warning");
        } finally {
            lab.useRules(RULES);
        }
    }

    @Test
    void shouldRejectDnsOverTcpOfAnotherNameAtOnce() throws Exception {
        long startNs = System.nanoTime();
        CommandResult dig = lab.dig("www.evil.example", "+tcp");
        assertThat(dig.output()).as("%s", lab).contains("connection reset");
        assertThat(Duration.ofNanos(System.nanoTime() - startNs)).isLessThan(AT_ONCE);
    }

    @Test
    void shouldPassPingOnlyWhereARuleAllowsIt() throws Exception {
        assertThat(lab.client("ping", "-c", "1", "-W", "2", "10.30.0.2").isSuccess()).as("%s", lab).isTrue();
        assertThat(lab.client("ping", "-6", "-c", "1", "-W", "0.3", "fd30::2").isSuccess()).as("%s", lab).isFalse();
    }

    @Test
    void shouldKeepASessionThroughAReload() throws Exception {
        try (EchoSession session = lab.openSession()) {
            session.assertEchoes("before");
            lab.useRules("default deny\n");
            session.assertEchoes("after");
            assertThatThrownBy(() -> lab.openSession()).as("a new one is judged by the new rules").isInstanceOf(IOException.class);
            lab.useRulesExpectingFailure("alow tcp\n");
            session.assertEchoes("after a file that is wrong");
        } finally {
            lab.useRules(RULES);
        }
    }

    @Test
    void shouldTakeOverASessionAfterAFailoverWhenMidStreamIsAllowed() throws Exception {
        try (EchoSession session = sessionAfterFailover("allow")) {
            session.assertEchoes("after");
        }
    }

    @Test
    void shouldStopASessionAfterAFailoverWhenMidStreamIsDenied() throws Exception {
        try (EchoSession session = sessionAfterFailover("deny")) {
            session.write("after");
            assertThatThrownBy(() -> session.read(Duration.ofMillis(700))).isInstanceOf(SocketTimeoutException.class);
        } finally {
            lab.useRules(RULES);
        }
    }

    @Test
    void shouldResetASessionAfterAFailoverWhenMidStreamIsRejected() throws Exception {
        try (EchoSession session = sessionAfterFailover("reject")) {
            session.write("after");
            assertThatThrownBy(() -> session.read(AT_ONCE)).isInstanceOf(SocketException.class).hasMessageContaining("reset");
        } finally {
            lab.useRules(RULES);
        }
    }

    private static EchoSession sessionAfterFailover(String midStream) throws Exception {
        EchoSession session = lab.openSession();
        session.assertEchoes("before");
        lab.killFirewall();
        lab.startFirewall("set mid-stream " + midStream + "\n" + RULES);
        return session;
    }
}

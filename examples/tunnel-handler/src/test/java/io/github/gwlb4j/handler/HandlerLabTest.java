package io.github.gwlb4j.handler;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.gwlb4j.geneve.aws.EndpointId;
import io.github.gwlb4j.simulator.lab.CommandResult;
import io.github.gwlb4j.simulator.lab.LabSite;
import io.github.gwlb4j.simulator.lab.LiveLab;
import io.github.gwlb4j.simulator.lab.SiteConfig;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program with real scripts, interfaces, sockets and signals, behind the simulated load balancer. */
@Timeout(60)
class HandlerLabTest {
    private static final Duration SHORT = Duration.ofSeconds(10);
    private static final long ENDPOINT = 0x0123456789abcdefL;

    @TempDir
    private Path folder;
    private LiveLab lab;
    private HandlerProcess handler;

    @BeforeAll
    static void requireRoot() {
        LabRequirements.check();
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

    private void startLab() throws Exception {
        lab = LiveLab.builder().site(ENDPOINT).start();
    }

    /** A script in the way of those that exist: all traffic from gwi to gwo, and a log of its arguments. */
    private String passThroughScript() throws Exception {
        return script("""
                echo "$# $*" >> %s
                table=$(( 100 + $(cat /sys/class/net/$2/ifindex 2>/dev/null || echo 0) ))
                if [ "$1" = CREATE ]; then
                    sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.$2.rp_filter=0
                    for family in -4 -6; do
                        ip $family rule add iif $2 table $table
                        ip $family route replace default dev $3 table $table
                    done
                else
                    for family in -4 -6; do ip $family rule del iif $2; done
                fi
                """.formatted(hookLog()));
    }

    private Path hookLog() {
        return folder.resolve("hook.log");
    }

    private String script(String body) throws Exception {
        Path file = Files.writeString(folder.resolve("hook.sh"), "#!/bin/sh\n" + body);
        assertThat(file.toFile().setExecutable(true)).isTrue();
        return file.toString();
    }

    private List<String> hookCalls() throws Exception {
        return Files.exists(hookLog()) ? Files.readAllLines(hookLog()) : List.of();
    }

    private String tunnelInterfaces() throws Exception {
        CommandResult links = lab.appliance().run(SHORT, "ip", "-o", "link");
        return links.output().lines().filter(line -> line.contains(" gwi-") || line.contains(" gwo-")).collect(Collectors.joining("\n"));
    }

    private CommandResult ping(String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of("ping", "-c", "1", "-W", "2"));
        command.addAll(List.of(options));
        return lab.site(0).client().run(SHORT, command.toArray(String[]::new));
    }

    private void assertPings() throws Exception {
        CommandResult ping = ping("10.30.0.2");
        assertThat(ping.isSuccess()).as("%s%n%s%n%s", ping, handler.output(), lab.report()).isTrue();
    }

    @Test
    void shouldCallScriptsAndNameInterfacesAsTheHandlerThatItReplacesWhateverTheEndpointsId() throws Exception {
        startLab();
        String script = script("echo \"$# $*\" >> " + hookLog() + "; [ $1 = DESTROY ] || ip -o link show $2 >> " + hookLog() + ".links\n");
        String[] ids = {"0", "1", "3b", "3c", "8000000000000000", "ffffffffffffffff"};
        String[] names = {"0", "1", "X", "10", "ffdywvTkfu8", "uur953OEv0f"};
        handler = HandlerProcess.start(lab, "-c", script, "-r", script, "--pre-create", String.join(",", ids));

        List<String> created = new ArrayList<>();
        List<String> destroyed = new ArrayList<>();
        for (int i = 0; i < ids.length; i++) {
            String rest = " gwi-" + names[i] + " gwo-" + names[i] + " " + "0".repeat(17 - ids[i].length()) + ids[i];
            created.add("4 CREATE" + rest);
            destroyed.add("4 DESTROY" + rest);
        }
        assertThat(hookCalls()).containsExactlyInAnyOrderElementsOf(created);
        assertThat(tunnelInterfaces().lines()).hasSize(2 * ids.length).allMatch(line -> line.contains("mtu 8500") && line.contains(",UP"));

        Files.delete(hookLog());
        handler.stop();
        assertThat(hookCalls()).containsExactlyInAnyOrderElementsOf(destroyed);
        assertThat(tunnelInterfaces()).isEmpty();
    }

    @Test
    void shouldCarryTrafficAndTellItOnTheHealthPage() throws Exception {
        startLab();
        String script = passThroughScript();
        handler = HandlerProcess.start(lab, "-c", script, "-r", script, "-j", "--udpthreads", "2", "-x", "--pcapng", folder.resolve("c.pcapng").toString());

        assertPings();
        assertThat(ping("-6", "fd30::2").isSuccess()).as("%s", handler.output()).isTrue();
        assertThat(ping("-s", "8000", "10.30.0.2").isSuccess()).isTrue();

        HandlerProcess.Answer answer = handler.get("/");
        assertThat(answer.status()).isEqualTo(200);
        JsonNode page = answer.json();
        assertThat(page.path("healthy").booleanValue()).isTrue();
        assertThat(page.path("workers")).hasSize(2);
        assertThat(page.path("flows").path("held").intValue()).isPositive();
        assertThat(page.path("drops").isObject()).isTrue();
        JsonNode tunnel = page.path("tunnels").path(0);
        String suffix = EndpointId.toBase60(ENDPOINT);
        assertThat(tunnel.path("ingressInterface").textValue()).isEqualTo("gwi-" + suffix);
        assertThat(tunnel.path("egressInterface").textValue()).isEqualTo("gwo-" + suffix);
        assertThat(tunnel.path("received").path("packets").longValue()).isPositive();
        assertThat(tunnel.path("forwarded").path("bytes").longValue()).isPositive();
        assertThat(tunnel.path("idleSeconds").doubleValue()).isBetween(0.0, 10.0);
        HandlerProcess.Answer metrics = handler.get("/metrics");
        assertThat(metrics.status()).isEqualTo(200);
        assertThat(metrics.body()).contains("gwlb4j_received_packets_total", "gwlb4j_tunnels 1");

        String log = handler.stop();
        assertThat(log).contains("into gwi-" + suffix + ", 84 bytes", "out of gwo-" + suffix);
        assertThat(Files.size(folder.resolve("c.pcapng"))).isGreaterThan(8000);
        assertThat(lab.report().isClean()).as("%s", lab.report()).isTrue();
    }

    @Test
    void shouldAnswerTheStatusAloneOrTextAsAsked() throws Exception {
        startLab();
        handler = HandlerProcess.start(lab, "-s", "-j");
        assertThat(handler.get("/").status()).isEqualTo(200);
        assertThat(handler.get("/").body()).isEmpty();
        handler.stop();

        handler = HandlerProcess.start(lab, "--pre-create", "7"); // at once, on the same ports
        assertThat(handler.get("/").contentType()).startsWith("text/plain");
        assertThat(handler.get("/").body()).startsWith("healthy\n").contains("tunnel vpce-00000000000000007 TUN ACTIVE gwi-7 gwo-7");
        handler.stop();
    }

    /** Bytes arrive over three seconds; the signal comes after one. */
    @Test
    void shouldFinishARunningTransferAndRunScriptsWhenToldToStop() throws Exception {
        startLab();
        String script = passThroughScript();
        handler = HandlerProcess.start(lab, "-c", script, "-r", script, "--drain", "5");
        assertPings();
        CompletableFuture<Integer> received = slowTransfer(30, 100);
        Thread.sleep(1000);

        handler.signal("TERM");
        handler.awaitOutput("draining");
        assertThat(handler.get("/").status()).isEqualTo(503);
        assertThat(handler.get("/").body()).contains("draining");
        assertThat(received).as("bytes of a transfer that the signal met").succeedsWithin(15, TimeUnit.SECONDS).isEqualTo(30 * 10_000);
        CommandResult result = handler.waitFor();

        assertThat(result.exitCode()).as("%s", result).isZero();
        assertThat(hookCalls()).hasSize(2).last().asString().startsWith("4 DESTROY gwi-");
        assertThat(tunnelInterfaces()).isEmpty();
    }

    @Test
    void shouldEndTheDrainWhenNoFlowIsLeft() throws Exception {
        startLab();
        handler = HandlerProcess.start(lab, "--drain", "60");
        long startNs = System.nanoTime();
        assertThat(handler.stop()).contains("drained: no flow is left");
        assertThat(System.nanoTime() - startNs).isLessThan(TimeUnit.SECONDS.toNanos(20));
    }

    /** Sends pieces of 10,000 bytes from the server to the client through the appliance. */
    private CompletableFuture<Integer> slowTransfer(int pieces, long pauseMs) throws Exception {
        LabSite site = lab.site(0);
        ServerSocket listener = site.server().call(() -> new ServerSocket(7777));
        CompletableFuture.runAsync(() -> {
            try (listener; Socket socket = listener.accept(); OutputStream out = socket.getOutputStream()) {
                for (int i = 0; i < pieces; i++) {
                    out.write(new byte[10_000]);
                    Thread.sleep(pauseMs);
                }
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        Socket client = site.client().call(() -> {
            Socket socket = new Socket();
            socket.connect(new InetSocketAddress("10.30.0.2", 7777), 5000);
            return socket;
        });
        return CompletableFuture.supplyAsync(() -> {
            try (client; InputStream in = client.getInputStream()) {
                return in.readAllBytes().length;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void shouldDestroyATunnelAfterSilenceOnlyAndCreateItAgainWithTraffic() throws Exception {
        lab = LiveLab.builder().site(SiteConfig.of(ENDPOINT)).start();
        String script = script("echo \"$# $*\" >> " + hookLog() + "\n"); // forwards nothing: traffic in one direction only
        handler = HandlerProcess.start(lab, "-c", script, "-r", script, "-t", "5");
        for (int i = 0; i < 7; i++) {
            ping("-W", "0.1", "10.30.0.2");
            Thread.sleep(1000);
        }
        assertThat(hookCalls()).hasSize(1);

        awaitHookCalls(2);
        assertThat(hookCalls().get(1)).startsWith("4 DESTROY gwi-");
        assertThat(tunnelInterfaces()).isEmpty();
        ping("-W", "0.1", "10.30.0.2");
        awaitHookCalls(3);
        assertThat(hookCalls().get(2)).startsWith("4 CREATE gwi-");
        handler.stop();
    }

    private void awaitHookCalls(int count) throws Exception {
        long startNs = System.nanoTime();
        while (hookCalls().size() < count || count == 2 && !tunnelInterfaces().isEmpty()) {
            assertThat(System.nanoTime() - startNs).as("%s%n%s", hookCalls(), handler.output()).isLessThan(TimeUnit.SECONDS.toNanos(15));
            Thread.sleep(50);
        }
    }

    @Test
    void shouldLiveAndAnswerWhenTheHealthPortIsAbused() throws Exception {
        startLab();
        handler = HandlerProcess.start(lab);
        List<Socket> open = new ArrayList<>();
        for (int i = 0; i < 1000; i++) { // connect and reset
            Socket socket = connect();
            socket.setSoLinger(true, 0);
            socket.close();
        }
        for (int i = 0; i < 200; i++) { // half a request and silence
            Socket socket = connect();
            socket.getOutputStream().write("GET / HT".getBytes(StandardCharsets.US_ASCII));
            open.add(socket);
        }
        Socket slow = connect(); // asks and never reads
        for (int i = 0; i < 100; i++) {
            slow.getOutputStream().write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        open.add(slow);
        try (Socket garbage = connect()) {
            garbage.getOutputStream().write(new byte[1 << 20]);
        } catch (java.io.IOException e) {
            assertThat(e).hasMessageContaining("pipe").as("the server may hang up on garbage");
        }

        assertThat(handler.get("/").status()).isEqualTo(200);
        for (Socket socket : open) {
            socket.close();
        }
        assertThat(handler.isAlive()).isTrue();
        assertThat(handler.stop()).doesNotContain("Exception");
    }

    private Socket connect() throws Exception {
        return lab.appliance().call(() -> new Socket("127.0.0.1", HandlerProcess.HEALTH_PORT));
    }

    @Test
    void shouldSendAllBackAndACopyIntoTheInterfaceWithTap() throws Exception {
        startLab();
        handler = HandlerProcess.start(lab, "--tap", "-j");
        assertPings(); // passes while the interface is still being made
        handler.awaitOutput("created");
        assertPings();
        assertThat(handler.get("/").json().path("tapped").path("packets").longValue()).isGreaterThanOrEqualTo(2);
        assertThat(tunnelInterfaces()).contains("gwi-").doesNotContain("gwo-");
        handler.stop();
    }

    @Test
    void shouldTieItsThreadsToTheCpusThatWereAskedFor() throws Exception {
        startLab();
        handler = HandlerProcess.start(lab, "--udpaffinity", "0");
        Thread.sleep(200);
        CommandResult allowed = lab.appliance().run(SHORT, "sh", "-c",
                "for t in /proc/" + handler.pid() + "/task/*; do [ \"$(cat $t/comm)\" = gwlb4j-worker-0 ] && grep Cpus_allowed_list $t/status; done");
        assertThat(allowed.output()).matches("Cpus_allowed_list:\\s+0\\s+");
        handler.stop();
    }

    @Test
    void shouldEndWithOneLineWhenAPortIsTaken() throws Exception {
        startLab();
        handler = HandlerProcess.start(lab);
        HandlerProcess second = HandlerProcess.launch(lab, "-p", Integer.toString(HandlerProcess.HEALTH_PORT), "--listen", "127.0.0.1:7000");
        CommandResult health = second.waitFor();
        assertThat(health.exitCode()).isEqualTo(2);
        assertThat(health.output().lines().filter(line -> line.startsWith("gwlbtun: "))).singleElement().asString()
                .contains("cannot serve the health page", "another program uses it");

        HandlerProcess third = HandlerProcess.launch(lab);
        CommandResult geneve = third.waitFor();
        assertThat(geneve.exitCode()).isEqualTo(2);
        assertThat(geneve.output()).contains("gwlbtun: cannot receive GENEVE on UDP 0.0.0.0 port 6081: another program uses it");
    }

    @Test
    void shouldNotStartWhenAPreCreatedTunnelsScriptFails() throws Exception {
        startLab();
        handler = HandlerProcess.launch(lab, "-c", script("echo no route to fame; exit 3\n"), "--pre-create", "7");
        CommandResult result = handler.waitFor();
        assertThat(result.exitCode()).as("%s", result).isEqualTo(2);
        assertThat(result.output()).contains("no route to fame");
        assertThat(tunnelInterfaces()).isEmpty();
    }
}

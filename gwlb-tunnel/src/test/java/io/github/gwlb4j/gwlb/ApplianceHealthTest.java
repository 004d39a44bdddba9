package io.github.gwlb4j.gwlb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.gwlb4j.gwlb.health.HealthConfig;
import io.github.gwlb4j.gwlb.health.HealthStatus;
import io.github.gwlb4j.gwlb.internal.health.PrometheusText;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport.Datagram;
import io.github.gwlb4j.simulator.GwlbSimulator;
import io.github.gwlb4j.simulator.SimulationReport;
import io.github.gwlb4j.simulator.Traffic;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The health page of a whole appliance, over HTTP. */
@Timeout(60)
class ApplianceHealthTest {
    private final InMemoryTransport network = new InMemoryTransport();
    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private int port;
    private GwlbAppliance appliance;

    @BeforeEach
    void choosePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
    }

    @AfterEach
    void close() {
        if (appliance != null) {
            appliance.close();
        }
        assertThat(Thread.getAllStackTraces().keySet()).noneMatch(thread -> thread.getName().startsWith("gwlb4j-"));
    }

    private GwlbApplianceBuilder builder() {
        return GwlbAppliance.builder().transport(() -> network).handler(worker -> packet -> Verdict.FORWARD)
                .health(HealthConfig.builder(new InetSocketAddress("127.0.0.1", port)).build());
    }

    private void start(GwlbApplianceBuilder builder) throws IOException {
        appliance = builder.build().start();
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(request(path), BodyHandlers.ofString());
    }

    private HttpRequest request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).header("Accept", "application/json").build();
    }

    private JsonNode json() throws IOException, InterruptedException {
        return new ObjectMapper().readTree(get("/").body());
    }

    @Test
    void shouldBeHealthyWhileRunningUnhealthyAtOnceWhileDrainingAndGoneWhenClosed() throws Exception {
        start(builder().name("edge"));
        assertThat(get("/").statusCode()).isEqualTo(200);
        assertThat(appliance.health().isHealthy()).isTrue();
        assertThat(json().get("name").asText()).isEqualTo("edge");

        Thread drainer = new Thread(() -> {
            try {
                appliance.drain(Duration.ofSeconds(10));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        drainer.start();
        while (appliance.state() != GwlbAppliance.State.DRAINING) {
            Thread.onSpinWait();
        }
        assertThat(get("/").statusCode()).isEqualTo(503);
        assertThat(json().at("/problems/0").asText()).startsWith("draining");
        assertThat(get("/metrics").statusCode()).isEqualTo(200);
        drainer.join();

        appliance.close();
        assertThatThrownBy(() -> get("/")).isInstanceOf(IOException.class);
        assertThat(appliance.health().problems()).containsExactly("closed");
        new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
    }

    @Test
    void shouldNotBeHealthyBeforeTheStart() {
        assertThat(builder().build().health().isHealthy()).isFalse();
    }

    @Test
    void shouldAnswer503WhileClosingWaitsForAHandler() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch isIn = new CountDownLatch(1);
        start(builder().handler(worker -> packet -> {
            isIn.countDown();
            awaitUninterruptibly(release);
            return Verdict.DROP;
        }));
        network.inject(new Datagram(1, 2, TestPackets.geneve(TestPackets.dnsQuery())));
        isIn.await();
        Thread closer = new Thread(appliance::close);
        closer.start();
        while (appliance.state() != GwlbAppliance.State.CLOSED) {
            Thread.onSpinWait();
        }
        assertThat(get("/").statusCode()).isEqualTo(503);
        release.countDown();
        closer.join();
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void shouldTurnUnhealthyWhenAContributorSaysSoAndBack() throws Exception {
        HealthStatus[] says = {HealthStatus.healthy()};
        start(builder().healthContributor("rules", () -> says[0]));
        awaitStatus(200);
        says[0] = HealthStatus.unhealthy("rule file has an error in line 7");
        awaitStatus(503);
        assertThat(json().at("/problems/0").asText()).isEqualTo("rules: rule file has an error in line 7");
        says[0] = HealthStatus.healthy();
        awaitStatus(200);
    }

    private void awaitStatus(int status) throws Exception {
        for (int i = 0; i < 500 && get("/").statusCode() != status; i++) {
            Thread.sleep(10);
        }
        assertThat(get("/").statusCode()).isEqualTo(status);
    }

    @Test
    void shouldTellWhatCameAndWentAndByWhichEndpoint() throws Exception {
        start(builder().handler(worker -> packet -> packet.tunnel().endpointId() == 1 ? Verdict.FORWARD : Verdict.DROP));
        network.inject(new Datagram(1, 2, TestPackets.geneve(1, TestPackets.dnsQuery())));
        assertThat(network.takeReply(5000)).isNotNull();
        network.inject(new Datagram(1, 2, TestPackets.geneve(2, TestPackets.dnsQuery())));
        network.inject(new Datagram(1, 2, new byte[4]));
        while (appliance.stats().receivedPackets() < 3) {
            Thread.sleep(1);
        }
        JsonNode json = json();
        assertThat(json.at("/received/packets").asLong()).isEqualTo(3);
        assertThat(json.at("/forwarded/packets").asLong()).isOne();
        assertThat(json.at("/droppedByHandler").asLong()).isOne();
        assertThat(json.at("/drops/HEADER_TRUNCATED").asLong()).isOne();
        assertThat(json.at("/tunnels/0/endpoint").asText()).isEqualTo("vpce-00000000000000001");
        assertThat(json.at("/tunnels/1/droppedByHandler").asLong()).isOne();
        Map<String, Double> metrics = PrometheusText.parse(get("/metrics").body());
        assertThat(metrics).containsEntry("gwlb4j_received_packets_total", 3.0)
                .containsEntry("gwlb4j_dropped_packets_total{reason=\"header_truncated\"}", 1.0)
                .containsEntry("gwlb4j_tunnel_forwarded_packets_total{endpoint=\"vpce-00000000000000001\"}", 1.0);
    }

    @Test
    void shouldAnswerWhilePacketsFlowAndDisturbNone() throws Exception {
        Loopback.requireSeveralAddresses();
        InetSocketAddress target = Loopback.freeTarget();
        start(builder().transport(null).listen(target));
        CompletableFuture<SimulationReport> traffic = CompletableFuture.supplyAsync(() -> {
            try (GwlbSimulator gwlb = GwlbSimulator.builder().target(target).source("127.0.0.2").timeout(Duration.ofSeconds(10)).build()) {
                return gwlb.run(Traffic.everything(4));
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        int checks = 0;
        do {
            assertThat(get(checks % 2 == 0 ? "/" : "/metrics").statusCode()).isEqualTo(200);
            checks++;
        } while (!traffic.isDone());
        assertThat(traffic.join().isOk()).as(traffic.join().toString()).isTrue();
        assertThat(json().at("/forwarded/packets").asLong()).isEqualTo(traffic.join().sent());
        assertThat(checks).isPositive();
    }

    @Test
    void shouldLeaveNothingOpenWhenTheHealthPortIsTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertThat(taken.isBound()).isTrue();
            GwlbAppliance refused = builder().build();
            assertThatThrownBy(refused::start).isInstanceOf(IOException.class).hasMessageContaining("another program uses it");
            refused.close();
        }
    }

    @Test
    void shouldCloseTheHealthPortWhenTheStartFails() throws IOException {
        GwlbAppliance refused = builder().handler(worker -> null).build();
        assertThatThrownBy(refused::start).hasMessageContaining("returned null");
        new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
    }

    @Test
    void shouldRefuseANameThatNobodyCouldRead() {
        assertThatThrownBy(() -> builder().name(" ").build()).hasMessageContaining("name is");
        assertThatThrownBy(() -> builder().name("a\nb").build()).hasMessageContaining("control characters");
        assertThatThrownBy(() -> builder().name("x".repeat(101)).build()).hasMessageContaining("1 to 100");
    }
}

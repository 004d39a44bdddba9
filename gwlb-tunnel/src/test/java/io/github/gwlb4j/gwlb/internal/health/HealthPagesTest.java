package io.github.gwlb4j.gwlb.internal.health;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.FlowTableStats;
import io.github.gwlb4j.gwlb.FlowTrackingStats;
import io.github.gwlb4j.gwlb.GwlbAppliance.State;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.TunnelPhase;
import io.github.gwlb4j.gwlb.TunnelStats;
import io.github.gwlb4j.gwlb.WorkerStats;
import io.github.gwlb4j.gwlb.health.HealthConfig.Format;
import io.github.gwlb4j.gwlb.health.HealthStatus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HealthPagesTest {
    private static final long ENDPOINT = 0x0123_4567_89ab_cdefL;
    private static final TunnelStats TUNNEL = new TunnelStats(ENDPOINT, TunnelMode.TUN, TunnelPhase.ACTIVE, 8, 900, 3, 333, 6, 700, 1, 0,
            1_234_500_000L);

    private HealthStatus status = HealthStatus.healthy();
    private State state = State.RUNNING;
    private long receiveBufferDrops = 4;
    private List<TunnelStats> tunnels = List.of(TUNNEL);
    private FlowTableStats flows = new FlowTableStats(21, 112, 0, 64, 22_000, 350_000_000_000L, 120_000_000_000L, 30_000_000_000L, 23,
            24, 25, 26, 27, 28);
    private FlowTrackingStats trackedFlows = new FlowTrackingStats(31, 1000, 32, 33, 34);
    private int maxTunnelsListed = 10;

    private HealthSnapshot snapshot() {
        ApplianceStats stats = new ApplianceStats(10, 1000, 5, 500, 6, 600, 4, 400, 1, 1, Map.of(DropReason.TUNNEL_LIMIT, 3L),
                new ApplianceStats.Extras(11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21), receiveBufferDrops, 2, flows, trackedFlows,
                List.of(new WorkerStats(0, 7, 700, 4, 400, 5, 4, 1, 0.25), new WorkerStats(1, 3, 300, 2, 200, 0, 0, 0, 1)), tunnels);
        return new HealthSnapshot("edge-1", state, status, 61_500_000_000L, stats, new HealthServerStats(1, 2, 3, 4, 5, 6, 7, 8), maxTunnelsListed);
    }

    private HttpResponse get(String path, String accept, Format format) {
        return pages(format).respond(new HttpRequest(200, "GET", path, accept, "localhost", true, true));
    }

    private HealthPages pages(Format format) {
        return new HealthPages(format, this::snapshot, new ExtraPages(Map.of(), 1 << 20));
    }

    private String text() {
        return get("/", "", Format.TEXT).body();
    }

    private JsonNode json() throws IOException {
        return new ObjectMapper().readTree(get("/", "", Format.JSON).body());
    }

    @ParameterizedTest
    @CsvSource({"RUNNING,200", "DRAINING,503", "CLOSED,503", "NEW,503"})
    void shouldAnswer200OnlyWhenHealthy(State inState, int expected) {
        state = inState;
        status = inState == State.RUNNING ? HealthStatus.healthy() : HealthStatus.unhealthy("it is " + inState);
        for (Format format : Format.values()) {
            assertThat(get("/", "", format).status()).isEqualTo(expected);
        }
        assertThat(get("/metrics", "", Format.TEXT).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "TEXT||text/plain", "TEXT|*/*|text/plain", "TEXT|application/json|application/json", "TEXT|text/html, application/json;q=0.9|application/json",
        "JSON||application/json", "JSON|text/plain|text/plain", "JSON|*/*|application/json"})
    void shouldAnswerInTheFormatThatIsAskedForOrElseSet(Format format, String accept, String expected) {
        assertThat(get("/", accept == null ? "" : accept, format).contentType()).startsWith(expected);
    }

    @Test
    void shouldAnswerNothingButTheStatusWhenSetSo() {
        assertThat(get("/", "application/json", Format.STATUS_ONLY).body()).isEmpty();
    }

    @Test
    void shouldKnowTwoPathsAndTwoMethods() {
        assertThat(get("/health", "", Format.TEXT).status()).isEqualTo(404);
        assertThat(get("/metrics/", "", Format.TEXT).status()).isEqualTo(404);
        HttpRequest put = new HttpRequest(200, "PUT", "/", "", "localhost", true, true);
        HttpResponse refused = pages(Format.TEXT).respond(put);
        assertThat(refused.status()).isEqualTo(405);
        byte[] encoded = refused.encode(put, true).array();
        assertThat(new String(encoded, java.nio.charset.StandardCharsets.UTF_8)).contains("Allow: GET, HEAD\r\n");
    }

    @Test
    void shouldTellPeopleStateUptimeCountsDropsAndEachTunnel() {
        assertThat(text()).isEqualTo("""
                healthy
                appliance edge-1 RUNNING, up 62 s
                received 10 packets, 1000 bytes
                forwarded 6 packets, 600 bytes
                into interfaces 4 packets, 400 bytes; out of interfaces 5 packets, 500 bytes; held 1 packets
                dropped by the handler 1 packets
                dropped 3 packets TUNNEL_LIMIT: tunnel limit reached (setting maxTunnels)
                receive buffer drops 4 packets
                reply sockets 2
                flows 21, room for about 84
                tracked flows 31 of 1000, evicted 34
                injected 17 packets, failed 18
                the handler's timers, tasks and ends of flows failed 19 times; the log says why
                worker 0 busy 25 %, received 7 packets
                worker 1 busy 100 %, received 3 packets
                tunnels 1, created 14, creation failures 16
                tunnel vpce-00123456789abcdef TUN ACTIVE gwi-887epl1uMf gwo-887epl1uMf received 8 packets, 900 bytes; into the interface 3 packets, 333 bytes; forwarded 6 packets, 700 bytes; dropped by the handler 1; last packet 1.2 s ago
                """);
    }

    @Test
    void shouldTellPeopleEachProblemOnALineOfItsOwn() {
        status = HealthStatus.unhealthy("draining", "rules: 100 % broken\nhealthy");
        receiveBufferDrops = -1;
        assertThat(text()).startsWith("UNHEALTHY\nproblem: draining\nproblem: rules: 100 % broken healthy\nappliance")
                .contains("receive buffer drops not known\n");
    }

    @Test
    void shouldListNoMoreTunnelsThanTheSettingAllowsAndSayHowManyThereAre() throws IOException {
        tunnels = List.of(TUNNEL, TUNNEL, TUNNEL);
        maxTunnelsListed = 1;
        assertThat(text()).contains("tunnels 3, created").contains("and 2 tunnels more\n").containsOnlyOnce("tunnel vpce-");
        assertThat(json().get("tunnelCount").asInt()).isEqualTo(3);
        assertThat(json().get("tunnels")).hasSize(1);
        assertThat(get("/metrics", "", Format.TEXT).body()).contains("\ngwlb4j_tunnels 3\n").containsOnlyOnce("gwlb4j_tunnel_idle_seconds{");
    }

    @Test
    void shouldTellProgramsTheSameAsValidJson() throws IOException {
        JsonNode json = json();
        assertThat(json.get("healthy").isBoolean()).isTrue();
        assertThat(json.get("healthy").asBoolean()).isTrue();
        assertThat(json.get("problems")).isEmpty();
        assertThat(json.get("name").asText()).isEqualTo("edge-1");
        assertThat(json.get("state").asText()).isEqualTo("RUNNING");
        assertThat(json.get("uptimeSeconds").asDouble()).isEqualTo(61.5);
        assertThat(json.at("/received/packets").asLong()).isEqualTo(10);
        assertThat(json.at("/forwarded/bytes").asLong()).isEqualTo(600);
        assertThat(json.get("droppedByHandler").asLong()).isOne();
        assertThat(json.get("drops")).hasSize(DropReason.values().length);
        assertThat(json.at("/drops/TUNNEL_LIMIT").asLong()).isEqualTo(3);
        assertThat(json.get("receiveBufferDrops").asLong()).isEqualTo(4);
        assertThat(json.get("returnSockets").asInt()).isEqualTo(2);
        assertThat(json.at("/workers/0/busyRatio").asDouble()).isEqualTo(0.25);
        assertThat(json.at("/workers/1/received/packets").asLong()).isEqualTo(3);
        assertThat(json.at("/tunnels/0/endpoint").asText()).isEqualTo("vpce-00123456789abcdef");
        assertThat(json.at("/tunnels/0/forwarded/packets").asLong()).isEqualTo(6);
        assertThat(json.at("/deliveredToInterfaces/packets").asLong()).isEqualTo(4);
        assertThat(json.at("/readFromInterfaces/bytes").asLong()).isEqualTo(500);
        assertThat(json.get("heldPackets").asLong()).isOne();
        assertThat(json.at("/flows/held").asLong()).isEqualTo(21);
        assertThat(json.at("/flows/tcpTimeoutSeconds").asDouble()).isEqualTo(350);
        assertThat(json.at("/flows/otherTimeoutSeconds").asDouble()).isEqualTo(120);
        assertThat(json.get("tunnelCreationFailures").asLong()).isEqualTo(16);
        assertThat(json.at("/trackedFlows/held").asLong()).isEqualTo(31);
        assertThat(json.at("/trackedFlows/evicted").asLong()).isEqualTo(34);
        assertThat(json.at("/injected/packets").asLong()).isEqualTo(17);
        assertThat(json.at("/injected/failures").asLong()).isEqualTo(18);
        assertThat(json.get("callbackFailures").asLong()).isEqualTo(19);
        assertThat(json.get("adopted").get("tunnels").asLong()).isEqualTo(20);
        assertThat(json.get("adopted").get("flows").asLong()).isEqualTo(21);
        trackedFlows = null;
        assertThat(json().get("trackedFlows").isNull()).isTrue();
        assertThat(json.at("/tapped/drops").asLong()).isEqualTo(12);
        assertThat(json.at("/tunnels/0/mode").asText()).isEqualTo("TUN");
        assertThat(json.at("/tunnels/0/phase").asText()).isEqualTo("ACTIVE");
        assertThat(json.at("/tunnels/0/egressInterface").asText()).isEqualTo(TUNNEL.egressInterface());
        assertThat(json.at("/tunnels/0/idleSeconds").asDouble()).isEqualTo(1.235);
    }

    @Test
    void shouldSayNullInJsonForReceiveBufferDropsThatAreNotKnown() throws IOException {
        receiveBufferDrops = -1;
        assertThat(json().get("receiveBufferDrops").isNull()).isTrue();
        assertThat(get("/metrics", "", Format.TEXT).body()).doesNotContain("receive_buffer");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"", "\\", "\n\r\t\b\f\u0000\u001f", "ä€\uD83D\uDE00", "\u2028\u007f", "</script>", "lone \uD800 and \uDC00"})
    void shouldEscapeProblemsInJson(String problem) throws IOException {
        status = HealthStatus.unhealthy(problem);
        assertThat(json().at("/problems/0").asText()).isEqualTo(problem);
    }

    @Test
    void shouldWriteMetricsThatFollowThePrometheusTextFormat() {
        HttpResponse answer = get("/metrics", "application/json", Format.JSON);
        assertThat(answer.contentType()).isEqualTo("text/plain; version=0.0.4; charset=utf-8");
        Map<String, Double> metrics = PrometheusText.parse(answer.body());
        assertThat(metrics).containsEntry("gwlb4j_healthy", 1.0)
                .containsEntry("gwlb4j_state{state=\"running\"}", 1.0)
                .containsEntry("gwlb4j_state{state=\"draining\"}", 0.0)
                .containsEntry("gwlb4j_uptime_seconds", 61.5)
                .containsEntry("gwlb4j_received_packets_total", 10.0)
                .containsEntry("gwlb4j_forwarded_bytes_total", 600.0)
                .containsEntry("gwlb4j_handler_dropped_packets_total", 1.0)
                .containsEntry("gwlb4j_dropped_packets_total{reason=\"tunnel_limit\"}", 3.0)
                .containsEntry("gwlb4j_receive_buffer_dropped_packets_total", 4.0)
                .containsEntry("gwlb4j_return_sockets", 2.0)
                .containsEntry("gwlb4j_worker_busy_ratio{worker=\"1\"}", 1.0)
                .containsEntry("gwlb4j_tunnels", 1.0)
                .containsEntry("gwlb4j_interface_delivered_bytes_total", 400.0)
                .containsEntry("gwlb4j_interface_read_packets_total", 5.0)
                .containsEntry("gwlb4j_held_packets", 1.0)
                .containsEntry("gwlb4j_flows", 21.0)
                .containsEntry("gwlb4j_tracked_flows", 31.0)
                .containsEntry("gwlb4j_tracked_flows_created_total", 32.0)
                .containsEntry("gwlb4j_tracked_flows_expired_total", 33.0)
                .containsEntry("gwlb4j_injected_packets_total", 17.0)
                .containsEntry("gwlb4j_inject_failures_total", 18.0)
                .containsEntry("gwlb4j_callback_failures_total", 19.0)
                .containsEntry("gwlb4j_tunnel_creation_failures_total", 16.0)
                .containsEntry("gwlb4j_tunnel_delivered_packets_total{endpoint=\"vpce-00123456789abcdef\"}", 3.0)
                .containsEntry("gwlb4j_tunnel_received_packets_total{endpoint=\"vpce-00123456789abcdef\"}", 8.0)
                .containsEntry("gwlb4j_health_evictions_total", 6.0)
                .containsEntry("gwlb4j_health_pauses_total", 8.0);
        assertThat(Arrays.stream(DropReason.values())).allSatisfy(reason ->
                assertThat(metrics).containsKey("gwlb4j_dropped_packets_total{reason=\"" + reason.name().toLowerCase() + "\"}"));
    }

    @Test
    void shouldLeaveOutMetricsOfTunnelsWhenThereAreNone() {
        tunnels = new ArrayList<>();
        assertThat(PrometheusText.parse(get("/metrics", "", Format.TEXT).body()).keySet()).noneMatch(name -> name.contains("{endpoint="));
    }
}

package io.github.gwlb4j.gwlb.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.gwlb4j.gwlb.ApplianceMXBean;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.FlowTracking;
import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.health.HealthConfig;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport;
import io.github.gwlb4j.gwlb.transport.DatagramPort;
import io.github.gwlb4j.gwlb.transport.DatagramTransport;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import jdk.jfr.Event;
import jdk.jfr.EventType;
import jdk.jfr.ValueDescriptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** docs/metrics.md against what a real appliance tells: whoever adds a figure, or takes one away, is told here to say so there. */
@Timeout(60)
class MetricsReferenceTest {
    private static final String PAGE = "docs/metrics.md";
    private static final List<String> STANDARD_FIELDS = List.of("startTime", "duration", "eventThread", "stackTrace");

    @Test
    void shouldListEachMetricWithItsTypeAndLabel() throws Exception {
        Map<String, String> documented = new TreeMap<>();
        Tables.below(PAGE, "Prometheus metrics").forEach((name, cells) -> documented.put(name, cells.get(1) + " " + cells.get(2)));

        assertThat(documented).isEqualTo(metrics(ask("/metrics", "text/plain")));
    }

    /** Type and label by name. */
    private static Map<String, String> metrics(String page) {
        Map<String, String> metrics = new TreeMap<>();
        for (String line : page.split("\n")) {
            String[] words = line.split(" ");
            if (line.startsWith("# TYPE ")) {
                metrics.put(words[2], words[3] + " ");
            } else if (!line.startsWith("#") && line.contains("{")) {
                String label = line.substring(line.indexOf('{') + 1, line.indexOf('='));
                metrics.computeIfPresent(line.substring(0, line.indexOf('{')), (name, type) -> type.split(" ")[0] + " `" + label + "`");
            }
        }
        return metrics;
    }

    @Test
    void shouldListEachMemberOfTheJsonPage() throws Exception {
        Set<String> members = new TreeSet<>();
        collect("", new ObjectMapper().readTree(ask("/", "application/json")), members);

        assertThat(Tables.below(PAGE, "JSON members").keySet()).containsExactlyInAnyOrderElementsOf(members);
    }

    private static void collect(String path, JsonNode node, Set<String> members) {
        node.properties().forEach(member -> {
            String name = path + member.getKey();
            JsonNode value = member.getValue();
            boolean isCount = value.isObject() && value.size() == 2 && value.has("packets") && value.has("bytes");
            if (value.isArray() && value.size() > 0 && value.get(0).isObject()) {
                collect(name + "[].", value.get(0), members);
            } else if (value.isObject() && !isCount && !name.equals("drops")) {
                collect(name + ".", value, members);
            } else {
                members.add(name);
            }
        });
    }

    @Test
    void shouldListEachDropReason() {
        assertThat(Tables.below(PAGE, "Drop reasons").keySet())
                .containsExactlyElementsOf(Arrays.stream(DropReason.values()).map(Enum::name).toList());
    }

    @Test
    void shouldListEachJmxAttribute() {
        Set<String> attributes = Arrays.stream(ApplianceMXBean.class.getMethods()).map(Method::getName)
                .map(name -> name.replaceAll("^(get|is)", "")).collect(Collectors.toCollection(TreeSet::new));

        assertThat(Tables.below(PAGE, "JMX attributes").keySet()).containsExactlyInAnyOrderElementsOf(attributes);
    }

    @Test
    void shouldListEachFlightRecorderEventWithItsFields() throws Exception {
        Map<String, List<String>> documented = Tables.below(PAGE, "Flight Recorder events");
        Path events = ProjectFiles.ROOT.resolve("gwlb-tunnel/src/main/java/io/github/gwlb4j/gwlb/internal/jfr");
        Set<String> names = new TreeSet<>();
        for (Path file : ProjectFiles.endingWith("Event.java").stream().filter(file -> file.startsWith(events)).toList()) {
            EventType type = EventType.getEventType(Class.forName("io.github.gwlb4j.gwlb.internal.jfr."
                    + file.getFileName().toString().replace(".java", "")).asSubclass(Event.class));
            names.add(type.getName());
            List<String> fields = type.getFields().stream().map(ValueDescriptor::getName).filter(name -> !STANDARD_FIELDS.contains(name)).toList();
            assertThat(documented).containsKey(type.getName());
            assertThat(documented.get(type.getName()).get(1)).as(type.getName())
                    .isEqualTo(fields.stream().map(name -> "`" + name + "`").collect(Collectors.joining(", ")));
        }
        assertThat(documented.keySet()).containsExactlyInAnyOrderElementsOf(names);
    }

    /** Everything that can be shown is: both kinds of flows, a tunnel, receive-buffer drops. */
    private static String ask(String path, String accept) throws IOException, InterruptedException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        try (GwlbAppliance appliance = GwlbAppliance.builder().transport(MetricsReferenceTest::transport)
                .handler(worker -> packet -> Verdict.FORWARD).declareTunnel(1).modeOf(2, TunnelMode.TUN)
                .flowTracking(FlowTracking.ofMaxFlows(100))
                .health(HealthConfig.builder(new InetSocketAddress("127.0.0.1", port)).build()).build().start()) {
            assertThat(appliance.health().problems()).isEmpty();
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).header("Accept", accept).build();
            return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
        }
    }

    private static DatagramTransport transport() {
        InMemoryTransport network = new InMemoryTransport();
        return new DatagramTransport() {
            @Override
            public DatagramPort open(int workerIndex, int workerCount) {
                return network.open(workerIndex, workerCount);
            }

            @Override
            public long receiveBufferDrops() {
                return 0;
            }

            @Override
            public String describe() {
                return network.describe();
            }

            @Override
            public void close() {
                network.close();
            }
        };
    }
}

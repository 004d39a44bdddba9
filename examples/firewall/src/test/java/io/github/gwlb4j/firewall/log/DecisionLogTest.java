package io.github.gwlb4j.firewall.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.gwlb4j.firewall.inspect.DomainName;
import io.github.gwlb4j.firewall.rules.Action;
import io.github.gwlb4j.firewall.rules.PolicyFile;
import io.github.gwlb4j.firewall.rules.Rule;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.simulator.packet.Fragmenter;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
@SuppressWarnings("try") // logs are closed early, to look at what they have written
class DecisionLogTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final byte[] TCP = PacketBuilder.ipv4("10.1.2.3", "192.0.2.9").tcp(40_000, 443).payload(100).build();

    @TempDir
    private Path folder;
    private Path file;

    @BeforeEach
    void nameFile() {
        file = folder.resolve("decisions.jsonl");
    }

    private DecisionLog.Builder log() {
        return DecisionLog.builder(file).linesPerSecond(1_000_000).queueDecisions(1 << 14);
    }

    static List<JsonNode> read(Path file) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        String text = Files.readString(file, StandardCharsets.US_ASCII);
        assertThat(text).matches(whole -> whole.isEmpty() || whole.endsWith("\n"), "no line is cut off");
        for (String line : text.isEmpty() ? new String[0] : text.split("\n")) {
            lines.add(JSON.readTree(line));
        }
        return lines;
    }

    private static long sum(List<JsonNode> lines, String field) {
        return lines.stream().mapToLong(line -> line.path(field).asLong()).sum();
    }

    private static List<JsonNode> ofEvent(List<JsonNode> lines, String event) {
        return lines.stream().filter(line -> line.get("event").asText().equals(event)).toList();
    }

    private Rule rule(String text) throws Exception {
        Path rules = Files.writeString(folder.resolve("test.rules"), "# a comment\n" + text + "\n");
        return PolicyFile.read(rules).rule(0);
    }

    @Test
    void shouldWriteADecisionAsAJsonObject() throws Exception {
        Rule rule = rule("deny tcp to any port 443");
        Instant before = Instant.now();
        try (DecisionLog log = log().open()) {
            DecisionQueue queue = log.newQueue();
            WithinHandler.run(TCP, packet -> queue.decided(packet, packet.flowKey(), rule, Action.DENY, DecisionCause.NAME,
                    DomainName.of("Example.COM.")));
        }
        JsonNode line = read(file).get(0);
        assertThat(Instant.parse(line.get("time").asText())).isBetween(before.minusMillis(1), Instant.now());
        assertThat(line.get("time").asText()).hasSize("2026-11-23T00:00:00.000Z".length());
        assertThat(JSON.convertValue(line, new TypeReference<Map<String, Object>>() { })).isEqualTo(Map.ofEntries(
                Map.entry("time", line.get("time").asText()), Map.entry("event", "decision"), Map.entry("action", "deny"), Map.entry("cause", "name"),
                Map.entry("rule", rule.name()), Map.entry("line", 2), Map.entry("name", "example.com"),
                Map.entry("endpoint", "vpce-00123456789abcdef"), Map.entry("attachment", "0x00ff000000000042"),
                Map.entry("cookie", "0x89123456"), Map.entry("protocol", "tcp"), Map.entry("source", "10.1.2.3"),
                Map.entry("sourcePort", 40_000), Map.entry("destination", "192.0.2.9"), Map.entry("destinationPort", 443),
                Map.entry("bytes", TCP.length)));
    }

    @Test
    void shouldLeaveOutWhatAPacketDoesNotHave() throws Exception {
        try (DecisionLog log = log().dryRun(true).open()) {
            DecisionQueue queue = log.newQueue();
            WithinHandler.run(PacketBuilder.ipv6("fd00::1", "2001:db8::2").icmpEchoRequest(7, 1).build(), packet ->
                    queue.decided(packet, null, null, Action.ALLOW, DecisionCause.RULE, null));
        }
        JsonNode line = read(file).get(0);
        assertThat(line.get("source").asText()).isEqualTo("fd00::1");
        assertThat(line.get("destination").asText()).isEqualTo("2001:db8::2");
        assertThat(line.get("protocol").asText()).isEqualTo("icmp6");
        assertThat(line.get("icmpType").asInt()).isEqualTo(128);
        assertThat(line.get("icmpCode").asInt()).isZero();
        assertThat(line.get("dryRun").asBoolean()).isTrue();
        assertThat(line.has("sourcePort") || line.has("destinationPort") || line.has("rule") || line.has("line") || line.has("name")
                || line.has("fragment") || line.has("suppressed")).isFalse();
    }

    @Test
    void shouldNameThePortsOfALaterFragmentWhenItsFlowIsKnown() throws Exception {
        byte[] later = Fragmenter.split(PacketBuilder.ipv4("10.1.2.3", "192.0.2.9").udp(53, 40_000).payload(3000).build(), 1400, 1).get(1);
        try (DecisionLog log = log().open()) {
            DecisionQueue queue = log.newQueue();
            WithinHandler.run(later, packet -> {
                queue.decided(packet, packet.flowKey(), null, Action.DENY, DecisionCause.FRAGMENT, null);
                FlowKey known = new FlowKey().setByPortsOf(WithinHandler.ENDPOINT, packet.inner(), 17, 53 << 16 | 40_000);
                queue.decided(packet, known, null, Action.DENY, DecisionCause.FRAGMENT, null);
            });
        }
        List<JsonNode> lines = read(file);
        assertThat(lines).hasSize(2).allSatisfy(line -> assertThat(line.get("fragment").asBoolean()).isTrue());
        assertThat(lines.get(0).has("sourcePort")).isFalse();
        assertThat(lines.get(1).get("sourcePort").asInt()).isEqualTo(53);
        assertThat(lines.get(1).get("destinationPort").asInt()).isEqualTo(40_000);
    }

    @Test
    void shouldKeepEachLineWholeWhateverANameHolds() throws Exception {
        List<String> names = new ArrayList<>(List.of("a\"b", "a\\b", "\n{\"action\":\"allow\"}\n", "\r\n", "\0", "\u0001\u001f\u007f", "\u2028\u2029\u0085",
                "\u001b[31mred", "\ud800", "\udc00\ud800", "\ufeff", "\u00ff\u00fe", "</script>", "x".repeat(Decision.MAX_NAME_CHARS)));
        Random random = new Random(8926);
        for (int i = 0; i < 2000; i++) {
            int[] characters = random.ints(random.nextInt(1, 40), 0, i % 2 == 0 ? 0x100 : 0x10000).toArray();
            names.add(new String(characters, 0, characters.length));
        }
        try (DecisionLog log = log().open()) {
            DecisionQueue queue = log.newQueue();
            WithinHandler.run(TCP, packet -> names.forEach(name ->
                    queue.decided(packet, null, null, Action.DENY, DecisionCause.NAME, name)));
        }
        assertThat(Files.readAllBytes(file)).containsOnly(printableAsciiAndLineFeed());
        assertThat(read(file)).extracting(line -> line.get("name").asText()).isEqualTo(names);
    }

    private static byte[] printableAsciiAndLineFeed() {
        StringBuilder characters = new StringBuilder("\n");
        for (char c = ' '; c < 0x80; c++) {
            characters.append(c);
        }
        return characters.toString().getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void shouldCutANameThatIsLongerThanNamesAre() throws Exception {
        try (DecisionLog log = log().open()) {
            DecisionQueue queue = log.newQueue();
            WithinHandler.run(TCP, packet -> queue.decided(packet, null, null, Action.DENY, DecisionCause.NAME, "y".repeat(1000)));
        }
        assertThat(read(file).get(0).get("name").asText()).isEqualTo("y".repeat(255));
    }

    @Test
    void shouldLogOneInSoManyOfEachKindAndSayHowManyItLeftOut() throws Exception {
        DecisionLog log = log().sampleEvery(10).open();
        DecisionQueue queue = log.newQueue();
        WithinHandler.run(TCP, packet -> {
            for (int i = 0; i < 95; i++) {
                queue.decided(packet, null, null, Action.ALLOW, DecisionCause.ESTABLISHED, null);
            }
            queue.decided(packet, null, null, Action.DENY, DecisionCause.ESTABLISHED, null);
        });
        log.close();
        assertThat(log.stats()).isEqualTo(new DecisionLogStats(11, 85, 0, 0, 0));
        List<JsonNode> decisions = ofEvent(read(file), "decision");
        assertThat(decisions).extracting(line -> line.get("action").asText() + line.path("suppressed").asInt()).containsExactly(
                "allow0", "allow9", "allow9", "allow9", "allow9", "allow9", "allow9", "allow9", "allow9", "allow9", "deny0");
        assertThat(ofEvent(read(file), "left-out")).singleElement().satisfies(line -> {
            assertThat(line.get("reason").asText()).isEqualTo("sampled");
            assertThat(line.get("cause").asText()).isEqualTo("established");
            assertThat(line.get("action").asText()).isEqualTo("allow");
            assertThat(line.get("decisions").asInt()).isEqualTo(4);
        });
    }

    @Test
    void shouldLimitLinesASecondAndKeepSomeForOtherKindsThanTheFlood() throws Exception {
        try (DecisionLog log = log().linesPerSecond(20).open()) {
            DecisionQueue queue = log.newQueue();
            WithinHandler.run(TCP, packet -> {
                for (int i = 0; i < 1000; i++) {
                    queue.decided(packet, null, null, Action.DENY, DecisionCause.HALF_OPEN_LIMIT, null);
                }
                for (int i = 0; i < 4; i++) {
                    queue.decided(packet, null, null, Action.DENY, DecisionCause.RULE, null);
                }
            });
            long deadline = System.nanoTime() + 10_000_000_000L;
            while (ofEvent(read(file), "left-out").isEmpty()) {
                assertThat(System.nanoTime()).as("a line within a second or so").isLessThan(deadline);
                Thread.sleep(20);
            }
            Thread.sleep(1_100); // the line may come at once, and the limit is for a second
            WithinHandler.run(TCP, packet -> queue.decided(packet, null, null, Action.DENY, DecisionCause.HALF_OPEN_LIMIT, null));
        }
        List<JsonNode> lines = read(file);
        assertThat(ofEvent(lines, "decision")).extracting(line -> line.get("cause").asText())
                .filteredOn("rule"::equals).hasSize(4);
        assertThat(ofEvent(lines, "decision")).as("10 in the first second, 1 in a later one").extracting(line -> line.get("cause").asText())
                .filteredOn("half-open-limit"::equals).hasSize(11);
        assertThat(ofEvent(lines, "left-out")).allSatisfy(line -> assertThat(line.get("reason").asText()).isEqualTo("rate-limit"));
        assertThat(ofEvent(lines, "left-out").stream().mapToInt(line -> line.get("decisions").asInt()).sum()).isEqualTo(990);
    }

    @Test
    void shouldAccountForEveryDecisionOfConcurrentWorkers() throws Exception {
        int workers = 3;
        int decisions = 50_000;
        DecisionLog log = log().sampleEvery(7).linesPerSecond(30_000).queueDecisions(64).maxFileBytes(1 << 26).open();
        WithinHandler.run(TCP, packet -> {
            List<Thread> threads = new ArrayList<>();
            for (int w = 0; w < workers; w++) {
                DecisionQueue queue = log.newQueue();
                threads.add(new Thread(() -> {
                    for (int i = 0; i < decisions; i++) {
                        queue.decided(packet, null, null, Action.ALLOW, i % 2 == 0 ? DecisionCause.RULE : DecisionCause.NAME, "example.com");
                    }
                }));
            }
            threads.forEach(Thread::start);
            for (Thread thread : threads) {
                thread.join();
            }
        });
        log.close();
        DecisionLogStats stats = log.stats();
        List<JsonNode> lines = read(file);
        assertThat(ofEvent(lines, "decision")).hasSize((int) stats.written());
        assertThat(stats.droppedQueueFull()).as("queues this small fill up").isPositive();
        assertThat(stats.written() + stats.sampledOut() + stats.rateLimited() + stats.droppedQueueFull()).isEqualTo((long) workers * decisions);
        assertThat(stats.written() + sum(lines, "suppressed") + sum(lines, "decisions")).as("the file tells it all")
                .isEqualTo((long) workers * decisions);
    }

    @Test
    void shouldIgnoreWhatIsToldAfterTheClose() throws Exception {
        DecisionLog log = log().open();
        DecisionQueue queue = log.newQueue();
        log.close();
        log.close();
        WithinHandler.run(TCP, packet -> queue.decided(packet, null, null, Action.ALLOW, DecisionCause.RULE, null));
        assertThat(file).isEmptyFile();
        assertThat(Thread.getAllStackTraces().keySet()).noneMatch(thread -> thread.getName().equals("firewall-decisions"));
    }

    @Test
    void shouldSayWhatToDoWhenTheFileCannotBeBegun() throws Exception {
        assertThatThrownBy(() -> DecisionLog.builder(folder.resolve("missing/x.jsonl")).open()).isInstanceOf(IOException.class)
                .hasMessageContaining("mkdir -p " + folder.resolve("missing"));
        assertThatThrownBy(() -> DecisionLog.builder(folder).open()).isInstanceOf(IOException.class).hasMessageContaining("name a file in it");
        assertThatThrownBy(() -> DecisionLog.builder(folder.resolve("100%d.log")).open()).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("letters");
        assertThatThrownBy(() -> DecisionLog.builder(Path.of("/proc/self/x.jsonl")).open()).isInstanceOf(IOException.class)
                .hasMessageContaining("/proc/self/x.jsonl").hasMessageContaining("choose another file");
    }

    @Test
    void shouldNameTheSettingThatIsOutOfRange() {
        assertOutOfRange(log().sampleEvery(0), "sampleEvery");
        assertOutOfRange(log().linesPerSecond(0), "linesPerSecond");
        assertOutOfRange(log().maxFileBytes(4095), "maxFileBytes");
        assertOutOfRange(log().maxTotalBytes((200L << 20) - 1), "maxTotalBytes");
        assertOutOfRange(log().maxDays(0), "maxDays");
        assertOutOfRange(log().queueDecisions(1), "queueDecisions");
        assertOutOfRange(log().retryInterval(Duration.ZERO), "retryInterval");
        assertThat(file).doesNotExist();
    }

    private static void assertOutOfRange(DecisionLog.Builder settings, String name) {
        assertThatThrownBy(settings::open).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(name);
    }
}

package io.github.gwlb4j.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.geneve.aws.EndpointId;
import io.github.gwlb4j.simulator.GwlbSimulator;
import io.github.gwlb4j.simulator.SimulationReport;
import io.github.gwlb4j.simulator.Traffic;
import io.github.gwlb4j.simulator.junit.GwlbSimulatorTest;
import io.github.gwlb4j.simulator.junit.StartAppliance;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

@GwlbSimulatorTest(endpoints = 1)
class MonitorTest {
    private static final int GENEVE_HEADER = 40;
    private static final Pattern ROW = Pattern.compile("(?m)^ +([\\d,]+)  (vpce-[0-9a-f]{17})  (.*)$");

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @StartAppliance
    AutoCloseable start(InetSocketAddress listen) throws Exception {
        return Monitor.start(listen, Duration.ofSeconds(1), new PrintStream(out, true, StandardCharsets.UTF_8));
    }

    @Test
    void shouldReturnEveryPacketAndListTheLargestFlowsFirst(GwlbSimulator gwlb) throws Exception {
        SimulationReport report = gwlb.run(Traffic.dns(3), Traffic.jumbo(1).overIpv6(), Traffic.http(4));

        assertThat(report.isOk()).as(report.toString()).isTrue();
        Map<String, Long> bytes = awaitBytes(report.sentBytes() - report.sent() * GENEVE_HEADER);
        assertThat(bytes).hasSize(8);
        assertThat(bytes.entrySet()).filteredOn(flow -> flow.getKey().contains("[fd00:15::1]")).singleElement()
                .extracting(Map.Entry::getValue).isEqualTo(2 * 8500L);
        assertThat(out.toString(StandardCharsets.UTF_8)).contains(" bytes in 1 s, ", "vpce-" + EndpointId.toHex(gwlb.endpointIds().get(0)));
    }

    /** The bytes of each flow in all lists together, once they are so many: a run may fall into two periods. */
    private Map<String, Long> awaitBytes(long all) throws InterruptedException {
        Map<String, Long> bytes = new LinkedHashMap<>();
        for (int i = 0; i < 1000; i++) {
            bytes.clear();
            for (String list : out.toString(StandardCharsets.UTF_8).split("top talkers:")) {
                List<Long> column = new ArrayList<>();
                for (MatchResult row : ROW.matcher(list).results().toList()) {
                    column.add(Long.parseLong(row.group(1).replace(",", "")));
                    bytes.merge(row.group(3), column.get(column.size() - 1), Long::sum);
                }
                assertThat(column).isSortedAccordingTo((a, b) -> Long.compare(b, a));
            }
            if (bytes.values().stream().mapToLong(Long::longValue).sum() == all) {
                return bytes;
            }
            Thread.sleep(10);
        }
        throw new AssertionError("not " + all + " bytes in 10 s: " + out.toString(StandardCharsets.UTF_8));
    }
}

package io.github.gwlb4j.monitor;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.List;
import org.junit.jupiter.api.Test;

@GwlbSimulatorTest(endpoints = 1)
class MonitorTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @StartAppliance
    AutoCloseable start(InetSocketAddress listen) throws Exception {
        return Monitor.start(listen, Duration.ofSeconds(1), new PrintStream(out, true, StandardCharsets.UTF_8));
    }

    @Test
    void shouldReturnEveryPacketAndListTheLargestFlowFirst(GwlbSimulator gwlb) throws Exception {
        SimulationReport report = gwlb.run(Traffic.dns(3), Traffic.jumbo(1).overIpv6(), Traffic.http(20));

        assertThat(report.isOk()).as(report.toString()).isTrue();
        List<String> list = awaitList();
        assertThat(list.get(0)).endsWith(" flows; top talkers:");
        assertThat(list.get(1)).matches(" +17,000  udp .*fd00:15::1.*:9000.*");
        assertThat(list).hasSize(11);
    }

    /** The lines of the first period that has seen packets. */
    private List<String> awaitList() throws InterruptedException {
        for (int i = 0; i < 500; i++) {
            List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
            int at = lines.indexOf(lines.stream().filter(line -> line.endsWith("top talkers:")).findFirst().orElse(null));
            if (at >= 0 && lines.size() >= at + 11) {
                return lines.subList(at, at + 11);
            }
            Thread.sleep(10);
        }
        throw new AssertionError("no list of talkers in 5 s: " + out);
    }
}

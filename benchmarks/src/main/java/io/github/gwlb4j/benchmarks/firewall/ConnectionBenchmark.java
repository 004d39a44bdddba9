package io.github.gwlb4j.benchmarks.firewall;

import io.github.gwlb4j.firewall.rules.PolicyFile;
import io.github.gwlb4j.firewall.rules.RuleFileException;
import io.github.gwlb4j.firewall.state.Engine;
import io.github.gwlb4j.firewall.state.EngineSettings;
import io.github.gwlb4j.firewall.state.Judgement;
import io.github.gwlb4j.firewall.state.PolicyVersion;
import io.github.gwlb4j.firewall.state.RuleTally;
import io.github.gwlb4j.gwlb.FlowEnd;
import io.github.gwlb4j.packet.TcpHeader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the example firewall's engine costs a packet once the library has found its flow: of an open connection, and of a new one. Beside
 * the floor, which reads the flow's attachment and the TCP flags and believes them.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 10, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(2)
public class ConnectionBenchmark {
    private static final int SLOT = 64;
    private static final int OPEN = 1024;

    /** How many rules. */
    @Param({"10", "10000"})
    private int rules;

    private final BenchPacket[] data = new BenchPacket[OPEN];
    private final BenchPacket[] answers = new BenchPacket[OPEN];
    private final BenchPacket[] syns = new BenchPacket[OPEN];
    private final Judgement judgement = new Judgement();
    private final TcpHeader tcp = new TcpHeader();
    private Engine engine;
    private RuleTally tally;
    private int next;

    /** Made by JMH. */
    public ConnectionBenchmark() {
    }

    /** Opens connections. */
    @Setup
    public void open() throws RuleFileException {
        List<String> lines = new ArrayList<>();
        for (int i = 1; i < rules; i++) {
            lines.add("deny tcp from 172." + (16 + i / 65_536) + "." + (i / 256 & 255) + "." + (i & 255) + " to any port " + (1 + i));
        }
        lines.add("allow tcp from 10.0.0.0/8 to any port 443");
        PolicyVersion version = new PolicyVersion(PolicyFile.parse("benchmark.rules", lines), 1);
        engine = new Engine(EngineSettings.DEFAULT, version);
        tally = RuleTally.of(version);
        ByteBuffer bytes = ByteBuffer.allocateDirect(4 * OPEN * SLOT);
        for (int i = 0; i < OPEN; i++) {
            BenchPacket syn = new BenchPacket(bytes, 4 * i * SLOT, i, TcpHeader.SYN, true);
            BenchPacket synAck = new BenchPacket(bytes, (4 * i + 1) * SLOT, i, TcpHeader.SYN | TcpHeader.ACK, false);
            judge(syn);
            synAck.share(syn);
            judge(synAck);
            data[i] = new BenchPacket(bytes, (4 * i + 2) * SLOT, i, TcpHeader.ACK, true);
            data[i].share(syn);
            judge(data[i]);
            answers[i] = new BenchPacket(bytes, (4 * i + 3) * SLOT, i, TcpHeader.ACK | TcpHeader.PSH, false);
            answers[i].share(syn);
        }
        ByteBuffer synBytes = ByteBuffer.allocateDirect(OPEN * SLOT);
        for (int i = 0; i < OPEN; i++) {
            syns[i] = new BenchPacket(synBytes, i * SLOT, OPEN + i, TcpHeader.SYN, true);
        }
        if (engine.stats().connections() != OPEN || engine.stats().halfOpen() != 0) {
            throw new IllegalStateException("not open: " + engine.stats());
        }
    }

    private boolean judge(BenchPacket packet) {
        engine.judge(packet, judgement);
        if (!judgement.isPassing()) {
            throw new IllegalStateException("refused: " + judgement.cause());
        }
        tally.count(judgement.rule(), packet.inner().totalLength(), judgement.isNewConnection());
        return judgement.isNewConnection();
    }

    /** Floor: whether there is a connection, and whether the flags are those of data. */
    @Benchmark
    public int floor() {
        int i = next++ & OPEN - 1;
        BenchPacket packet = (i & 1) == 0 ? data[i] : answers[i];
        return tcp.wrap(packet.inner()) && packet.attachment() != null ? tcp.flags() : 0;
    }

    /** A packet of an open connection, by turns of its client and its server: judged and counted. */
    @Benchmark
    public boolean established() {
        int i = next++ & OPEN - 1;
        return judge((i & 1) == 0 ? data[i] : answers[i]);
    }

    /** A connection's whole time in the firewall: a SYN is judged by the rules, remembered, and its flow ends. */
    @Benchmark
    public boolean newConnection() {
        BenchPacket syn = syns[next++ & OPEN - 1];
        boolean isNew = judge(syn);
        engine.onFlowEnd(syn, FlowEnd.EXPIRED);
        syn.forget();
        syn.restart();
        return isNew;
    }
}

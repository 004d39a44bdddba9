package io.github.gwlb4j.benchmarks.firewall;

import io.github.gwlb4j.firewall.rules.Policy;
import io.github.gwlb4j.firewall.rules.PolicyFile;
import io.github.gwlb4j.firewall.rules.Rule;
import io.github.gwlb4j.firewall.rules.RuleFileException;
import io.github.gwlb4j.packet.IpPacket;
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

/** What the example firewall's rules cost the first packet of a flow. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 10, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(2)
public class RuleBenchmark {
    private static final int PACKETS = 1024;
    private static final long ENDPOINT = 0x0123_4567_89ab_cdefL;

    /** How many rules. */
    @Param({"10", "100", "1000", "10000"})
    private int rules;

    /** What they are like. */
    @Param({"realistic", "adversarial"})
    private String mix;

    private Policy policy;
    private IpPacket[] packets;
    private int next;

    /** Made by JMH. */
    public RuleBenchmark() {
    }

    /** Compiles the rules. */
    @Setup
    public void setUp() throws RuleFileException {
        RuleFiles files = mix.equals("realistic") ? RuleFiles.realistic(rules) : RuleFiles.adversarial(rules);
        policy = PolicyFile.parse(mix, files.lines());
        packets = files.packets(PACKETS);
    }

    private IpPacket nextPacket() {
        return packets[next++ & PACKETS - 1];
    }

    /** Floor: the next packet, and nothing done with it. */
    @Benchmark
    public IpPacket nothing() {
        return nextPacket();
    }

    /** One rule after the other: with 10 rules the floor, with more what compiling them saves. */
    @Benchmark
    public int linear() {
        IpPacket packet = nextPacket();
        int last = policy.ruleCount() - 1;
        for (int i = 0; i < last; i++) {
            Rule rule = policy.rule(i);
            if (rule.matches(ENDPOINT, packet)) {
                return i;
            }
        }
        return last;
    }

    /** The compiled rules. */
    @Benchmark
    public int firstMatch() {
        return policy.firstMatch(ENDPOINT, nextPacket());
    }
}

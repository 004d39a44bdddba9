package io.github.gwlb4j.firewall.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.github.gwlb4j.firewall.inspect.DomainName;
import io.github.gwlb4j.firewall.rules.Action;
import io.github.gwlb4j.firewall.rules.Policy;
import io.github.gwlb4j.firewall.rules.PolicyFile;
import io.github.gwlb4j.gwlb.GwlbPacket;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DecisionQueueTest {
    private static final byte[] TCP = PacketBuilder.ipv4("10.1.2.3", "192.0.2.9").tcp(40_000, 443).payload(100).build();

    private static List<String> drain(DecisionQueue queue) {
        List<String> names = new ArrayList<>();
        queue.drain(decision -> names.add(new String(decision.name, 0, decision.nameLength)));
        return names;
    }

    @Test
    void shouldKeepTheOldestAndCountTheRestWhenFull() throws Exception {
        DecisionQueue queue = new DecisionQueue(1, 4, () -> 1000);
        WithinHandler.run(TCP, packet -> {
            for (int i = 0; i < 7; i++) {
                queue.decided(packet, null, null, Action.DENY, DecisionCause.NAME, "n" + i);
            }
            assertThat(drain(queue)).containsExactly("n0", "n1", "n2", "n3");
            assertThat(drain(queue)).isEmpty();
            for (int i = 7; i < 10; i++) {
                queue.decided(packet, null, null, Action.DENY, DecisionCause.NAME, "n" + i);
            }
        });
        assertThat(drain(queue)).as("around the end of the ring").containsExactly("n7", "n8", "n9");
        assertThat(queue.leftOut(LeftOut.QUEUE_FULL).sum()).isEqualTo(3);
        assertThat(queue.leftOut(LeftOut.RATE_LIMIT).sum()).isZero();
    }

    @Test
    void shouldLogAllDecisionsOfARuleThatSaysSoWhateverTheSampling() throws Exception {
        DecisionQueue queue = new DecisionQueue(10, 64, () -> 1_000_000);
        Policy policy = PolicyFile.parse("test.rules", List.of("deny tcp log", "deny udp"));
        WithinHandler.run(TCP, packet -> {
            for (int i = 0; i < 20; i++) {
                queue.decided(packet, null, policy.rule(0), Action.DENY, DecisionCause.RULE, "logged");
                queue.decided(packet, null, policy.rule(1), Action.DENY, DecisionCause.RULE, "sampled");
            }
        });
        List<String> names = drain(queue);
        assertThat(names).filteredOn("logged"::equals).hasSize(20);
        assertThat(names).filteredOn("sampled"::equals).hasSize(2);
    }

    @Test
    void shouldAllocateNothingOnThePacketPath() throws Exception {
        DecisionQueue queue = new DecisionQueue(3, 64, () -> 1_000_000);
        DomainName name = DomainName.of("www.example.com");
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        WithinHandler.run(TCP, packet -> {
            decideOften(queue, packet, name);
            long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
            decideOften(queue, packet, name);
            long allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
            assertThat(allocated).as("bytes for 100,000 decisions").isLessThan(10_000);
        });
        assertThat(queue.leftOut(LeftOut.QUEUE_FULL).sum()).as("a full ring was among it").isPositive();
    }

    /** Fills the ring and beyond, again and again. */
    private static void decideOften(DecisionQueue queue, GwlbPacket packet, DomainName name) {
        DecisionQueue.Sink sink = decision -> { };
        for (int i = 0; i < 100_000; i++) {
            queue.decided(packet, packet.flowKey(), null, Action.DENY, DecisionCause.NAME, name);
            if (i % 400 == 0) {
                queue.drain(sink);
            }
        }
    }
}

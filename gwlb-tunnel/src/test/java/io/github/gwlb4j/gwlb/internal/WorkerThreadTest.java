package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.gwlb.TestPackets;
import io.github.gwlb4j.gwlb.TunnelListener;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.gwlb.transport.DatagramPort;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.List;
import org.junit.jupiter.api.Test;

class WorkerThreadTest {
    private final InMemoryTransport network = new InMemoryTransport();
    private final AtomicInteger waits = new AtomicInteger();

    /** Counts how often the worker goes to wait. */
    private DatagramPort counted(DatagramPort port) {
        return new DatagramPort() {
            @Override
            public int receive(DatagramBatch batch) {
                return port.receive(batch);
            }

            @Override
            public void reply(DatagramBatch batch, long nowNs) {
                port.reply(batch, nowNs);
            }

            @Override
            public void await(long timeoutNs) {
                waits.incrementAndGet();
                port.await(timeoutNs);
            }

            @Override
            public void wakeUp() {
                port.wakeUp();
            }
        };
    }

    @Test
    void shouldStillWaitWhenAHandlerHasLeftItsThreadInterrupted() throws InterruptedException {
        TunnelManager tunnels = new TunnelManager(new Admission(List.of(), List.of()), 1, 1, 0, new TunnelListener() { }, System::nanoTime, () -> { });
        InlineWorker worker = new InlineWorker(0, counted(network.open(0, 1)), new DatagramBatch(4, 2048), Gwlb.OPTION_CLASS,
                new Admission(List.of(), List.of()), tunnels,
                packet -> {
                    Thread.currentThread().interrupt();
                    return Verdict.FORWARD;
                }, new HandlerFailures(false, System::nanoTime), System::nanoTime, true);
        WorkerThread thread = new WorkerThread("gwlb4j-worker-test", worker, () -> { });
        thread.start();
        try {
            network.inject(new InMemoryTransport.Datagram(1, 2, TestPackets.geneve(TestPackets.dnsQuery())));
            assertThat(network.takeReply(5000)).isNotNull();
            Thread.sleep(300);
            assertThat(waits.get()).as("waits of up to a second each").isLessThan(10);
        } finally {
            assertThat(thread.stop(5000)).isTrue();
        }
    }
}

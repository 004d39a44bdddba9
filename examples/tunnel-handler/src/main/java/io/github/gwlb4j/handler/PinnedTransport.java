package io.github.gwlb4j.handler;

import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.gwlb.transport.DatagramPort;
import io.github.gwlb4j.gwlb.transport.DatagramTransport;
import io.github.gwlb4j.linux.NativeThread;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A transport whose workers run on given CPUs. A port's methods are called on its worker's thread, so the first of them is the
 * place to tie that thread to its CPU.
 */
final class PinnedTransport implements DatagramTransport {
    private static final Logger LOG = LoggerFactory.getLogger(PinnedTransport.class);

    private final DatagramTransport transport;
    private final List<Integer> cpus;

    /** Worker i is tied to element i, modulo their number. */
    PinnedTransport(DatagramTransport transport, List<Integer> cpus) {
        this.transport = transport;
        this.cpus = cpus;
    }

    @Override
    public DatagramPort open(int workerIndex, int workerCount) throws IOException {
        return new Port(transport.open(workerIndex, workerCount), cpus.get(workerIndex % cpus.size()));
    }

    @Override
    public void maintain() {
        transport.maintain();
    }

    @Override
    public long receiveBufferDrops() {
        return transport.receiveBufferDrops();
    }

    @Override
    public String describe() {
        return transport.describe() + ", on CPUs " + cpus;
    }

    @Override
    public void close() {
        transport.close();
    }

    private static final class Port implements DatagramPort {
        private final DatagramPort port;
        private final int cpu;
        private boolean isPinned;

        Port(DatagramPort port, int cpu) {
            this.port = port;
            this.cpu = cpu;
        }

        @Override
        public int receive(DatagramBatch batch) {
            if (!isPinned) {
                pin();
            }
            return port.receive(batch);
        }

        private void pin() {
            isPinned = true;
            int result = NativeThread.pinTo(cpu);
            if (result < 0) {
                LOG.warn("{} cannot be tied to CPU {} (errno {}): it runs anywhere", Thread.currentThread().getName(), cpu, -result);
            }
        }

        @Override
        public void reply(DatagramBatch batch, long nowNs) {
            port.reply(batch, nowNs);
        }

        @Override
        public void await(long timeoutNs) {
            port.await(timeoutNs);
        }

        @Override
        public int[] descriptors() {
            return port.descriptors();
        }

        @Override
        public void wakeUp() {
            port.wakeUp();
        }

        @Override
        public void expire(long nowNs) {
            port.expire(nowNs);
        }

        @Override
        public int localIpv4(int origin) {
            return port.localIpv4(origin);
        }

        @Override
        public int localPort() {
            return port.localPort();
        }

        @Override
        public int returnSockets() {
            return port.returnSockets();
        }
    }
}

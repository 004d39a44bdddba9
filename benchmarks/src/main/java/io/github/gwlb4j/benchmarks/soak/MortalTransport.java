package io.github.gwlb4j.benchmarks.soak;

import io.github.gwlb4j.benchmarks.soak.CallbackFaults.Place;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import io.github.gwlb4j.gwlb.transport.DatagramPort;
import io.github.gwlb4j.gwlb.transport.DatagramTransport;
import java.io.IOException;

/**
 * A transport whose ports fail on the worker's own thread when told. No handler can end a worker, whatever it throws, so this is how a
 * worker's death, by an error of the library itself, comes about.
 */
final class MortalTransport implements DatagramTransport {
    private final DatagramTransport real;
    private final CallbackFaults faults;

    MortalTransport(DatagramTransport real, CallbackFaults faults) {
        this.real = real;
        this.faults = faults;
    }

    @Override
    public DatagramPort open(int workerIndex, int workerCount) throws IOException {
        DatagramPort port = real.open(workerIndex, workerCount);
        return new DatagramPort() {
            @Override
            public int receive(DatagramBatch batch) {
                faults.strike(Place.WORKER);
                return port.receive(batch);
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
        };
    }

    @Override
    public void maintain() {
        real.maintain();
    }

    @Override
    public long receiveBufferDrops() {
        return real.receiveBufferDrops();
    }

    @Override
    public String describe() {
        return real.describe();
    }

    @Override
    public void close() {
        real.close();
    }
}

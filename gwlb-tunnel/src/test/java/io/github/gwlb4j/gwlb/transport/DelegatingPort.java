package io.github.gwlb4j.gwlb.transport;

/** Hands on to another port what every port must do; for tests that change a part of it. */
public class DelegatingPort implements DatagramPort {
    private final DatagramPort port;

    public DelegatingPort(DatagramPort port) {
        this.port = port;
    }

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
        port.await(timeoutNs);
    }

    @Override
    public void wakeUp() {
        port.wakeUp();
    }
}

package io.github.gwlb4j.gwlb.contract;

import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.GwlbApplianceBuilder;
import io.github.gwlb4j.gwlb.TunSettings;
import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.TunnelListener;
import io.github.gwlb4j.gwlb.transport.DatagramTransport;
import io.github.gwlb4j.gwlb.transport.LinuxTransport;
import io.github.gwlb4j.gwlb.transport.NioTransport;
import io.github.gwlb4j.gwlb.transport.ReturnPathMode;
import io.github.gwlb4j.gwlb.transport.Steering;
import io.github.gwlb4j.gwlb.transport.UdpOffload;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.Semaphore;

/** A whole appliance with its threads, over loopback sockets; its interfaces are in memory. */
class SocketBench extends Bench {
    private static final int RECEIVE_BUFFER = 4 << 20;
    static final int RETURN_SOCKETS = 64;
    private static final long RETURN_SOCKET_IDLE_NS = 30_000_000_000L;

    final MemoryInterfaces interfaces = new MemoryInterfaces();
    private final boolean isLinux;
    private final Semaphore creation = new Semaphore(1);
    GwlbAppliance appliance;
    LoadBalancerSockets sockets;

    SocketBench(boolean isLinux) {
        this.isLinux = isLinux;
    }

    @Override
    void start(GwlbApplianceBuilder settings, TunSettings.Builder tun) throws Exception {
        InetSocketAddress target = target();
        sockets = new LoadBalancerSockets(target.getPort());
        settings.tun(tun.deviceOpener(config -> {
            waitForCreation();
            if (isOpeningRefused) {
                throw new IOException("refused by the test");
            }
            return opener().open(config);
        }).build()).jmx(false).transport(() -> transport(target)).listener(new TunnelListener() {
            @Override
            public void onCreated(Tunnel tunnel) {
                created(tunnel);
            }

            @Override
            public void onDestroyed(Tunnel tunnel, Reason reason) {
                destroyed(tunnel);
            }
        });
        appliance = settings.build().start();
    }

    /** Opens the interfaces. */
    TunSettings.DeviceOpener opener() {
        return interfaces::open;
    }

    void created(Tunnel tunnel) {
    }

    void destroyed(Tunnel tunnel) {
    }

    UdpOffload udpOffload() {
        return UdpOffload.AUTO;
    }

    private DatagramTransport transport(InetSocketAddress target) {
        return isLinux ? new LinuxTransport(target, RECEIVE_BUFFER, RETURN_SOCKETS, RETURN_SOCKET_IDLE_NS, ReturnPathMode.AUTO, udpOffload(), Steering.AUTO, 0)
                : new NioTransport(target, RECEIVE_BUFFER, RETURN_SOCKETS, RETURN_SOCKET_IDLE_NS);
    }

    InetSocketAddress target() throws IOException {
        try (DatagramSocket free = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0))) {
            return new InetSocketAddress(InetAddress.getByName("127.0.0.1"), free.getLocalPort());
        }
    }

    private void waitForCreation() {
        creation.acquireUninterruptibly();
        creation.release();
    }

    @Override
    void send(Node node, int port, int trafficClass, byte[] datagram) throws Exception {
        sockets.send(node, port, trafficClass, datagram);
    }

    @Override
    Reply takeReply(Duration atMost) throws Exception {
        return sockets.take(atMost);
    }

    @Override
    byte[] takeDelivered(long endpointId, Duration atMost) throws Exception {
        long end = System.nanoTime() + atMost.toNanos();
        byte[] packet = interfaces.take(endpointId);
        while (packet == null && System.nanoTime() - end < 0) {
            Thread.sleep(1);
            packet = interfaces.take(endpointId);
        }
        return packet;
    }

    @Override
    void intoInterface(long endpointId, Side side, byte[] packet) throws Exception {
        interfaces.put(endpointId, side, packet);
    }

    @Override
    ApplianceStats stats() {
        return appliance.stats();
    }

    @Override
    void pass(Duration time) throws InterruptedException {
        Thread.sleep(time.toMillis());
    }

    @Override
    void holdCreation(boolean isHeld) {
        if (isHeld) {
            creation.acquireUninterruptibly();
        } else {
            creation.release();
        }
    }

    @Override
    boolean destroyTunnel(long endpointId) {
        return appliance.destroyTunnel(endpointId);
    }

    @Override
    String limitOf(Need need) {
        return switch (need) {
            case TRAFFIC_CLASS_IN, TRAFFIC_CLASS_OUT -> isLinux ? null : "Java's sockets do not tell the outer traffic class";
            case HUGE_INTO_INTERFACE -> "shown in memory and over real TUN devices";
            case EXACT_CLOCK -> "needs a clock that the test moves";
            case TIMERS -> isLinux ? null : "timers do not depend on the transport; shown over the Linux one";
            default -> null;
        };
    }

    @Override
    void closeAppliance() {
        appliance.close();
    }

    @Override
    public void close() {
        if (appliance != null) {
            if (creation.availablePermits() == 0) {
                creation.release();
            }
            appliance.close();
        }
        if (sockets != null) {
            sockets.close();
        }
    }
}

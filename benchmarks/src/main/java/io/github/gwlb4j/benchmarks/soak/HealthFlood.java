package io.github.gwlb4j.benchmarks.soak;

import io.github.gwlb4j.simulator.lab.LiveLab;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Clients of the health port that behave badly. Stateless. */
final class HealthFlood {
    private static final int CONNECTIONS = 400;
    private static final int CONNECT_MS = 2_000;
    private static final long LENGTH_MS = 6_000;
    private static final int GARBAGE_BYTES = 20_000;
    private static final byte[] REQUEST = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private HealthFlood() {
    }

    /** From the load balancer's side: a third says nothing, a third asks again and again and reads nothing, a third sends garbage. */
    static void run(SoakUnit unit) throws Exception {
        List<Socket> sockets = new ArrayList<>();
        long endNs = System.nanoTime() + LENGTH_MS * 1_000_000;
        Random random = new Random(unit.site().endpointId());
        try {
            while (System.nanoTime() - endNs < 0) {
                if (sockets.size() == CONNECTIONS) {
                    close(sockets.remove(0));
                }
                sockets.add(unit.lab().loadBalancer().call(() -> connect(random)));
                Thread.sleep(2);
            }
        } finally {
            sockets.forEach(HealthFlood::close);
        }
    }

    private static Socket connect(Random random) {
        Socket socket = new Socket();
        try {
            socket.setReceiveBufferSize(1024);
            socket.connect(new InetSocketAddress(LiveLab.APPLIANCE_ADDRESS, SoakAppliance.HEALTH_PORT), CONNECT_MS);
            switch (random.nextInt(3)) {
                case 0 -> socket.getOutputStream().write(REQUEST, 0, 10);
                case 1 -> socket.getOutputStream().write(REQUEST);
                default -> {
                    byte[] garbage = new byte[GARBAGE_BYTES];
                    random.nextBytes(garbage);
                    socket.getOutputStream().write(garbage);
                }
            }
        } catch (IOException e) {
            return socket; // refused or closed: that is its right
        }
        return socket;
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            return; // it was the appliance that closed it
        }
    }

    /** The checks of {@link HealthWatch} that were answered since the fault began: one each second or so. */
    static String answeredMeanwhile(SoakUnit unit, Counters before, Counters after) {
        return unit.health().answersSinceMark() >= LENGTH_MS / 2_000 ? unit.health().answersSinceMark() + " health checks answered meanwhile" : null;
    }

    /** Asks for the appliance's further page; that there may be no answer is the point. */
    static void askForPage(SoakUnit unit) throws Exception {
        unit.lab().appliance().call(() -> {
            try (Socket socket = new Socket("127.0.0.1", SoakAppliance.HEALTH_PORT)) {
                socket.setSoTimeout(CONNECT_MS);
                socket.getOutputStream().write("GET /soak HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                return socket.getInputStream().readAllBytes().length;
            } catch (IOException e) {
                return 0;
            }
        });
    }
}

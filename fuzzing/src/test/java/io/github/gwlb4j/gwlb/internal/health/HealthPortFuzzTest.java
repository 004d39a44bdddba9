package io.github.gwlb4j.gwlb.internal.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.fuzzing.Fuzzer;
import io.github.gwlb4j.gwlb.health.HealthConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Hostile clients of the health port over real sockets, while a load balancer's check must be answered each time it asks. */
class HealthPortFuzzTest {
    private static final int MOST_CONNECTIONS = 32;
    private static final int MOST_HEADER_BYTES = 1024;
    private static final int CHECK_EVERY = 8;
    private static final int PATIENCE_MS = 10_000;
    private static final String CHECK = "GET / HTTP/1.1\r\nHost: check\r\nConnection: close\r\n\r\n";

    private final List<Socket> slow = new ArrayList<>();
    private final SplittableRandom random = new SplittableRandom(20_261_123);
    private HealthServer server;
    private int attempts;

    @BeforeEach
    void start() throws IOException {
        HealthConfig config = HealthConfig.builder(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)).maxConnections(MOST_CONNECTIONS)
                .maxHeaderBytes(MOST_HEADER_BYTES).requestTimeout(Duration.ofMillis(300)).keepAlive(Duration.ofMillis(300)).build();
        server = HealthServer.open(config, request -> HttpResponse.text(request.status(), "answered"), false);
        server.start();
    }

    @AfterEach
    void stop() throws IOException {
        for (Socket socket : slow) {
            socket.close();
        }
        server.stop();
    }

    @Test
    void shouldAnswerTheCheckWhateverOthersSend() throws Exception {
        int threads = Thread.activeCount();
        Fuzzer.of("health-port", this::send)
                .seeds("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n", "GET / HTTP/1.1\r\nX: " + "y".repeat(3000) + "\r\n\r\n", "\r\n\r\n\r\n",
                        "GET / HTTP/1.1\r\n\r\n".repeat(50), "\u0016\u0003\u0001\u0002\u0000\u0001\u0000")
                .words("GET", "POST", "HTTP/1.1", "\r\n\r\n", "Host:").run(150);
        awaitNoConnection();
        assertThat(Thread.activeCount()).as("threads").isLessThanOrEqualTo(threads + 2);
        assertThat(server.stats().timeouts() + server.stats().evicted()).as("slow clients were ended").isPositive();
    }

    /** One hostile client, which then leaves, or is reset, or stays and says no more. */
    private void send(byte[] input) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        try {
            for (int at = 0; at < input.length;) {
                int length = Math.min(input.length - at, 1 + random.nextInt(2000));
                socket.getOutputStream().write(input, at, length);
                at += length;
            }
        } catch (SocketException e) {
            assertThat(e).hasMessageMatching("(?i).*(reset|broken pipe).*"); // it had said enough
        }
        assertThat(server.stats().openConnections()).isBetween(0, MOST_CONNECTIONS);
        end(socket, input);
        if (attempts++ % CHECK_EVERY == 0) {
            check();
        }
    }

    private void end(Socket socket, byte[] input) throws IOException {
        switch (random.nextInt(4)) {
            case 0 -> socket.close();
            case 1 -> {
                socket.setSoLinger(true, 0);
                socket.close();
            }
            case 2 -> {
                slow.add(socket);
                requireAnswer(socket, input);
            }
            default -> slow.add(socket);
        }
        while (slow.size() > 3 * MOST_CONNECTIONS) {
            slow.remove(0).close();
        }
    }

    /** A whole request, or one that is too long, is answered; what the parser throws would close the connection instead. */
    private static void requireAnswer(Socket socket, byte[] input) throws IOException {
        int looked = Math.min(input.length, MOST_HEADER_BYTES);
        boolean isWhole = looked == MOST_HEADER_BYTES || HttpRequest.end(ByteBuffer.wrap(input, 0, looked).position(looked)) >= 0;
        String answer = "HTTP/1.1 ";
        try {
            socket.shutdownOutput();
            socket.setSoTimeout(PATIENCE_MS);
            String heard = new String(socket.getInputStream().readNBytes(answer.length()), StandardCharsets.US_ASCII);
            assertThat(heard).isEqualTo(isWhole ? answer : "");
        } catch (SocketTimeoutException e) {
            throw new AssertionError("neither an answer nor an end", e);
        } catch (SocketException e) {
            assertThat(e).hasMessageMatching("(?i).*(reset|closed|not connected|broken pipe).*"); // it gave way to another
        }
    }

    /** Clients that stay are ended all the same. */
    private void awaitNoConnection() throws InterruptedException {
        for (int i = 0; i < PATIENCE_MS / 10 && server.stats().openConnections() > 0; i++) {
            Thread.sleep(10);
        }
        assertThat(server.stats().openConnections()).as("connections whose time is long over").isZero();
    }

    private void check() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(PATIENCE_MS);
            socket.getOutputStream().write(CHECK.getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!answer.startsWith("HTTP/1.1 200 OK\r\n") || !answer.endsWith("answered")) {
                throw new AssertionError("the check heard " + answer);
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the check was not answered", e);
        }
    }
}

package io.github.gwlb4j.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A long-lived TCP connection on which each line comes back, as keys typed in ssh do. */
final class EchoSession implements AutoCloseable {
    private final Socket socket;

    EchoSession(Socket socket) {
        this.socket = socket;
    }

    void assertEchoes(String line) throws IOException {
        write(line);
        assertThat(read(Duration.ofSeconds(5))).isEqualTo(line);
    }

    void write(String line) throws IOException {
        socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    String read(Duration limit) throws IOException {
        socket.setSoTimeout((int) limit.toMillis());
        StringBuilder line = new StringBuilder();
        for (int next = socket.getInputStream().read(); next != '\n' && next >= 0; next = socket.getInputStream().read()) {
            line.append((char) next);
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.setSoLinger(true, 0); // its other end may be gone
        socket.close();
    }
}

package io.github.gwlb4j.gwlb.internal.health;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;

/** A client that sees how a connection ends, which HTTP clients hide. */
final class RawHttp implements AutoCloseable {
    static final String GET = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";
    static final String GET_AND_CLOSE = "GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
    private static final int TIMEOUT_MS = 10_000;

    private final Socket socket = new Socket();

    RawHttp(int port) throws IOException {
        this(InetAddress.getByName("127.0.0.1"), port);
    }

    RawHttp(InetAddress address, int port) throws IOException {
        socket.setSoTimeout(TIMEOUT_MS);
        socket.connect(new InetSocketAddress(address, port), TIMEOUT_MS);
    }

    RawHttp send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    RawHttp send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        return this;
    }

    /** All that comes until FIN; an RST throws. */
    String readToFin() throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** An answer with its body, from a connection that stays open. */
    String readAnswer() throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new SocketException("FIN inside an answer");
            }
            head.write(next);
        }
        String text = head.toString(StandardCharsets.US_ASCII);
        int length = Integer.parseInt(text.replaceAll("(?s).*Content-Length: (\\d+).*", "$1"));
        return text + new String(socket.getInputStream().readNBytes(length), StandardCharsets.UTF_8);
    }

    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    static String get(int port) throws IOException {
        try (RawHttp client = new RawHttp(port)) {
            return client.send(GET_AND_CLOSE).readToFin();
        }
    }
}

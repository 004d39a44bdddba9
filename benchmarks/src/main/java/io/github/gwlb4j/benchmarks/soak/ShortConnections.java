package io.github.gwlb4j.benchmarks.soak;

import io.github.gwlb4j.simulator.lab.LabSite;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Random;

/** Clients that come and go: connect, send some bytes, compare what comes back, and close, every fourth time with an RST. */
final class ShortConnections implements AutoCloseable {
    private static final int PORT = 5002;
    private static final long PAUSE_MS = 150;
    private static final int LIMIT_MS = 5_000;
    private static final int BYTES = 3_000;
    private static final int EVERY_NTH_RESETS = 4;

    private final ServerSocket listener;
    private final InetAddress serverAddress;
    private final LoadThread server;
    private final LoadThread client;
    private final Random random = new Random(1);
    private volatile long completed;
    private volatile long reset;
    private volatile long failed;
    private volatile long wrong;

    ShortConnections(LabSite site, String serverAddress) throws Exception {
        this.serverAddress = InetAddress.getByName(serverAddress);
        listener = site.server().call(() -> new ServerSocket(PORT, 50, this.serverAddress));
        server = LoadThread.start("soak-short-server", site.server(), this::serve);
        client = LoadThread.start("soak-short-client", site.client(), this::connect);
    }

    private void serve() throws IOException {
        try (Socket socket = listener.accept()) {
            socket.setSoTimeout(LIMIT_MS);
            byte[] request = socket.getInputStream().readNBytes(BYTES);
            socket.getOutputStream().write(request);
            socket.getInputStream().read(); // until the client has closed
        } catch (IOException e) {
            if (listener.isClosed()) {
                throw e;
            }
        }
    }

    private void connect() throws InterruptedException {
        boolean isToReset = (completed + reset + failed) % EVERY_NTH_RESETS == 0;
        try {
            exchange(isToReset);
        } catch (IOException e) {
            failed++;
        }
        Thread.sleep(PAUSE_MS);
    }

    /** One connection now, in the calling thread, which must be inside the client's namespace. */
    void exchange(boolean isToReset) throws IOException {
        byte[] request = new byte[BYTES];
        random.nextBytes(request);
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(LIMIT_MS);
            socket.connect(new InetSocketAddress(serverAddress, PORT), LIMIT_MS);
            socket.getOutputStream().write(request);
            byte[] answer = socket.getInputStream().readNBytes(BYTES);
            if (answer.length < BYTES) {
                throw new EOFException("the server closed after " + answer.length + " bytes");
            }
            if (!Arrays.equals(answer, request)) {
                wrong++;
            }
            if (isToReset) {
                socket.setSoLinger(true, 0);
                reset++;
            } else {
                completed++;
            }
        }
    }

    long completed() {
        return completed;
    }

    long reset() {
        return reset;
    }

    long failed() {
        return failed;
    }

    long wrong() {
        return wrong;
    }

    @Override
    public void close() {
        server.beginClosing();
        client.close();
        try {
            listener.close();
        } catch (IOException e) {
            server.close();
        }
        server.close();
    }
}

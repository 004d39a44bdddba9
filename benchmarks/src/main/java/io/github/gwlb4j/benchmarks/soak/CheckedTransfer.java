package io.github.gwlb4j.benchmarks.soak;

import io.github.gwlb4j.simulator.lab.LabSite;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;

/** One TCP connection that lasts all the time, through the real kernels of client and server: a bounded rate, each byte checked. */
final class CheckedTransfer implements AutoCloseable {
    private static final int PORT = 5001;
    private static final int CHUNK_BYTES = 24_000;
    private static final long CHUNK_MS = 150;
    private static final int CONNECT_MS = 20_000;
    /** A prime, so that a lost or doubled segment cannot fit by chance. */
    private static final int PERIOD = 251;

    private final ServerSocket listener;
    private final InetAddress serverAddress;
    private final LoadThread source;
    private final LoadThread sink;
    private volatile Socket connection;
    private volatile Socket accepted;
    private volatile long bytes;
    private volatile long lastBytesNs = System.nanoTime();
    private volatile long wrong;
    private volatile long connections;

    CheckedTransfer(LabSite site, String serverAddress) throws Exception {
        this.serverAddress = InetAddress.getByName(serverAddress);
        listener = site.server().call(() -> new ServerSocket(PORT, 5, this.serverAddress));
        source = LoadThread.start("soak-transfer-source", site.server(), this::serve);
        sink = LoadThread.start("soak-transfer-sink", site.client(), this::fetch);
    }

    private void serve() throws IOException, InterruptedException {
        try (Socket socket = listener.accept()) {
            accepted = socket;
            OutputStream out = socket.getOutputStream();
            byte[] chunk = new byte[CHUNK_BYTES];
            for (long offset = 0; !listener.isClosed(); offset += chunk.length) {
                for (int i = 0; i < chunk.length; i++) {
                    chunk[i] = (byte) ((offset + i) % PERIOD);
                }
                out.write(chunk);
                Thread.sleep(CHUNK_MS);
            }
        } catch (IOException e) {
            if (listener.isClosed()) {
                throw e;
            }
        }
    }

    private void fetch() throws Exception {
        try (Socket socket = new Socket()) {
            connection = socket;
            socket.connect(new InetSocketAddress(serverAddress, PORT), CONNECT_MS);
            connections++;
            read(socket.getInputStream());
        } catch (IOException e) {
            Thread.sleep(200);
        }
    }

    private void read(InputStream in) throws IOException {
        byte[] buffer = new byte[CHUNK_BYTES];
        long offset = 0;
        for (int count = in.read(buffer); count > 0; count = in.read(buffer)) {
            for (int i = 0; i < count; i++) {
                if (buffer[i] != (byte) ((offset + i) % PERIOD)) {
                    wrong++;
                }
            }
            offset += count;
            bytes += count;
            lastBytesNs = System.nanoTime();
        }
    }

    /** How long after that bytes came again, 0 if at once; -1 if they did not in time. TCP itself waits longer after each loss. */
    long awaitProgress(long sinceNs, Duration limit) throws InterruptedException {
        long endNs = sinceNs + limit.toNanos();
        while (lastBytesNs - sinceNs <= 0) {
            if (System.nanoTime() - endNs > 0) {
                return -1;
            }
            Thread.sleep(10);
        }
        return lastBytesNs - sinceNs;
    }

    long bytes() {
        return bytes;
    }

    long wrong() {
        return wrong;
    }

    /** 1 if it never broke. */
    long connections() {
        return connections;
    }

    @Override
    public void close() {
        source.beginClosing();
        sink.beginClosing();
        for (AutoCloseable socket : new AutoCloseable[] {listener, accepted, connection}) {
            try {
                if (socket != null) {
                    socket.close();
                }
            } catch (Exception e) {
                continue; // it is gone either way
            }
        }
        source.close();
        sink.close();
    }}

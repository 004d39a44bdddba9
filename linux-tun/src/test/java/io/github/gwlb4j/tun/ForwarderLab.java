package io.github.gwlb4j.tun;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.zip.CRC32C;

/**
 * Client and server, each in a namespace of its own behind a TUN device, and a Java forwarder between the two devices: what
 * one sends reaches the other through Java only.
 */
final class ForwarderLab implements AutoCloseable {

    private static final int BUFFER_BYTES = 256 * 1024;

    final Forwarder forwarder;
    private final TunLab client = new TunLab();
    private final TunLab server = new TunLab();
    private final TunDevice clientTun;
    private final TunDevice serverTun;

    ForwarderLab(OffloadPolicy offload, Forwarder.Mode mode, int mtu) throws LinuxException {
        clientTun = open(client, "client0", offload, mtu, 1);
        serverTun = open(server, "server0", offload, mtu, 2);
        forwarder = new Forwarder(clientTun.queue(0), serverTun.queue(0), mode);
    }

    private static TunDevice open(TunLab lab, String name, OffloadPolicy offload, int mtu, int host) throws LinuxException {
        return LinuxTun.open(lab.tun(name).mtu(mtu).txQueueLength(5_000).offload(offload)
                .address("10.5.0." + host + "/24").address("fd05::" + host + "/64").build());
    }

    /** Result of a transfer. The hashes are CRC32C, cheap enough not to be what is measured, with the number of bytes. */
    record Transfer(String sentHash, String receivedHash, long bytes, double seconds) {

        double gigabitsPerSecond() {
            return bytes * 8 / seconds / 1e9;
        }
    }

    /** Sends random bytes from the client's kernel to the server's and compares what arrives. */
    Transfer transfer(boolean ipv6, long bytes) throws Exception {
        String serverAddress = ipv6 ? "fd05::2" : "10.5.0.2";
        try (ServerSocketChannel listener = server.inside(ServerSocketChannel::open)) {
            listener.bind(new InetSocketAddress(serverAddress, 5000));
            CompletableFuture<String> received = CompletableFuture.supplyAsync(() -> receive(listener), task -> new Thread(task, "server").start());
            long start = System.nanoTime();
            String sent;
            try (SocketChannel channel = client.inside(SocketChannel::open)) {
                channel.connect(new InetSocketAddress(serverAddress, 5000));
                sent = send(channel, bytes);
            }
            String got = received.get();
            return new Transfer(sent, got, bytes, (System.nanoTime() - start) / 1e9);
        }
    }

    private static String send(SocketChannel channel, long bytes) throws IOException {
        CRC32C digest = new CRC32C();
        byte[] block = new byte[BUFFER_BYTES];
        new Random(bytes).nextBytes(block);
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        for (long left = bytes; left > 0;) {
            int length = (int) Math.min(left, BUFFER_BYTES);
            // Each block is another one, so that a swap of blocks shows.
            ByteBuffer.wrap(block).putLong(0, left);
            digest.update(block, 0, length);
            buffer.clear().put(block, 0, length).flip();
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            left -= length;
        }
        return hash(digest, bytes);
    }

    private static String receive(ServerSocketChannel listener) {
        try (SocketChannel channel = listener.accept()) {
            CRC32C digest = new CRC32C();
            long bytes = 0;
            ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
            while (channel.read(buffer.clear()) >= 0) {
                bytes += buffer.position();
                digest.update(buffer.flip());
            }
            return hash(digest, bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String hash(CRC32C digest, long bytes) {
        return Long.toHexString(digest.getValue()) + " of " + bytes + " bytes";
    }

    @Override
    public void close() {
        forwarder.close();
        clientTun.close();
        serverTun.close();
        client.close();
        server.close();
    }
}

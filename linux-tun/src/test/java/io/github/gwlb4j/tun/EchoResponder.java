package io.github.gwlb4j.tun;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

import io.github.gwlb4j.tun.offload.PacketQueue;

/** A host behind a TUN queue: answers pings and sends UDP datagrams back. Runs a thread until the queue is closed. */
final class EchoResponder {

    final AtomicLong answered = new AtomicLong();
    private final TunQueue queue;
    private final Thread thread;

    EchoResponder(TunQueue queue) {
        this.queue = queue;
        this.thread = new Thread(this::run, "echo");
        thread.start();
    }

    private void run() {
        PacketQueue packets = new PacketQueue(queue);
        PacketBatch batch = new PacketBatch(64, 256 * 1024);
        while (packets.await(-1) >= 0) {
            batch.clear();
            if (packets.read(batch) < 0) {
                return;
            }
            for (int i = 0; i < batch.count(); i++) {
                if (answer(batch.buffer(), batch.offset(i)) && packets.write(batch, i, i + 1) == 1) {
                    answered.incrementAndGet();
                }
            }
        }
    }

    /** Turns a request into its answer; exchanging words and adding what was taken keeps the checksums right. */
    private static boolean answer(ByteBuffer packet, int at) {
        boolean ipv4 = packet.get(at) >> 4 == 4;
        int protocol = packet.get(at + (ipv4 ? 9 : 6));
        int l4 = at + (ipv4 ? 20 : 40);
        for (int i = 0, words = ipv4 ? 1 : 4, source = at + (ipv4 ? 12 : 8); i < words; i++) {
            swapInts(packet, source + 4 * i, source + 4 * (i + words));
        }
        if (protocol == 17) {
            packet.putInt(l4, Integer.rotateLeft(packet.getInt(l4), 16));
            return true;
        }
        int request = ipv4 ? 8 : 128;
        int reply = ipv4 ? 0 : 129;
        if (protocol != (ipv4 ? 1 : 58) || Byte.toUnsignedInt(packet.get(l4)) != request) {
            return false;
        }
        packet.put(l4, (byte) reply);
        int checksum = Short.toUnsignedInt(packet.getShort(l4 + 2)) + (request - reply << 8);
        packet.putShort(l4 + 2, (short) (checksum < 0 ? checksum - 1 : (checksum & 0xffff) + (checksum >>> 16)));
        return true;
    }

    private static void swapInts(ByteBuffer packet, int a, int b) {
        int value = packet.getInt(a);
        packet.putInt(a, packet.getInt(b));
        packet.putInt(b, value);
    }

    void join() throws InterruptedException {
        thread.join(5_000);
        if (thread.isAlive()) {
            throw new AssertionError("the responder still runs after its queue was closed");
        }
    }
}

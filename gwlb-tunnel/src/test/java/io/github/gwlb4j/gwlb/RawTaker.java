package io.github.gwlb4j.gwlb;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.linux.NativeMemory;
import io.github.gwlb4j.linux.Syscalls;
import io.github.gwlb4j.linux.UnixSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Speaks the protocol of a hand-over message by message, to say what no appliance would, and to stop where none would. */
final class RawTaker implements AutoCloseable {
    static final long MAGIC = 0x6777_6c62_346a_484fL;
    static final int VERSION = 1;
    static final int HELLO = 0;
    static final int ACCEPTED = 2;
    static final int DESCRIPTORS = 3;
    static final int READY = 6;
    static final int TUNNEL = 7;
    static final int TUNNELS_END = 8;
    static final int COMMIT = 9;
    static final int YOURS = 10;
    /** One more than the last. */
    static final int MESSAGES = 12;

    private static final int LONGEST_SEND = 4096;
    private static final int LONGEST_RECEIVE = 1 << 16;

    private final UnixSocket socket;

    RawTaker(Path path) throws IOException {
        socket = UnixSocket.connect(path);
    }

    /** A message to be completed. */
    static ByteBuffer message(int type) {
        return NativeMemory.allocate(LONGEST_SEND).order(ByteOrder.BIG_ENDIAN).put((byte) type);
    }

    void send(ByteBuffer message) throws IOException {
        socket.send(message.flip(), new int[0], System.nanoTime() + TimeUnit.SECONDS.toNanos(8));
    }

    void sendHello(int version, Map<String, String> settings) throws IOException {
        ByteBuffer hello = message(HELLO).putLong(MAGIC).putShort((short) version).putShort((short) settings.size());
        settings.forEach((name, value) -> {
            for (String text : List.of(name, value)) {
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                hello.putShort((short) bytes.length).put(bytes);
            }
        });
        send(hello);
    }

    /** The next message; descriptors with it are closed. */
    ByteBuffer receive() throws IOException {
        return receive(8);
    }

    private ByteBuffer receive(int seconds) throws IOException {
        ByteBuffer message = NativeMemory.allocate(LONGEST_RECEIVE).order(ByteOrder.BIG_ENDIAN);
        for (int descriptor : socket.receive(message, System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds))) {
            Syscalls.close(descriptor);
        }
        return message;
    }

    void expect(int... types) throws IOException {
        for (int type : types) {
            assertThat(receive().get(0)).as("type of message").isEqualTo((byte) type);
        }
    }

    String receiveText() throws IOException {
        return StandardCharsets.UTF_8.decode(receive()).toString();
    }

    /** Reads what comes, until {@link java.io.EOFException} says that the other side has hung up. */
    void receiveAll() throws IOException {
        while (true) {
            receive(50);
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}

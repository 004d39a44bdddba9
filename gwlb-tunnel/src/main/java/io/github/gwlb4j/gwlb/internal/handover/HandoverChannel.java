package io.github.gwlb4j.gwlb.internal.handover;

import io.github.gwlb4j.linux.NativeMemory;
import io.github.gwlb4j.linux.Syscalls;
import io.github.gwlb4j.linux.UnixSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Messages to and from the other process; every length is checked, every wait is bounded. Belongs to one thread, but for
 * {@link #wakeUp}.
 */
final class HandoverChannel implements AutoCloseable {
    private static final int MESSAGE_BYTES = 32_768;
    private static final int MAX_SETTINGS = 64;
    private static final int[] NOTHING = {};

    private final UnixSocket socket;
    private final ByteBuffer out = NativeMemory.allocate(MESSAGE_BYTES).order(ByteOrder.BIG_ENDIAN);
    private final ByteBuffer in = NativeMemory.allocate(MESSAGE_BYTES).order(ByteOrder.BIG_ENDIAN);
    private int[] received = NOTHING;
    private long deadlineNs;

    HandoverChannel(UnixSocket socket) {
        this.socket = socket;
    }

    UnixSocket socket() {
        return socket;
    }

    /** All that is sent and received until the next call must be within this time. */
    void limit(long ms) {
        deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
    }

    /** Begins a message; what belongs to it is put behind. */
    ByteBuffer begin(Message message) {
        return out.clear().put((byte) message.ordinal());
    }

    /** Sends the message begun. */
    void send() throws IOException {
        out.flip();
        socket.send(out, NOTHING, deadlineNs);
    }

    void send(Message message) throws IOException {
        begin(message);
        send();
    }

    void sendDescriptors(int[] descriptors) throws IOException {
        for (int from = 0; from < descriptors.length; from += UnixSocket.MAX_DESCRIPTORS) {
            begin(Message.DESCRIPTORS).flip();
            socket.send(out, Arrays.copyOfRange(descriptors, from, Math.min(descriptors.length, from + UnixSocket.MAX_DESCRIPTORS)), deadlineNs);
        }
    }

    /** The next message; its content is in {@link #content}. Descriptors that came with any other than DESCRIPTORS are closed. */
    Message receive() throws IOException {
        closeReceived();
        received = socket.receive(in, deadlineNs);
        Message message = Message.of(in.get());
        if (message == null || received.length > 0 && message != Message.DESCRIPTORS) {
            throw new HandoverException("the other process says something that is no part of a hand-over");
        }
        return message;
    }

    /** What the last message said behind its first byte. */
    ByteBuffer content() {
        return in;
    }

    /** Receives a message that must be of this kind; a refusal is thrown with its own words. */
    ByteBuffer expect(Message expected) throws IOException {
        return require(receive(), expected);
    }

    /** The content of the message just received, as with {@link #expect}. */
    ByteBuffer require(Message message, Message expected) throws HandoverException {
        if (message == Message.REFUSED && expected != Message.HELLO) {
            throw new HandoverException(text(in));
        }
        if (message != expected) {
            throw new HandoverException("the other process says " + message + " where " + expected + " is due");
        }
        return in;
    }

    int[] expectDescriptors(int count) throws IOException {
        int[] all = new int[count];
        int have = 0;
        try {
            while (have < count) {
                expect(Message.DESCRIPTORS);
                if (received.length == 0 || received.length > count - have) {
                    throw new HandoverException("the other process passes " + received.length + " descriptors where "
                            + (count - have) + " are due");
                }
                System.arraycopy(received, 0, all, have, received.length);
                have += received.length;
                received = NOTHING;
            }
            return all;
        } catch (IOException | RuntimeException e) {
            Arrays.stream(all, 0, have).forEach(Syscalls::close);
            throw e;
        }
    }

    private void closeReceived() {
        Arrays.stream(received).forEach(Syscalls::close);
        received = NOTHING;
    }

    // ---- contents

    /** Puts a text of at most 65,535 bytes. */
    static void putText(ByteBuffer to, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(bytes.length, Math.min(0xffff, to.remaining() - Short.BYTES));
        to.putShort((short) length).put(bytes, 0, length);
    }

    static String text(ByteBuffer from) throws HandoverException {
        if (from.remaining() < Short.BYTES) {
            throw tooShort();
        }
        int length = Short.toUnsignedInt(from.getShort());
        if (length > from.remaining()) {
            throw tooShort();
        }
        byte[] bytes = new byte[length];
        from.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static void putSettings(ByteBuffer to, Map<String, String> settings) {
        to.putShort((short) settings.size());
        settings.forEach((name, value) -> {
            putText(to, name);
            putText(to, value);
        });
    }

    static Map<String, String> settings(ByteBuffer from) throws HandoverException {
        require(from, Short.BYTES);
        int count = Short.toUnsignedInt(from.getShort());
        if (count > MAX_SETTINGS) {
            throw new HandoverException("the other process names " + count + " settings");
        }
        Map<String, String> settings = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            String name = text(from);
            settings.put(name, text(from));
        }
        return settings;
    }

    static void require(ByteBuffer from, int bytes) throws HandoverException {
        if (from.remaining() < bytes) {
            throw tooShort();
        }
    }

    private static HandoverException tooShort() {
        return new HandoverException("a message of the other process ends too early");
    }

    /** Whether the other end is there and says nothing, as it is to do while this one is busy; and nobody has called {@link #wakeUp}. */
    boolean isQuiet() {
        return socket.isQuiet();
    }

    /** Ends running and later calls. From any thread, until {@link #close}. */
    void wakeUp() {
        socket.wakeUp();
    }

    @Override
    public void close() {
        closeReceived();
        socket.close();
    }
}

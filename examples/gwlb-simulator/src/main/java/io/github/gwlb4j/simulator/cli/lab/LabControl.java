package io.github.gwlb4j.simulator.cli.lab;

import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;

/** The lab's process as other commands talk to it: a UNIX socket for root only; one word, one answer, end. */
final class LabControl implements Closeable {
    private static final int MAX_REQUEST_BYTES = 16;
    private static final int MAX_REPLY_BYTES = 1 << 20;
    private static final int MAX_CONNECTIONS = 8;
    private static final int LIMIT_SECONDS = 10;

    private final ServerSocketChannel server;
    private final UnaryOperator<String> answers;
    private final Semaphore connections = new Semaphore(MAX_CONNECTIONS);

    private LabControl(ServerSocketChannel server, UnaryOperator<String> answers) {
        this.server = server;
        this.answers = answers;
    }

    /** Listens from now on; each word is answered on a thread of its own. */
    static LabControl open(Path socket, UnaryOperator<String> answers) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        // The folder is root's alone, so nobody can have come in before.
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
        LabControl control = new LabControl(server, answers);
        daemon("lab-control", control::serve);
        return control;
    }

    private static void daemon(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void serve() {
        while (server.isOpen()) {
            try {
                connections.acquire();
                SocketChannel connection = server.accept();
                daemon("lab-control-connection", () -> answer(connection));
            } catch (IOException e) {
                connections.release(); // closed, or the peer has gone already
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void answer(SocketChannel connection) {
        try (connection) {
            ByteBuffer reply = StandardCharsets.UTF_8.encode(answers.apply(read(connection, MAX_REQUEST_BYTES)));
            while (reply.hasRemaining()) {
                connection.write(reply);
            }
        } catch (IOException e) {
            return; // who asked has gone
        } finally {
            connections.release();
        }
    }

    private static String read(SocketChannel channel, int maxBytes) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(maxBytes);
        while (text.hasRemaining() && channel.read(text) >= 0) {
            continue;
        }
        return StandardCharsets.UTF_8.decode(text.flip()).toString();
    }

    /**
     * Asks a lab's process.
     *
     * @throws IOException if nobody listens, or there is no answer within ten seconds
     */
    static String ask(Path socket, String word) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            CompletableFuture<String> reply = new CompletableFuture<>();
            daemon("lab-control-question", () -> {
                try {
                    channel.write(StandardCharsets.UTF_8.encode(word));
                    channel.shutdownOutput();
                    reply.complete(read(channel, MAX_REPLY_BYTES));
                } catch (IOException e) {
                    reply.completeExceptionally(e);
                }
            });
            return reply.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IOException("the lab's process does not answer within " + LIMIT_SECONDS + " s", e);
        } catch (ExecutionException e) {
            throw new IOException("the lab's process does not answer: " + e.getCause().getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the lab's process was asked", e);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}

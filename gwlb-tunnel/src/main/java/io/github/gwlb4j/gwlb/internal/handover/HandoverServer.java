package io.github.gwlb4j.gwlb.internal.handover;

import io.github.gwlb4j.gwlb.internal.Threads;
import io.github.gwlb4j.linux.Syscalls;
import io.github.gwlb4j.linux.UnixSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits at a path for a process that wants to take over: one of the same user, or root's, one at a time.
 *
 * <p>{@link #open}, {@link #start} and {@link #close} are for the owner.
 */
public final class HandoverServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HandoverServer.class);
    private static final long REFUSE_MS = 500;
    private static final long LAST_WORDS_MS = 250;
    /** Longer than a switch may take, which is not broken off. */
    private static final long STOP_TIMEOUT_MS = 45_000;

    private final Path path;
    private final HandoverGiver giver;
    private final Runnable onStart;
    private final Thread thread = new Thread(this::run, "gwlb4j-handover");
    private UnixSocket listener;
    private Object file;
    private boolean isReady;
    private boolean isClosing;
    private HandoverChannel channel;
    private volatile Thread session;

    /**
     * Prepares it.
     *
     * @param path    where to listen
     * @param giver   what is handed over
     * @param onStart run on the thread that answers before anything else
     */
    public HandoverServer(Path path, HandoverGiver giver, Runnable onStart) {
        this.onStart = onStart;
        this.path = path;
        this.giver = giver;
        thread.setDaemon(true);
    }

    /**
     * Listens at the path, in the place of whoever did before; nobody is answered before {@link #start}.
     *
     * @throws IOException if that is not possible; the message names the fix
     */
    public void open() throws IOException {
        listener = UnixSocket.listen(path);
        UnixSocket.publish(path);
        file = fileKey();
    }

    private Object fileKey() {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        } catch (IOException e) {
            return null;
        }
    }

    /** Starts answering; a process that wants to take over is told to ask again until {@link #isReady}. */
    public void start() {
        thread.start();
    }

    /** From now on processes can take over. */
    public synchronized void isReady() {
        isReady = true;
    }

    private void run() {
        onStart.run();
        boolean isOpen = true;
        while (isOpen) {
            try {
                UnixSocket socket = listener.accept();
                isOpen = socket != null;
                if (isOpen) {
                    admit(socket);
                }
            } catch (IOException | RuntimeException e) {
                LOG.warn("hand-over socket {}: {}", path, e.getMessage());
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(REFUSE_MS)); // what is wrong may last
            }
        }
    }

    private void admit(UnixSocket socket) throws IOException {
        HandoverChannel peer = new HandoverChannel(socket);
        peer.limit(REFUSE_MS);
        try {
            UnixSocket.Peer who = socket.peer();
            if (who.userId() != 0 && who.userId() != Syscalls.userId()) {
                LOG.warn("process {} of user {} wants to take over and may not: it must be of this process's user, {}", who.processId(), who.userId(),
                        Syscalls.userId());
                HandoverChannel.putText(peer.begin(Message.REFUSED), "this user may not take over");
                sendLast(peer);
            } else if (!begin(peer, who.processId())) {
                peer.begin(Message.BUSY);
                sendLast(peer);
            }
        } catch (IOException e) {
            peer.close();
            throw e;
        }
    }

    private static void sendLast(HandoverChannel peer) {
        try (peer) {
            peer.send();
            peer.receive(); // to close with something unread would have the kernel say "connection reset" before our words
        } catch (IOException e) {
            LOG.debug("{}", e.getMessage()); // it is gone already
        }
    }

    private boolean begin(HandoverChannel peer, int processId) {
        Thread before = session;
        if (before != null) {
            Threads.join(before, LAST_WORDS_MS); // it may only have asked whether someone is here, or its taker have just died
        }
        return tryToBegin(peer, processId);
    }

    private synchronized boolean tryToBegin(HandoverChannel peer, int processId) {
        if (!isReady || isClosing || session != null && session.isAlive()) {
            return false;
        }
        channel = peer;
        session = new Thread(new HandoverSession(giver, peer, processId), "gwlb4j-handover-session");
        session.setDaemon(true);
        session.start();
        return true;
    }

    /** Ends; a hand-over that cannot be broken off any more is waited for. */
    @Override
    public void close() {
        Thread running;
        synchronized (this) {
            isClosing = true;
            running = session;
            if (listener != null) {
                listener.wakeUp();
            }
            if (channel != null && Thread.currentThread() != session) {
                channel.wakeUp();
            }
        }
        if (listener == null) {
            return;
        }
        if (thread.isAlive() && Thread.currentThread() != thread) {
            Threads.join(thread, STOP_TIMEOUT_MS);
        }
        listener.close();
        if (running != null && running.isAlive() && Thread.currentThread() != running) {
            Threads.join(running, STOP_TIMEOUT_MS);
        }
        try {
            if (file != null && file.equals(fileKey())) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            LOG.debug("{}", e.getMessage());
        }
    }
}

package io.github.gwlb4j.gwlb.internal.handover;

import io.github.gwlb4j.gwlb.internal.flow.FlowRecord;
import io.github.gwlb4j.gwlb.internal.flow.FlowTable;
import io.github.gwlb4j.linux.Syscalls;
import io.github.gwlb4j.linux.UnixSocket;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A hand-over, on the side that takes; {@link Message} shows its course. The methods are called in their order; when one throws,
 * {@link #close} lets the other process go on. Belongs to the thread that starts the appliance.
 */
public final class Takeover implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Takeover.class);
    private static final long FLOWS_MS = 60_000;
    /** The giver may wait for a hook script before it stops its workers. */
    private static final long SWITCH_MS = 45_000;
    private static final long ANSWER_MS = 10_000;
    /**
     * A flow's age is of the moment when it was copied; packets may have kept it since, without being told of. So all flows become
     * younger by about as much as that can have been, and none ends early.
     */
    private static final long ALLOWANCE_MS = FLOWS_MS;

    private final Path path;
    private final Map<String, String> settings;
    private final int workers;
    /** Null until someone is there. */
    private volatile HandoverChannel channel;
    private volatile boolean isGivenUp;
    private int[] sockets = {};
    private int peerPid;
    private boolean hasFlows;
    private final FlowRecord record = new FlowRecord();
    private long flows;
    private long flowsWithoutRoom;

    /** What has become of a request. */
    enum Begin {
        /** The other process has passed on its sockets. */
        BEGUN,
        /** Nobody is there. */
        NOBODY,
        /** Someone is there who is coming or going. */
        BUSY
    }

    /**
     * Asks nobody yet.
     *
     * @param path     of the other process's socket
     * @param settings that must be equal, see {@link HandoverGiver#settings}
     * @param workers  how many this appliance has
     */
    Takeover(Path path, Map<String, String> settings, int workers) {
        this.path = path;
        this.settings = settings;
        this.workers = workers;
    }

    /**
     * Asks whoever listens at the path to hand over. Once; unless it has begun nothing is left to be closed.
     *
     * @return whether that has begun
     * @throws IOException if someone is there who does not hand over; the message says why
     */
    Begin begin() throws IOException {
        UnixSocket socket = UnixSocket.connect(path);
        if (socket == null) {
            return Begin.NOBODY;
        }
        channel = new HandoverChannel(socket);
        if (isGivenUp) {
            channel.wakeUp(); // whoever gave up has not seen it
        }
        Begin begin = Begin.BUSY;
        try {
            begin = ask(socket);
            return begin;
        } catch (EOFException e) {
            return begin; // it closes, or another one listens in its place by now
        } catch (IOException | RuntimeException e) {
            throw new IOException("cannot take over from the process that listens at " + path + ", which goes on: " + e.getMessage(), e);
        } finally {
            if (begin != Begin.BEGUN) {
                channel.close();
            }
        }
    }

    private Begin ask(UnixSocket socket) throws IOException {
        UnixSocket.Peer peer = socket.peer();
        if (peer.userId() != 0 && peer.userId() != Syscalls.userId()) {
            throw new HandoverException("process " + peer.processId() + " listens there, of another user (" + peer.userId()
                    + "): run this one as that user, too");
        }
        channel.limit(ANSWER_MS);
        ByteBuffer hello = channel.begin(Message.HELLO).putLong(Message.MAGIC).putShort((short) Message.VERSION);
        HandoverChannel.putSettings(hello, settings);
        greet(channel);
        Message answer = channel.receive();
        if (answer == Message.BUSY) {
            return Begin.BUSY;
        }
        ByteBuffer accepted = channel.require(answer, Message.ACCEPTED);
        HandoverChannel.require(accepted, 2 * Integer.BYTES + 1);
        peerPid = accepted.getInt();
        int socketCount = accepted.getInt();
        hasFlows = accepted.get() == 1;
        if (socketCount != workers) {
            throw new HandoverException("the process that runs passes on " + socketCount + " sockets, " + workers + " are due");
        }
        sockets = channel.expectDescriptors(socketCount);
        return Begin.BEGUN;
    }

    /** Makes waiting for the other process fail at once, now and later; it goes on then, unless it has given everything. From any thread. */
    void giveUp() {
        isGivenUp = true;
        HandoverChannel current = channel;
        if (current != null) {
            current.wakeUp();
        }
    }

    /** Whoever is busy, or takes nobody of this user, has said so and hung up already: that is to be heard. */
    private static void greet(HandoverChannel channel) throws IOException {
        try {
            channel.send();
        } catch (EOFException e) {
            LOG.debug("{}", e.getMessage()); // what it has said is received next
        }
    }

    /**
     * Whether a process is at a path: one that listens there, or one that starts or closes at this moment.
     *
     * @param path of its socket
     * @return true if it can be asked to hand over, or is to be waited for
     * @throws IOException if that cannot be found out
     */
    public static boolean isOffered(Path path) throws IOException {
        try (UnixSocket socket = UnixSocket.connect(path)) {
            if (socket != null) {
                return true;
            }
        }
        return StartLock.isHeld(path);
    }

    /**
     * The sockets that receive, which belong to the caller from now on.
     *
     * @return one for each worker, in their order
     */
    public int[] takeSockets() {
        int[] taken = sockets;
        sockets = new int[0];
        return taken;
    }

    /**
     * Takes the flows that there are now.
     *
     * @param table nobody uses it yet; null if there is none
     * @throws IOException if they do not come, or make no sense
     */
    public void takeFlows(FlowTable table) throws IOException {
        channel.limit(FLOWS_MS);
        if (hasFlows) {
            receiveFlows(table);
        }
    }

    private void receiveFlows(FlowTable table) throws IOException {
        for (Message message = channel.receive(); message != Message.FLOWS_END; message = channel.receive()) {
            if (message != Message.FLOWS) {
                throw unexpected(message);
            }
            restore(channel.content(), table);
        }
    }

    private HandoverException unexpected(Message message) throws HandoverException {
        return message == Message.REFUSED ? new HandoverException(HandoverChannel.text(channel.content()))
                : new HandoverException("the other process says " + message + " among its flows and tunnels");
    }

    private void restore(ByteBuffer content, FlowTable table) throws HandoverException {
        while (content.hasRemaining()) {
            if (!record.read(content)) {
                throw new HandoverException("the other process passes on a flow that makes no sense");
            }
            record.addAge(-ALLOWANCE_MS);
            if (table != null && table.restore(record, System.nanoTime())) {
                flows++;
            } else {
                flowsWithoutRoom++;
            }
        }
    }

    /**
     * Says that all is made, and takes what the other process has in the moment in which it rests. From here on packets wait.
     *
     * @param table   as before
     * @param workers queues of each interface
     * @return the tunnels, whose descriptors belong to the caller
     * @throws IOException if it does not come to that
     */
    public List<HandedTunnel> takeTunnels(FlowTable table, int workers) throws IOException {
        channel.limit(SWITCH_MS);
        channel.send(Message.READY);
        List<HandedTunnel> tunnels = new ArrayList<>();
        try {
            if (hasFlows) {
                receiveFlows(table);
            }
            for (Message message = channel.receive(); message != Message.TUNNELS_END; message = channel.receive()) {
                if (message != Message.TUNNEL) {
                    throw unexpected(message);
                }
                tunnels.add(HandedTunnel.receive(channel, workers));
            }
            return tunnels;
        } catch (IOException | RuntimeException e) {
            tunnels.forEach(HandedTunnel::close);
            throw e;
        }
    }

    /**
     * Asks to go on, and waits for the answer.
     *
     * @throws IOException if it is no, or none comes; then this process must not forward
     */
    public void commit() throws IOException {
        channel.limit(ANSWER_MS);
        channel.send(Message.COMMIT);
        channel.expect(Message.YOURS);
    }

    /** Says that this process forwards now. If nobody hears it, it forwards all the same. */
    public void confirm() {
        try {
            channel.limit(TimeUnit.SECONDS.toMillis(1));
            channel.send(Message.RUNNING);
        } catch (IOException e) {
            return; // it had given everything away and has died since
        }
    }

    /**
     * The process that hands over.
     *
     * @return its id
     */
    public int peerPid() {
        return peerPid;
    }

    /**
     * Flow records taken; one that changed meanwhile counts again.
     *
     * @return 0 or more
     */
    public long flows() {
        return flows;
    }

    /**
     * Flow records for which there was no room, or which had ended.
     *
     * @return 0 or more
     */
    public long flowsWithoutRoom() {
        return flowsWithoutRoom;
    }

    @Override
    public void close() {
        Arrays.stream(takeSockets()).forEach(Syscalls::close);
        if (channel != null) {
            channel.close();
        }
    }
}

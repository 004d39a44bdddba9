package io.github.gwlb4j.gwlb.internal.handover;

import io.github.gwlb4j.gwlb.internal.flow.FlowRecord;
import io.github.gwlb4j.gwlb.internal.flow.FlowSnapshot;
import io.github.gwlb4j.gwlb.internal.flow.FlowTable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One hand-over, on the side that gives; {@link Message} shows its course. Runs once, on a thread of its own; never throws. */
final class HandoverSession implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(HandoverSession.class);
    private static final long HELLO_MS = 2_000;
    private static final long FLOWS_MS = 60_000;
    /** The taker allocates its memory and makes its handlers. */
    private static final long READY_MS = 60_000;
    /** The workers rest: if the taker is not there by then, they go on. */
    private static final long SWITCH_MS = 5_000;
    /** Starting threads that have been made takes no time; but nothing else can be done than wait. */
    private static final long RUNNING_MS = 30_000;

    private final HandoverGiver giver;
    private final HandoverChannel channel;
    private final int peerPid;
    private final int ownPid = (int) ProcessHandle.current().pid();
    private FlowSnapshot snapshot;
    private long flows;
    private int tunnels;
    private boolean isPaused;

    HandoverSession(HandoverGiver giver, HandoverChannel channel, int peerPid) {
        this.giver = giver;
        this.channel = channel;
        this.peerPid = peerPid;
    }

    @Override
    public void run() {
        String summary = null;
        try (channel) {
            if (hear()) {
                offer();
                summary = switchOver();
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("no hand-over to process {}, this one goes on: {}", peerPid, e.getMessage() == null ? e.toString() : e.getMessage());
        } finally {
            if (summary == null && isPaused) {
                giver.resume();
            }
        }
        if (summary != null) {
            giver.end(summary);
        }
    }

    /** False if nobody has said anything: it was only to be known whether someone is here. */
    private boolean hear() throws IOException {
        channel.limit(HELLO_MS);
        try {
            ByteBuffer hello = channel.expect(Message.HELLO);
            String refusal = refusal(hello);
            if (refusal == null) {
                return true;
            }
            refuse(refusal);
            throw new HandoverException(refusal);
        } catch (EOFException e) {
            return false;
        }
    }

    private String refusal(ByteBuffer hello) throws HandoverException {
        HandoverChannel.require(hello, Long.BYTES + Short.BYTES);
        if (hello.getLong() != Message.MAGIC) {
            return "what connected is no such program";
        }
        int version = hello.getShort();
        if (version != Message.VERSION) {
            return "the process that runs speaks version " + Message.VERSION + " of the hand-over, the new one " + version
                    + ": between these two a restart is needed";
        }
        return difference(giver.settings(), HandoverChannel.settings(hello));
    }

    /** Null if they agree. */
    private static String difference(Map<String, String> ours, Map<String, String> theirs) {
        TreeSet<String> names = new TreeSet<>(ours.keySet());
        names.addAll(theirs.keySet());
        names.removeIf(name -> ours.getOrDefault(name, "").equals(theirs.getOrDefault(name, "")));
        return names.isEmpty() ? null : names.stream().map(name -> name + " is " + ours.getOrDefault(name, "not set") + " in the process that runs, "
                + theirs.getOrDefault(name, "not set") + " in the new one").reduce((a, b) -> a + "; " + b).orElseThrow();
    }

    private void refuse(String why) {
        HandoverChannel.putText(channel.begin(Message.REFUSED), why);
        try {
            channel.send();
        } catch (IOException e) {
            LOG.debug("{}", e.getMessage()); // who has gone need not know; why there is no hand-over stays what it is
        }
    }

    /** All that can be passed on while packets flow. */
    private void offer() throws IOException {
        LOG.info("process {} is taking over", peerPid);
        FlowTable table = giver.flows();
        int[] sockets = giver.sockets();
        channel.limit(FLOWS_MS);
        channel.begin(Message.ACCEPTED).putInt(ownPid).putInt(sockets.length).put((byte) (table != null ? 1 : 0));
        channel.send();
        channel.sendDescriptors(sockets);
        if (table != null) {
            snapshot = table.snapshot(true);
            sendFlows();
        }
        channel.limit(READY_MS);
        channel.expect(Message.READY);
    }

    private void sendFlows() throws IOException {
        snapshot.beginRound();
        while (!snapshot.isDone()) {
            ByteBuffer message = channel.begin(Message.FLOWS);
            int empty = message.position();
            do {
                flows += snapshot.fill(message, System.nanoTime());
            } while (!snapshot.isDone() && message.remaining() >= FlowRecord.MAX_BYTES);
            if (message.position() > empty) {
                channel.send();
            }
        }
        channel.send(Message.FLOWS_END);
    }

    /** Answers what has happened, for the log; throws if it has not. */
    private String switchOver() throws IOException {
        String obstacle = giver.pause(channel::isQuiet);
        if (obstacle != null) {
            channel.limit(HELLO_MS);
            refuse(obstacle);
            throw new HandoverException(obstacle);
        }
        isPaused = true;
        long pausedNs = System.nanoTime();
        channel.limit(SWITCH_MS);
        if (snapshot != null) {
            sendFlows();
        }
        List<HandedTunnel> all = giver.tunnels();
        for (HandedTunnel tunnel : all) {
            tunnel.send(channel);
        }
        tunnels = all.size();
        channel.send(Message.TUNNELS_END);
        channel.expect(Message.COMMIT);
        if (!giver.giveAway()) {
            refuse("the process that runs is being closed");
            throw new HandoverException("it is being closed");
        }
        channel.send(Message.YOURS);
        awaitRunning();
        long waitedMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - pausedNs);
        return "handed over to process " + peerPid + ": " + tunnels + " tunnel(s), " + flows + " flow record(s); packets waited " + waitedMs + " ms";
    }

    /** The end of the connection says that the other does not forward; silence says nothing. */
    private void awaitRunning() throws IOException {
        channel.limit(RUNNING_MS);
        try {
            channel.expect(Message.RUNNING);
        } catch (EOFException e) {
            throw e;
        } catch (IOException e) {
            LOG.error("process {} was given everything and does not say that it forwards ({}): this one ends, since two must not", peerPid,
                    e.getMessage());
        }
    }
}

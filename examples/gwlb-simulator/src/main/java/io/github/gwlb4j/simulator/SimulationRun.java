package io.github.gwlb4j.simulator;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * One run: sends what is due, checks what comes back, gives up what does not. One thread does all of it, in turns.
 *
 * <p>The sender waits while too many packets are unanswered, so that a slow appliance is not flooded.
 */
final class SimulationRun {
    private static final int WINDOW_SLOTS = 1 << 16;
    private static final long WINDOW_BYTES = 32 << 20;
    private static final int WINDOW_BYTES_A_PACKET = 1024;
    private static final int MAX_BURST = 64;
    private static final int WAIT_MS = 1;
    /** A shorter run has no rate worth a note. */
    private static final long MIN_RATED_NS = 1_000_000_000;
    private static final double MIN_SHARE_OF_RATE = 0.9;
    /** Duplicates and strays are waited for so long after the last packet. */
    private static final long SETTLE_NS = 100_000_000;
    /** A run without a duration ends when nothing at all has come back for so many timeouts. */
    private static final int MAX_SILENCE_TIMEOUTS = 10;

    private final SimulatorSettings settings;
    private final Network network;
    private final PacketFeed feed;
    private final FlowFactory flows;
    private final double packetsPerSecond;
    private final long durationNs;
    private final RunCounters counters = new RunCounters();
    private final SentWindow window;
    private final ReplyChecker checker;
    private final long portUnreachableBefore;
    private volatile boolean isStopped;
    private OutboundPacket pending;
    private Pacer pacer;
    private long emptySlots;
    private long lastSentNs;
    private long lastReceivedNs;
    private boolean wasSilent;

    /** A run at the rate and for the duration of the settings. */
    SimulationRun(SimulatorSettings settings, Network network, PacketFeed feed, FlowFactory flows) {
        this(settings, network, feed, flows, settings.packetsPerSecond(), settings.durationNs());
    }

    /**
     * A run at a rate of its own.
     *
     * @param packetsPerSecond 0: as fast as the window allows
     * @param durationNs       how long to send; 0: until the feed ends
     */
    SimulationRun(SimulatorSettings settings, Network network, PacketFeed feed, FlowFactory flows, double packetsPerSecond,
            long durationNs) {
        this.packetsPerSecond = packetsPerSecond;
        this.durationNs = durationNs;
        this.settings = settings;
        this.network = network;
        this.feed = feed;
        this.flows = flows;
        this.window = new SentWindow(WINDOW_SLOTS, WINDOW_BYTES, settings.timeoutNs(), counters::expired);
        this.checker = new ReplyChecker(window, settings.target().getAddress(), settings.innerPacketRule(),
                settings.optionClass());
        this.portUnreachableBefore = network.portUnreachable();
    }

    /** Ends the sending, from any thread; the run then waits for replies as usual. */
    void stop() {
        isStopped = true;
        network.wakeUp();
    }

    SimulationReport execute() throws IOException {
        network.discard();
        long startNs = System.nanoTime();
        lastSentNs = startNs;
        lastReceivedNs = startNs;
        sendAll(startNs);
        awaitLast();
        window.expireAll();
        long sendingNs = lastSentNs - startNs;
        return new SimulationReport(counters, flows.flows(), sendingNs, network.portUnreachable() - portUnreachableBefore,
                feed.events(), notes(sendingNs));
    }

    private List<String> notes(long sendingNs) {
        List<String> notes = new ArrayList<>(feed.notes());
        double wanted = packetsPerSecond * (sendingNs / 1e9);
        if (sendingNs > MIN_RATED_NS && counters.sent() + emptySlots < MIN_SHARE_OF_RATE * wanted) {
            notes.add("the rate of " + Math.round(packetsPerSecond) + " packets/s was not reached: the sender had to wait for "
                    + "answers, or for this machine.");
        }
        for (PacketFilter filter : flows.unmatchedFilters()) {
            notes.add("no packet matches the filter of expected drops '" + filter + "'.");
        }
        if (wasSilent) {
            notes.add("stopped early: nothing came back for " + MAX_SILENCE_TIMEOUTS + " times the timeout.");
        } else if (isStopped) {
            notes.add("stopped before the end.");
        }
        return notes;
    }

    private void sendAll(long startNs) throws IOException {
        pacer = new Pacer(packetsPerSecond, startNs);
        for (long nowNs = startNs; mayGoOn(startNs, nowNs) && hasNext(); nowNs = System.nanoTime()) {
            int sent = sendDue();
            int received = network.receive(0, this::onDatagram);
            window.expire(System.nanoTime());
            if (sent + received == 0) {
                network.receive(WAIT_MS, this::onDatagram);
            }
        }
    }

    private boolean mayGoOn(long startNs, long nowNs) {
        if (durationNs > 0) {
            return !isStopped && nowNs - startNs < durationNs;
        }
        wasSilent = window.awaited() > 0 && nowNs - lastReceivedNs > MAX_SILENCE_TIMEOUTS * settings.timeoutNs();
        return !isStopped && !wasSilent;
    }

    private boolean hasNext() throws IOException {
        if (pending == null) {
            pending = feed.next();
            if (feed.emptySlots() > 0) {
                pacer.skip(feed.emptySlots(), System.nanoTime());
                emptySlots += feed.emptySlots();
            }
        }
        return pending != null;
    }

    private int sendDue() throws IOException {
        int count = 0;
        while (count < MAX_BURST && hasNext()) {
            long nowNs = System.nanoTime();
            if (!pacer.isDue(nowNs) || isWindowFull(nowNs) || !window.makeRoom(pending.datagram().length, nowNs)
                    || !network.send(pending)) {
                break;
            }
            if (feed.emptySlots() * 1e9 > settings.timeoutNs() * packetsPerSecond) {
                lastReceivedNs = nowNs; // a planned silence: there was nothing to be answered
            }
            window.add(pending, nowNs);
            counters.sent(pending);
            pacer.sent();
            lastSentNs = nowNs;
            pending = null;
            count++;
        }
        return count;
    }

    private boolean isWindowFull(long nowNs) {
        return settings.window() > 0 && (window.inFlight(nowNs) >= settings.window()
                || window.inFlightBytes() >= settings.window() * (long) WINDOW_BYTES_A_PACKET);
    }

    private void awaitLast() throws IOException {
        long endNs = lastSentNs + Math.max(settings.timeoutNs(), SETTLE_NS);
        for (long nowNs = System.nanoTime(); nowNs - endNs < 0; nowNs = System.nanoTime()) {
            boolean isQuiet = nowNs - Math.max(lastSentNs, lastReceivedNs) > SETTLE_NS;
            if (window.awaited() == 0 && isQuiet) {
                return;
            }
            network.receive(WAIT_MS, this::onDatagram);
            window.expire(System.nanoTime());
        }
    }

    private void onDatagram(ReceivedDatagram datagram) {
        lastReceivedNs = datagram.receivedNs();
        SentPacket sent = checker.check(datagram);
        counters.received(sent, checker.faults(), datagram.receivedNs());
        if (sent != null) {
            window.returned(sent);
        }
    }
}

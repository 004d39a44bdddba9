package io.github.gwlb4j.gwlb.internal.handover;

import io.github.gwlb4j.gwlb.internal.flow.FlowTable;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * A running appliance as a hand-over sees it. Called by one hand-over at a time, on its thread.
 */
public interface HandoverGiver {
    /**
     * What the two processes must agree about, because it is part of what is handed over.
     *
     * @return values for people, by setting
     */
    Map<String, String> settings();

    /**
     * The sockets that receive.
     *
     * @return one for each worker, in their order
     */
    int[] sockets();

    /**
     * The flow table of TUN mode.
     *
     * @return null if there is none
     */
    FlowTable flows();

    /**
     * Stops all that changes tunnels and flows, and the workers: packets wait in the kernel from now on. Waits until no tunnel is coming
     * or going.
     *
     * @param isWanted asked while it waits: false ends it, and all goes on as before
     * @return null if all rests; else why that cannot be, and all goes on as before
     */
    String pause(BooleanSupplier isWanted);

    /**
     * The tunnels; only while paused.
     *
     * @return with descriptors that stay this process's own
     * @throws HandoverException if one cannot be handed over
     */
    List<HandedTunnel> tunnels() throws HandoverException;

    /** Goes on after {@link #pause}, as if nothing had been. */
    void resume();

    /**
     * Asks whether it may be given away; if it is to be closed after a yes, that waits for the hand-over to end.
     *
     * @return false if it is being closed
     */
    boolean giveAway();

    /**
     * Another process forwards now: closes everything, without ending any tunnel.
     *
     * @param summary one line for the log
     */
    void end(String summary);
}

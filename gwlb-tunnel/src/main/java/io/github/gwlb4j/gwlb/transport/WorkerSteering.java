package io.github.gwlb4j.gwlb.transport;

import io.github.gwlb4j.linux.CConstants;
import io.github.gwlb4j.linux.Errno;
import io.github.gwlb4j.linux.SocketFilter;
import io.github.gwlb4j.linux.UdpSocket;
import java.security.SecureRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the kernel for a {@link Steering} and remembers what it granted. Used by the thread that opens the transport. */
final class WorkerSteering {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerSteering.class);

    private final Steering wanted;
    private boolean isInner;
    private boolean isAdopted;

    WorkerSteering(Steering wanted) {
        this.wanted = wanted == Steering.AUTO ? Steering.INNER_FLOW : wanted;
    }

    /**
     * Attaches the program to the group that shares a port.
     *
     * @param socket  one of the group, bound
     * @param workers how many sockets the group will have, 2 or more
     */
    void attach(UdpSocket socket, int workers) {
        if (wanted == Steering.OUTER_FLOW) {
            return;
        }
        SocketFilter program = SteeringProgram.of(wanted == Steering.INNER_FLOW, workers, new SecureRandom());
        int result = socket.attach(CConstants.SO_ATTACH_REUSEPORT_CBPF, program);
        isInner = result == 0;
        if (!isInner) {
            LOG.warn("the kernel does not choose workers by inner packets (SO_ATTACH_REUSEPORT_CBPF: {}), so it does by outer addresses and ports: "
                    + "both directions of a flow meet one worker as long as the load balancer gives them one source port. Usual causes: a kernel "
                    + "before 4.5, or a sandbox that forbids socket filters; use steering OUTER_FLOW if this is all right", Errno.describe(result));
        }
    }

    /** The sockets come with the choice of the process that opened them, whose flows shall stay where they are for as long as it has them. */
    void keep() {
        isAdopted = true;
    }

    /** A part of a sentence for the log; empty if the kernel does as it always does. */
    String describe() {
        if (isAdopted) {
            return wanted == Steering.OUTER_FLOW ? "" : ", workers as the process before had the kernel choose them";
        }
        return !isInner ? "" : wanted == Steering.INNER_FLOW ? ", workers by inner flow" : ", workers by inner addresses";
    }
}

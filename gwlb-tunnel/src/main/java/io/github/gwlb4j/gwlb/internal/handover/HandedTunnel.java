package io.github.gwlb4j.gwlb.internal.handover;

import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.linux.Syscalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A tunnel on its way to another process.
 *
 * @param endpointId      of its endpoint
 * @param mode            what happens to its packets
 * @param isAnnounced     whether its creation is complete; one in mode INLINE forwards before
 * @param isListenerTold  whether its listeners know it, and so are to hear of its end
 * @param createdAtMs     when it was made, in milliseconds of Unix
 * @param idleNs          how long it has been silent
 * @param ingress         descriptors of the queues of gwi-, in their order; empty if the mode has none
 * @param egress          the same of gwo-
 */
public record HandedTunnel(long endpointId, TunnelMode mode, boolean isAnnounced, boolean isListenerTold, long createdAtMs, long idleNs,
                           int[] ingress, int[] egress) {
    private static final int BYTES = 2 * Long.BYTES + Long.BYTES + 4 + 2 * Short.BYTES;
    private static final TunnelMode[] MODES = TunnelMode.values();

    void send(HandoverChannel channel) throws IOException {
        channel.begin(Message.TUNNEL).putLong(endpointId).putLong(createdAtMs).putLong(idleNs).put((byte) mode.ordinal())
                .put((byte) (isAnnounced ? 1 : 0)).put((byte) (isListenerTold ? 1 : 0)).put((byte) 0)
                .putShort((short) ingress.length).putShort((short) egress.length);
        channel.send();
        channel.sendDescriptors(ingress);
        channel.sendDescriptors(egress);
    }

    /** After a message TUNNEL. */
    static HandedTunnel receive(HandoverChannel channel, int workers) throws IOException {
        ByteBuffer content = channel.content();
        HandoverChannel.require(content, BYTES);
        long endpointId = content.getLong();
        long createdAtMs = content.getLong();
        long idleNs = Math.max(0, content.getLong());
        int mode = content.get();
        boolean isAnnounced = content.get() == 1;
        boolean isListenerTold = content.get() == 1;
        content.get();
        int ingressCount = content.getShort();
        int egressCount = content.getShort();
        if (mode < 0 || mode >= MODES.length || ingressCount != (MODES[mode].hasIngressInterface() ? workers : 0)
                || egressCount != (MODES[mode].hasEgressInterface() ? workers : 0)) {
            throw new HandoverException("the other process describes a tunnel that cannot be");
        }
        int[] ingress = channel.expectDescriptors(ingressCount);
        try {
            int[] egress = channel.expectDescriptors(egressCount);
            return new HandedTunnel(endpointId, MODES[mode], isAnnounced, isListenerTold, createdAtMs, idleNs, ingress, egress);
        } catch (IOException | RuntimeException e) {
            Arrays.stream(ingress).forEach(Syscalls::close);
            throw e;
        }
    }

    /** Closes what came with it: nobody takes it. */
    public void close() {
        Arrays.stream(ingress).forEach(Syscalls::close);
        Arrays.stream(egress).forEach(Syscalls::close);
    }
}

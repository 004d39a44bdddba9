package io.github.gwlb4j.firewall.log;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.geneve.aws.GwlbHeaderEncoder;
import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.GwlbPacket;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs code where a firewall's logic runs: in a packet handler of an appliance, with a packet of the load balancer. */
final class WithinHandler {
    static final long ENDPOINT = 0x0123_4567_89ab_cdefL;
    static final long ATTACHMENT = 0x00ff_0000_0000_0042L;
    static final int COOKIE = 0x8912_3456;

    private WithinHandler() {
    }

    @FunctionalInterface
    interface Body {
        void run(GwlbPacket packet) throws Exception;
    }

    static void run(byte[] innerPacket, Body body) throws Exception {
        CompletableFuture<Void> outcome = new CompletableFuture<>();
        InMemoryTransport network = new InMemoryTransport();
        GwlbAppliance appliance = GwlbAppliance.builder().transport(() -> network).jmx(false).handler(worker -> packet -> {
            try {
                body.run(packet);
                outcome.complete(null);
            } catch (Throwable e) {
                outcome.completeExceptionally(e);
            }
            return Verdict.DROP;
        }).build().start();
        try {
            network.inject(new InMemoryTransport.Datagram(0x0a000001, 60_000, geneve(innerPacket)));
            outcome.get(30, TimeUnit.SECONDS);
        } finally {
            appliance.close();
        }
    }

    private static byte[] geneve(byte[] inner) {
        ByteBuffer datagram = ByteBuffer.allocate(Gwlb.HEADER_LENGTH + inner.length);
        int protocolType = inner[0] >>> 4 == 6 ? Geneve.PROTOCOL_IPV6 : Geneve.PROTOCOL_IPV4;
        new GwlbHeaderEncoder().encode(datagram, 0, protocolType, ENDPOINT, ATTACHMENT, COOKIE);
        return datagram.put(Gwlb.HEADER_LENGTH, inner).array();
    }
}

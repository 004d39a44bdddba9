/**
 * The embeddable appliance: {@link io.github.gwlb4j.gwlb.GwlbAppliance} receives what the load balancer sends, a
 * {@link io.github.gwlb4j.gwlb.PacketHandler}, or the kernel between two TUN interfaces, decides, and what is forwarded goes back.
 *
 * <pre>{@code
 * try (GwlbAppliance appliance = GwlbAppliance.builder()
 *         .health(HealthConfig.onPort(8080))
 *         .handler(worker -> packet -> packet.inner().isFragment() ? Verdict.DROP : Verdict.FORWARD)
 *         .build().start()) {
 *     appliance.awaitClose();
 *     System.out.println(appliance.stats().forwardedPackets() + " packets forwarded");
 * }
 * }</pre>
 *
 * <p>Which thread calls what is the second thing that each type's documentation says. Packets, and what hangs on them, are views of a
 * worker's buffer: good until the handler returns.
 */
package io.github.gwlb4j.gwlb;

/**
 * An appliance in a test without sockets:
 *
 * <pre>{@code
 * InMemoryTransport network = new InMemoryTransport();
 * try (GwlbAppliance appliance = GwlbAppliance.builder()
 *         .transport(() -> network).handler(worker -> packet -> Verdict.FORWARD).build().start()) {
 *     byte[] datagram = new byte[length];              // a GENEVE header and an inner packet
 *     buffer.get(offset, datagram);
 *     network.inject(new InMemoryTransport.Datagram(0x0a000102, 50_000, datagram));
 *     assertArrayEquals(datagram, network.takeReply(1_000).payload());
 *     assertTrue(appliance.health().isHealthy());
 * }
 * }</pre>
 *
 * <p>The project's simulator tests whole appliances over real sockets.
 */
package io.github.gwlb4j.gwlb.testkit;

package io.github.gwlb4j.simulator.lab;

import io.github.gwlb4j.geneve.aws.EndpointId;
import io.github.gwlb4j.simulator.ReplyFault;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What the lab's load balancer has seen since it was started. Immutable.
 *
 * <p>Each datagram from the appliance counts once: as returned, or as one fault, the first that was found. What is lost on the
 * way is no fault: compare sent with returned where an appliance sends everything back.
 *
 * @param sites             one for each site, in the order of their making
 * @param unattributed      faults of datagrams that name no known endpoint, or whose inner packet has no direction
 * @param ignoredPackets    packets of the client's and server's kernels that were not sent: multicast and link-local
 * @param injectedDatagrams datagrams sent by {@link LabSite#injectDatagram}
 * @param flows             flows the load balancer knows now
 * @param forgottenFlows    flows that had to make room for newer ones; what comes back for them is
 *                          {@link ReplyFault#NEVER_SENT}
 */
public record LabReport(List<SiteReport> sites, Map<ReplyFault, Long> unattributed, long ignoredPackets, long injectedDatagrams,
        int flows, long forgottenFlows) {

    /**
     * Copies the collections.
     *
     * @param sites             one for each site
     * @param unattributed      faults of no known endpoint or direction
     * @param ignoredPackets    packets that were not sent
     * @param injectedDatagrams datagrams that were injected
     * @param flows             flows known now
     * @param forgottenFlows    flows that made room
     */
    public LabReport {
        sites = List.copyOf(sites);
        unattributed = Map.copyOf(unattributed);
    }

    /**
     * Counts for one direction of a site.
     *
     * @param sentPackets     inner packets sent to the appliance
     * @param sentBytes       bytes of them, without GENEVE
     * @param notSent         of those, packets that the kernel refused to send
     * @param returnedPackets inner packets that came back right
     * @param returnedBytes   bytes of them
     * @param icmpErrors      of those, ICMP errors, which belong to the flow of the packet that they quote
     * @param notDelivered    of those, packets for which there was nobody: no server, or the kernel refused them
     * @param faults          how many datagrams were dropped, by what was wrong with them; only what was seen
     */
    public record Counts(long sentPackets, long sentBytes, long notSent, long returnedPackets, long returnedBytes, long icmpErrors,
            long notDelivered, Map<ReplyFault, Long> faults) {

        /**
         * Copies the map.
         *
         * @param sentPackets     packets sent
         * @param sentBytes       bytes sent
         * @param notSent         packets refused
         * @param returnedPackets packets returned
         * @param returnedBytes   bytes returned
         * @param icmpErrors      ICMP errors returned
         * @param notDelivered    packets returned for nobody
         * @param faults          datagrams dropped
         */
        public Counts {
            faults = Map.copyOf(faults);
        }

        /**
         * How often one fault was seen.
         *
         * @param fault which
         * @return 0 if never
         */
        public long faults(ReplyFault fault) {
            return faults.getOrDefault(fault, 0L);
        }
    }

    /**
     * Counts for a site.
     *
     * @param name       what the lab calls it
     * @param endpointId its endpoint
     * @param toServer   what the client sent, and what came back of it
     * @param toClient   what the server sent, and what came back for the client
     */
    public record SiteReport(String name, long endpointId, Counts toServer, Counts toClient) {
        /**
         * Counts for one direction.
         *
         * @param direction which
         * @return the counts
         */
        public Counts counts(Direction direction) {
            return direction == Direction.TO_SERVER ? toServer : toClient;
        }
    }

    /**
     * The counts of one site.
     *
     * @param site the site
     * @return its part of this report
     * @throws IllegalArgumentException if the site is another lab's
     */
    public SiteReport site(LabSite site) {
        return sites.stream().filter(report -> report.endpointId() == site.endpointId()).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no such site in this report: " + site));
    }

    /**
     * All faults of all sites and directions.
     *
     * @return only what was seen
     */
    public Map<ReplyFault, Long> faults() {
        Map<ReplyFault, Long> all = new EnumMap<>(ReplyFault.class);
        add(all, unattributed);
        for (SiteReport site : sites) {
            add(all, site.toServer().faults());
            add(all, site.toClient().faults());
        }
        return all;
    }

    private static void add(Map<ReplyFault, Long> sums, Map<ReplyFault, Long> faults) {
        faults.forEach((fault, count) -> sums.merge(fault, count, Long::sum));
    }

    /**
     * Whether everything that came back was right.
     *
     * @return true if there is no fault at all; also if nothing came back
     */
    public boolean isClean() {
        return faults().isEmpty();
    }

    /**
     * Everything, for people.
     *
     * @return several lines, the faults in words
     */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(isClean() ? "no fault in what came back\n" : "FAULTS in what came back\n");
        for (SiteReport site : sites) {
            text.append(String.format(Locale.ROOT, "%s (endpoint %s)%n", site.name(), EndpointId.toHex(site.endpointId())));
            for (Direction direction : Direction.values()) {
                appendCounts(text, direction, site.counts(direction));
            }
        }
        appendFaults(text, unattributed, "of no known endpoint or direction: ");
        return text.append(String.format(Locale.ROOT, "%d flows (%d forgotten), %d datagrams injected, %d multicast or link-local packets ignored",
                flows, forgottenFlows, injectedDatagrams, ignoredPackets)).toString();
    }

    private static void appendCounts(StringBuilder text, Direction direction, Counts counts) {
        text.append(String.format(Locale.ROOT, "  %s: sent %d packets, %d bytes (%d refused by the kernel); returned %d packets, %d bytes (%d ICMP errors, %d not delivered)%n",
                direction.label(), counts.sentPackets(), counts.sentBytes(), counts.notSent(), counts.returnedPackets(),
                counts.returnedBytes(), counts.icmpErrors(), counts.notDelivered()));
        appendFaults(text, counts.faults(), "    ");
    }

    private static void appendFaults(StringBuilder text, Map<ReplyFault, Long> faults, String prefix) {
        faults.forEach((fault, count) -> text.append(String.format(Locale.ROOT, "%s%d x %s: %s%n", prefix, count, fault.label(),
                fault.description())));
    }
}

package io.github.gwlb4j.simulator.cli.dump;

import io.github.gwlb4j.pcap.DatagramStatus;
import java.util.Map;
import java.util.TreeMap;

/** Counts of one dump. Not thread-safe. */
final class DumpTotals {
    private final Map<String, Long> byStatus = new TreeMap<>();
    private final Map<String, Long> others = new TreeMap<>();
    private long packets;
    private long datagrams;

    void countDatagram(String status) {
        packets++;
        datagrams++;
        byStatus.merge(status, 1L, Long::sum);
    }

    void countOther(DatagramStatus found) {
        packets++;
        others.merge(found.hasUdpHeader() ? "UDP to another port" : found.description(), 1L, Long::sum);
    }

    long packets() {
        return packets;
    }

    long datagrams() {
        return datagrams;
    }

    /** Datagrams to the port by status, in alphabetical order. */
    Map<String, Long> byStatus() {
        return byStatus;
    }

    /** All other packets by what they are. */
    Map<String, Long> others() {
        return others;
    }
}

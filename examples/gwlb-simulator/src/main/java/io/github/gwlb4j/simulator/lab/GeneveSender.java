package io.github.gwlb4j.simulator.lab;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.linux.Errno;
import io.github.gwlb4j.linux.SendVector;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.tun.GatherBatch;
import io.github.gwlb4j.tun.LinuxException;
import io.github.gwlb4j.tun.PacketBatch;

/** Sends inner packets to the appliance, each with its flow's header and from its flow's port. Not thread-safe. */
final class GeneveSender {
    static final int MAX_PACKETS = 64;
    private static final int MAX_FULL_BUFFER_RETRIES = 100;

    private final FlowTracker tracker;
    private final FlowTable flows;
    private final SourcePorts ports;
    private final IpPacket packet = new IpPacket();
    private final GatherBatch datagrams = new GatherBatch(MAX_PACKETS, 2 * MAX_PACKETS, MAX_PACKETS * Gwlb.HEADER_LENGTH);
    private final SendVector vector = new SendVector(MAX_PACKETS, 2 * MAX_PACKETS);

    GeneveSender(FlowTracker tracker, FlowTable flows, SourcePorts ports) {
        this.tracker = tracker;
        this.flows = flows;
        this.ports = ports;
    }

    /** Sends what a kernel gave, but not its multicast and link-local packets; returns how many those were. */
    int sendUnicast(LabSite site, Direction direction, PacketBatch packets) throws LinuxException {
        int ignored = 0;
        int runStart = 0;
        for (int i = 0; i < packets.count(); i++) {
            boolean isSent = packet.wrap(packets.buffer(), packets.offset(i), packets.length(i)) == PacketStatus.OK
                    && isUnicast(packet);
            if (!isSent) {
                send(site, direction, packets, runStart, i);
                runStart = i + 1;
                ignored++;
            }
        }
        send(site, direction, packets, runStart, packets.count());
        return ignored;
    }

    private static boolean isUnicast(IpPacket packet) {
        if (packet.version() == 4) {
            int firstByte = (int) (packet.destinationLow() >>> 24) & 0xff;
            return firstByte < 224;
        }
        long prefix = packet.destinationHigh() >>> 48;
        return prefix >>> 8 != 0xff && (prefix & 0xffc0) != 0xfe80;
    }

    /** Sends packets of any kind, those that are no IP at all too. */
    void send(LabSite site, Direction direction, PacketBatch packets, int from, int to) throws LinuxException {
        SiteCounters counters = site.counters(direction);
        int runPort = -1;
        for (int i = from; i < to; i++) {
            Flow flow = flowOf(site, packets, i);
            counters.sent(packets.length(i));
            if (flow.sourcePort() != runPort || vector.count() == MAX_PACKETS) {
                flush(counters, runPort);
                runPort = flow.sourcePort();
                datagrams.begin(packets);
                vector.clear();
            }
            add(flow, packets, i);
        }
        flush(counters, runPort);
    }

    private Flow flowOf(LabSite site, PacketBatch packets, int index) {
        if (packet.wrap(packets.buffer(), packets.offset(index), packets.length(index)) == PacketStatus.OK) {
            return flows.findOrAdd(tracker.keyOf(site.endpointId(), packet), site, packet.version());
        }
        int version = packets.length(index) > 0 ? packets.buffer().get(packets.offset(index)) >>> 4 & 0xf : 4;
        return flows.ofUnreadable(site, version);
    }

    private void add(Flow flow, PacketBatch packets, int index) {
        int header = datagrams.reserveHeader(Gwlb.HEADER_LENGTH);
        datagrams.headers().put(header, flow.header());
        datagrams.addHeader(header, Gwlb.HEADER_LENGTH);
        datagrams.addPayload(packets.offset(index), packets.length(index));
        datagrams.endMessage();
        int message = vector.add(datagrams, datagrams.count() - 1);
        vector.to(message, LiveLab.APPLIANCE_IPV4, Geneve.UDP_PORT);
    }

    private void flush(SiteCounters counters, int port) throws LinuxException {
        int count = port < 0 ? 0 : vector.count();
        int retries = 0;
        for (int next = 0; next < count;) {
            int sent = ports.at(port).send(vector, next, count);
            if (sent > 0) {
                next += sent;
            } else if (sent == Errno.EAGAIN.result() && retries++ < MAX_FULL_BUFFER_RETRIES) {
                Thread.yield();
            } else {
                counters.notSent.incrementAndGet();
                next++;
            }
        }
        vector.clear();
    }
}

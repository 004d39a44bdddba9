package io.github.gwlb4j.simulator;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.pcap.DatagramStatus;
import io.github.gwlb4j.pcap.LinkLayer;
import io.github.gwlb4j.pcap.OuterUdp;
import io.github.gwlb4j.pcap.PacketSource;
import io.github.gwlb4j.pcap.PcapPacket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The packets of a capture file, replayed. Immutable; usable from any thread.
 *
 * <ul>
 *   <li>Datagrams to UDP port 6081 are sent as they are, byte for byte, from the UDP source port that they had; only the outer
 *       addresses are adapted. A source port below 1024, or one that another program has, is replaced, by the same one for
 *       the whole flow, and the report says so.
 *   <li>Of these, datagrams that an appliance behind a Gateway Load Balancer must refuse (unknown critical option, missing
 *       cookie, not IP, ...) are sent too, and must not come back.
 *   <li>All other IPv4 and IPv6 packets are encapsulated: each inner flow gets a source port, a cookie and an endpoint.
 *   <li>What cannot be sent is left out, and the report says how many and why: datagrams that the capture cut short, frames
 *       that are not IP.
 * </ul>
 */
public final class CaptureTraffic extends Traffic {
    /** Memory for packets: half of the heap, and never more than this. */
    private static final long MAX_BYTES = 512 << 20;
    /** Largest payload of UDP over IPv4. */
    private static final int MAX_UDP_PAYLOAD = 65507;

    private final String name;
    private final List<CapturedFrame> frames;
    private final Map<String, Integer> skipped;

    /**
     * A frame that can be sent.
     *
     * @param bytes      the GENEVE datagram, or the IP packet to encapsulate
     * @param isGeneve   which of the two
     * @param source     outer source address; null if there was none
     * @param sourcePort outer UDP source port; 0 if there was none
     */
    record CapturedFrame(byte[] bytes, boolean isGeneve, String source, int sourcePort) {
    }

    private CaptureTraffic(String name, List<CapturedFrame> frames, Map<String, Integer> skipped) {
        this.name = name;
        this.frames = frames;
        this.skipped = skipped;
    }

    static CaptureTraffic read(Path file) throws IOException {
        try (PacketSource source = PacketSource.open(file, Geneve.UDP_PORT)) {
            Loader loader = new Loader(source.name());
            PcapPacket packet = new PcapPacket();
            while (source.next(packet)) {
                loader.add(packet);
            }
            return loader.finish();
        }
    }

    @Override
    PacketFeed open(FlowFactory factory, boolean isEndless) throws IOException {
        return CaptureFeed.open(factory, frames, skippedNotes(), isEndless);
    }

    private List<String> skippedNotes() {
        List<String> notes = new ArrayList<>();
        skipped.forEach((reason, count) -> notes.add(count + (count == 1 ? " frame" : " frames") + " of " + name
                + " cannot be sent: " + reason + "."));
        return notes;
    }

    /** Collects the frames of one file. */
    private static final class Loader {
        private final String name;
        private final List<CapturedFrame> frames = new ArrayList<>();
        private final Map<String, Integer> skipped = new TreeMap<>();
        private final OuterUdp outer = new OuterUdp();
        private final LinkLayer link = new LinkLayer();
        private final IpPacket ip = new IpPacket();
        private final long maxBytes = Math.min(MAX_BYTES, Runtime.getRuntime().maxMemory() / 2);
        private long bytes;

        Loader(String name) {
            this.name = name;
        }

        void add(PcapPacket packet) throws IOException {
            DatagramStatus status = outer.parse(packet);
            boolean isGeneve = status.hasUdpHeader() && (outer.destinationPort() == Geneve.UDP_PORT || !outer.hasUdpHeader());
            if (!isGeneve) {
                addPlain(packet);
            } else if (status != DatagramStatus.OK) {
                skip(status.description());
            } else if (outer.payloadLength() > MAX_UDP_PAYLOAD) {
                skip("longer than UDP over IPv4 allows");
            } else {
                keep(packet.data(), outer.payloadOffset(), outer.payloadLength(), true);
            }
        }

        private void addPlain(PcapPacket packet) throws IOException {
            if (link.parse(packet.linkType(), packet.data(), packet.dataOffset(), packet.capturedLength()) != LinkLayer.Status.OK
                    || link.etherType() != Geneve.PROTOCOL_IPV4 && link.etherType() != Geneve.PROTOCOL_IPV6) {
                skip("not IP");
                return;
            }
            int length = packet.dataOffset() + packet.capturedLength() - link.networkOffset();
            PacketStatus status = ip.wrap(packet.data(), link.networkOffset(), length);
            if (status != PacketStatus.OK) {
                skip(packet.originalLength() > packet.capturedLength() ? "cut short by the capture" : status.label());
            } else if (ip.totalLength() + Gwlb.HEADER_LENGTH > MAX_UDP_PAYLOAD) {
                skip("longer than UDP over IPv4 allows");
            } else {
                keep(packet.data(), link.networkOffset(), ip.totalLength(), false);
            }
        }

        private void keep(ByteBuffer data, int offset, int length, boolean isGeneve) throws IOException {
            bytes += length;
            if (bytes > maxBytes) {
                throw new IOException(name + " has more than " + (maxBytes >> 20)
                        + " MiB of packets: split it with 'editcap -c', or raise the heap with 'java -Xmx'");
            }
            byte[] copy = new byte[length];
            data.get(offset, copy);
            frames.add(isGeneve
                    ? new CapturedFrame(copy, true, outer.sourceAddress(), outer.sourcePort())
                    : new CapturedFrame(copy, false, null, 0));
        }

        private void skip(String reason) {
            skipped.merge(reason, 1, Integer::sum);
        }

        CaptureTraffic finish() throws IOException {
            if (frames.isEmpty()) {
                throw new IOException(name + " has no packet to send"
                        + (skipped.isEmpty() ? ": it is empty" : ": " + String.join(", ", skipped.keySet())));
            }
            return new CaptureTraffic(name, List.copyOf(frames), skipped);
        }
    }
}

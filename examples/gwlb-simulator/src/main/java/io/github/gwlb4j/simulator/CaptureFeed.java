package io.github.gwlb4j.simulator;

import io.github.gwlb4j.geneve.GeneveStatus;
import io.github.gwlb4j.geneve.aws.GwlbDecoder;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.simulator.CaptureTraffic.CapturedFrame;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Gives each captured frame its flow, once, and hands the packets out, once or again and again. Not thread-safe. */
final class CaptureFeed implements PacketFeed {
    /** Row of the report for datagrams that an appliance must refuse. */
    static final String REFUSED = "refused";
    private static final int MAX_PORTS_IN_NOTE = 5;

    private final List<OutboundPacket> packets;
    private final List<String> notes;
    private final boolean isEndless;
    private int next;

    private CaptureFeed(List<OutboundPacket> packets, List<String> notes, boolean isEndless) {
        this.packets = packets;
        this.notes = notes;
        this.isEndless = isEndless;
    }

    static CaptureFeed open(FlowFactory factory, List<CapturedFrame> frames, List<String> notes, boolean isEndless)
            throws IOException {
        Planner planner = new Planner(factory);
        List<OutboundPacket> packets = new ArrayList<>(frames.size());
        for (CapturedFrame frame : frames) {
            packets.add(frame.isGeneve() ? planner.replay(frame) : planner.encapsulate(frame.bytes()));
        }
        List<String> allNotes = new ArrayList<>(notes);
        planner.addNotes(allNotes);
        return new CaptureFeed(packets, allNotes, isEndless);
    }

    @Override
    public OutboundPacket next() {
        if (next == packets.size()) {
            if (!isEndless) {
                return null;
            }
            next = 0;
        }
        return packets.get(next++);
    }

    @Override
    public List<String> notes() {
        return notes;
    }

    /** Finds or makes the flow of each frame. */
    private static final class Planner {
        private final FlowFactory factory;
        private final GwlbDecoder decoder;
        private final Acceptance acceptance;
        private final IpPacket ip = new IpPacket();
        private final FlowKey key = new FlowKey();
        private final Map<String, Integer> nodeBySource = new HashMap<>();
        private final Map<ReplayKey, GwlbFlow> replayed = new HashMap<>();
        private final Map<FlowKey, GwlbFlow> encapsulated = new HashMap<>();
        private final Map<String, Integer> refused = new TreeMap<>();
        private final Map<Integer, Integer> replacedPorts = new LinkedHashMap<>();

        /** A flow in the capture. */
        private record ReplayKey(int node, int port, long endpointId, int flowCookie) {
        }

        Planner(FlowFactory factory) {
            this.factory = factory;
            this.decoder = new GwlbDecoder(factory.settings().optionClass());
            this.acceptance = new Acceptance(factory.settings().optionClass());
        }

        OutboundPacket replay(CapturedFrame frame) throws IOException {
            byte[] datagram = frame.bytes();
            boolean isGwlb = decoder.decode(ByteBuffer.wrap(datagram), 0, datagram.length) == GeneveStatus.OK;
            GwlbFlow flow = replayedFlow(new ReplayKey(node(frame.source()), frame.sourcePort(),
                    isGwlb ? decoder.options().endpointId() : 0, isGwlb ? decoder.options().flowCookie() : 0));
            String refusal = acceptance.refusalOf(datagram);
            if (refusal != null) {
                return refuse(flow, datagram, refusal);
            }
            byte[] inner = Arrays.copyOfRange(datagram, decoder.header().payloadOffset(), datagram.length);
            ip.wrap(ByteBuffer.wrap(inner), 0, inner.length);
            return packet(flow, datagram, inner);
        }

        private int node(String source) {
            return nodeBySource.computeIfAbsent(source, s -> nodeBySource.size());
        }

        private GwlbFlow replayedFlow(ReplayKey replay) throws IOException {
            GwlbFlow flow = replayed.get(replay);
            if (flow == null) {
                flow = factory.replayedFlow(replay.node(), replay.port(), replay.endpointId(), replay.flowCookie());
                replayed.put(replay, flow);
                if (flow.udpSourcePort() != replay.port()) {
                    replacedPorts.put(replay.port(), flow.udpSourcePort());
                }
            }
            return flow;
        }

        private OutboundPacket refuse(GwlbFlow flow, byte[] datagram, String reason) {
            refused.merge(reason, 1, Integer::sum);
            return new OutboundPacket(flow, datagram, REFUSED, false);
        }

        OutboundPacket encapsulate(byte[] innerPacket) throws IOException {
            ip.wrap(ByteBuffer.wrap(innerPacket), 0, innerPacket.length);
            key.set(0, ip);
            GwlbFlow flow = encapsulated.get(key);
            if (flow == null) {
                flow = factory.newFlowInTurn(encapsulated.size());
                encapsulated.put(key.copy(), flow);
            }
            return packet(flow, flow.encapsulate(innerPacket), innerPacket);
        }

        private OutboundPacket packet(GwlbFlow flow, byte[] datagram, byte[] innerPacket) {
            String kind = CapturedKind.of(ip);
            return new OutboundPacket(flow, datagram, kind, factory.isExpectedBack(kind, flow.endpointId(), innerPacket));
        }

        void addNotes(List<String> notes) {
            refused.forEach((reason, count) -> notes.add(count + (count == 1 ? " datagram" : " datagrams")
                    + " in the capture must be refused by an appliance (" + reason + ")."));
            if (!replacedPorts.isEmpty()) {
                List<String> some = replacedPorts.entrySet().stream().limit(MAX_PORTS_IN_NOTE)
                        .map(port -> port.getKey() + " by " + port.getValue()).toList();
                notes.add(replacedPorts.size() + " captured source ports cannot be used and are replaced: "
                        + String.join(", ", some) + (replacedPorts.size() > some.size() ? ", ..." : "") + ".");
            }
        }
    }
}

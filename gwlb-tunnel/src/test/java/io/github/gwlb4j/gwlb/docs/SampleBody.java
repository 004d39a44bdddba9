package io.github.gwlb4j.gwlb.docs;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.aws.GwlbHeaderEncoder;
import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.GwlbApplianceBuilder;
import io.github.gwlb4j.simulator.GwlbSimulator;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What statements in the documentation may take for given: the names that they use without saying where from. */
public abstract class SampleBody {
    protected static final Logger LOG = LoggerFactory.getLogger("sample");
    /** A datagram as the load balancer sends it, at {@link #offset}. */
    protected final ByteBuffer buffer = ByteBuffer.allocateDirect(2048);
    protected final int offset = 16;
    protected final int length;
    protected final long timestampNs = 1_000_000_000L;
    /** A file to write or, if it was given one, to read. */
    protected Path path;
    protected GwlbAppliance appliance;
    protected GwlbApplianceBuilder builder;
    protected GwlbSimulator gwlb;

    protected SampleBody() {
        byte[] inner = PacketBuilder.ipv4("10.0.0.1", "10.0.0.53").udp(40_000, 53).payload("what is the time?").build();
        int header = new GwlbHeaderEncoder().encode(buffer, offset, Geneve.PROTOCOL_IPV4, 0x123456789abcdefL, 0, 0x5eed);
        buffer.put(offset + header, inner);
        length = header + inner.length;
    }

    /** The statements. */
    public abstract void run() throws Exception;
}

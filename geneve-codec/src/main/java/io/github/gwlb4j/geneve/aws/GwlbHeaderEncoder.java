package io.github.gwlb4j.geneve.aws;

import io.github.gwlb4j.geneve.GeneveHeaderEncoder;
import java.nio.ByteBuffer;

/**
 * Writes the header that a Gateway Load Balancer writes: VNI 0, flags 0, the three options in the captured order.
 *
 * <p>For tests, simulators and tools: an appliance cannot start flows of its own, it sends back the header it received.
 * Not thread-safe: an instance belongs to one thread and is reused. It allocates nothing.
 */
public final class GwlbHeaderEncoder {
    private final GeneveHeaderEncoder encoder = new GeneveHeaderEncoder();
    private final int optionClass;

    /** Writes options of class {@link Gwlb#OPTION_CLASS}. */
    public GwlbHeaderEncoder() {
        this(Gwlb.OPTION_CLASS);
    }

    /**
     * Writes options of another class with the same layout.
     *
     * @param optionClass 0 to 65535
     * @throws IllegalArgumentException if the class is out of range
     */
    public GwlbHeaderEncoder(int optionClass) {
        this.optionClass = Gwlb.requireOptionClass(optionClass);
    }

    /**
     * Writes a whole header.
     *
     * @param buffer       to write to
     * @param offset       absolute position of the header's first byte
     * @param protocolType {@link io.github.gwlb4j.geneve.Geneve#PROTOCOL_IPV4} or {@code PROTOCOL_IPV6}
     * @param endpointId   id of the endpoint's network interface
     * @param attachmentId attachment id; AWS sends 0
     * @param flowCookie   the flow's cookie
     * @return bytes written: {@link Gwlb#HEADER_LENGTH}
     * @throws IndexOutOfBoundsException if the header does not fit into the buffer
     */
    public int encode(ByteBuffer buffer, int offset, int protocolType, long endpointId, long attachmentId, int flowCookie) {
        return encoder.begin(buffer, offset, protocolType, 0)
                .optionLong(optionClass, Gwlb.TYPE_ENDPOINT_ID, endpointId)
                .optionLong(optionClass, Gwlb.TYPE_ATTACHMENT_ID, attachmentId)
                .optionInt(optionClass, Gwlb.TYPE_FLOW_COOKIE, flowCookie)
                .headerLength();
    }
}

package io.github.gwlb4j.geneve.aws;

import io.github.gwlb4j.internal.Bytes;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Writes the header that a Gateway Load Balancer writes: VNI 0, flags 0, the three options in the captured order.
 *
 * <p>For tests, simulators and tools: an appliance cannot start flows of its own, it sends back the header it received.
 * Immutable; usable from any thread. It allocates nothing.
 */
public final class GwlbHeaderEncoder {
    /** Version 0, 32 bytes of options, no flags, VNI 0. */
    private static final long BASE = 0x0800_0000_0000_0000L;

    private final long endpointOption;
    private final long attachmentOption;
    private final long cookieOption;

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
        Gwlb.requireOptionClass(optionClass);
        endpointOption = Gwlb.optionHeader(optionClass, Gwlb.TYPE_ENDPOINT_ID, Gwlb.ENDPOINT_ID_LENGTH);
        attachmentOption = Gwlb.optionHeader(optionClass, Gwlb.TYPE_ATTACHMENT_ID, Gwlb.ATTACHMENT_ID_LENGTH);
        cookieOption = Gwlb.optionHeader(optionClass, Gwlb.TYPE_FLOW_COOKIE, Gwlb.FLOW_COOKIE_LENGTH);
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
     * @throws IllegalArgumentException  if the protocol type is not in 0..65535
     * @throws IndexOutOfBoundsException if the header does not fit into the buffer; nothing is written then
     */
    public int encode(ByteBuffer buffer, int offset, int protocolType, long endpointId, long attachmentId, int flowCookie) {
        if (protocolType < 0 || protocolType > 0xffff) {
            throw new IllegalArgumentException("protocol type " + protocolType + " is not in 0..65535");
        }
        Objects.checkFromIndexSize(offset, Gwlb.HEADER_LENGTH, buffer.limit());
        Bytes.put64(buffer, offset, BASE | (long) protocolType << 32);
        Bytes.put64(buffer, offset + 8, endpointOption << 32 | endpointId >>> 32);
        Bytes.put64(buffer, offset + 16, endpointId << 32 | attachmentOption);
        Bytes.put64(buffer, offset + 24, attachmentId);
        Bytes.put64(buffer, offset + 32, cookieOption << 32 | Integer.toUnsignedLong(flowCookie));
        return Gwlb.HEADER_LENGTH;
    }
}

package io.github.gwlb4j.geneve.aws;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.GeneveHeader;
import io.github.gwlb4j.geneve.GeneveStatus;
import io.github.gwlb4j.internal.Bytes;
import java.nio.ByteBuffer;

/**
 * The Gateway Load Balancer options of one datagram, read out as values.
 *
 * <p>Not thread-safe: an instance belongs to one thread and is reused. It allocates nothing. The values stay as they are
 * until the next {@link #read}, also when the buffer changes.
 */
public final class GwlbOptions {
    private static final int HAS_ENDPOINT_ID = 1;
    private static final int HAS_ATTACHMENT_ID = 2;
    private static final int HAS_FLOW_COOKIE = 4;

    private final int optionClass;
    private long endpointId;
    private long attachmentId;
    private int flowCookie;
    private int present;

    /** Reads the options of class {@link Gwlb#OPTION_CLASS}. */
    public GwlbOptions() {
        this(Gwlb.OPTION_CLASS);
    }

    /**
     * Reads the options of another class with the same layout.
     *
     * @param optionClass 0 to 65535, for example {@link Gwlb#OPTION_CLASS_TENCENT}
     * @throws IllegalArgumentException if the class is out of range
     */
    public GwlbOptions(int optionClass) {
        this.optionClass = Gwlb.requireOptionClass(optionClass);
    }

    /**
     * Reads the options of a header in any order, other options between them or not. The same option twice: the last wins.
     *
     * @param header validated, at most refused for what a policy forbids
     * @return {@link GeneveStatus#OK}, {@link GeneveStatus#OPTION_LENGTH_WRONG} if one of the three has another length
     *         than it should, or {@link GeneveStatus#OPTION_MISSING} if the endpoint id or the flow cookie is not there
     */
    public GeneveStatus read(GeneveHeader header) {
        present = 0;
        endpointId = 0;
        attachmentId = 0;
        flowCookie = 0;
        ByteBuffer buffer = header.buffer();
        int at = header.optionsOffset();
        int end = header.payloadOffset();
        while (at < end) {
            int option = Bytes.i32(buffer, at);
            int data = at + Geneve.OPTION_HEADER_LENGTH;
            int dataLength = (option & 0x1f) << 2;
            if (option >>> 16 == optionClass && !readOption(buffer, option >>> 8 & 0xff, data, dataLength)) {
                return GeneveStatus.OPTION_LENGTH_WRONG;
            }
            at = data + dataLength;
        }
        return hasEndpointId() && hasFlowCookie() ? GeneveStatus.OK : GeneveStatus.OPTION_MISSING;
    }

    private boolean readOption(ByteBuffer buffer, int type, int data, int dataLength) {
        switch (type) {
            case Gwlb.TYPE_ENDPOINT_ID:
                if (dataLength != Gwlb.ENDPOINT_ID_LENGTH) {
                    return false;
                }
                endpointId = Bytes.i64(buffer, data);
                present |= HAS_ENDPOINT_ID;
                return true;
            case Gwlb.TYPE_ATTACHMENT_ID:
                if (dataLength != Gwlb.ATTACHMENT_ID_LENGTH) {
                    return false;
                }
                attachmentId = Bytes.i64(buffer, data);
                present |= HAS_ATTACHMENT_ID;
                return true;
            case Gwlb.TYPE_FLOW_COOKIE:
                if (dataLength != Gwlb.FLOW_COOKIE_LENGTH) {
                    return false;
                }
                flowCookie = Bytes.i32(buffer, data);
                present |= HAS_FLOW_COOKIE;
                return true;
            default:
                return true;
        }
    }

    /** For the decoder's quick way: all three are there. */
    void set(long endpointId, long attachmentId, int flowCookie) {
        this.endpointId = endpointId;
        this.attachmentId = attachmentId;
        this.flowCookie = flowCookie;
        this.present = HAS_ENDPOINT_ID | HAS_ATTACHMENT_ID | HAS_FLOW_COOKIE;
    }

    /**
     * The class these options are read from.
     *
     * @return 0 to 65535
     */
    public int optionClass() {
        return optionClass;
    }

    /**
     * Id of the endpoint's network interface; {@link EndpointId} makes text of it.
     *
     * @return 64 bits, 0 if absent
     */
    public long endpointId() {
        return endpointId;
    }

    /**
     * The attachment id.
     *
     * @return 64 bits, 0 if absent
     */
    public long attachmentId() {
        return attachmentId;
    }

    /**
     * The flow cookie: one for a flow, the same in both directions, and it may change.
     *
     * @return 32 bits, 0 if absent
     */
    public int flowCookie() {
        return flowCookie;
    }

    /**
     * Whether the endpoint id option is there.
     *
     * @return true if it was read
     */
    public boolean hasEndpointId() {
        return (present & HAS_ENDPOINT_ID) != 0;
    }

    /**
     * Whether the attachment id option is there.
     *
     * @return true if it was read
     */
    public boolean hasAttachmentId() {
        return (present & HAS_ATTACHMENT_ID) != 0;
    }

    /**
     * Whether the flow cookie option is there.
     *
     * @return true if it was read
     */
    public boolean hasFlowCookie() {
        return (present & HAS_FLOW_COOKIE) != 0;
    }
}

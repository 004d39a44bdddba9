package io.github.gwlb4j.geneve.aws;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.GeneveHeader;
import io.github.gwlb4j.geneve.GenevePolicy;
import io.github.gwlb4j.geneve.GeneveStatus;
import io.github.gwlb4j.internal.Bytes;
import java.nio.ByteBuffer;

/**
 * Checks a datagram and reads the Gateway Load Balancer's options in one pass.
 *
 * <p>Not thread-safe: an instance belongs to one worker and is reused. It allocates nothing.
 *
 * <p>The load balancer sends one header in one order: 40 bytes, VNI 0, flags 0, options 1, 2, 3. A few masked compares
 * recognise it, and prove all that {@link GeneveHeader#validate} and {@link GwlbOptions#read} would; whatever differs
 * takes the general way with the same answers. Both stand side by side in the tests as each other's oracle.
 */
public final class GwlbDecoder {
    /** Version, Opt Len, O, C, protocol type and VNI; not the reserved bits, which RFC 8926 says to ignore. */
    private static final long BASE_MASK = 0xffc0_ffff_ffff_ff00L;
    private static final long USUAL_IPV4 = 0x0800_0800_0000_0000L;
    private static final long USUAL_IPV6 = 0x0800_86dd_0000_0000L;
    /** Class, type and length; not the three reserved bits. */
    private static final long OPTION_MASK = 0xffff_ff1fL;

    private final GenevePolicy policy;
    private final boolean hasQuickWay;
    /** The options' headers as they stand in the five words of the usual header: upper half, lower half, upper half. */
    private final long endpointOption;
    private final long attachmentOption;
    private final long cookieOption;
    private final GeneveHeader header = new GeneveHeader();
    private final GwlbOptions options;

    /** Decodes what AWS Gateway Load Balancer sends: class {@link Gwlb#OPTION_CLASS}, {@link #policy(int)}. */
    public GwlbDecoder() {
        this(Gwlb.OPTION_CLASS);
    }

    /**
     * Decodes the same layout with another option class.
     *
     * @param optionClass 0 to 65535, for example {@link Gwlb#OPTION_CLASS_TENCENT}
     * @throws IllegalArgumentException if the class is out of range
     */
    public GwlbDecoder(int optionClass) {
        this(optionClass, policy(optionClass), true);
    }

    /**
     * Decodes with a policy of the caller's. Only the general way is used then.
     *
     * @param optionClass 0 to 65535
     * @param policy      what to accept
     * @throws IllegalArgumentException if the class is out of range
     */
    public GwlbDecoder(int optionClass, GenevePolicy policy) {
        this(optionClass, policy, false);
    }

    private GwlbDecoder(int optionClass, GenevePolicy policy, boolean hasQuickWay) {
        this.policy = policy;
        this.hasQuickWay = hasQuickWay;
        this.options = new GwlbOptions(optionClass);
        this.endpointOption = Gwlb.optionHeader(optionClass, Gwlb.TYPE_ENDPOINT_ID, Gwlb.ENDPOINT_ID_LENGTH) << 32;
        this.attachmentOption = Gwlb.optionHeader(optionClass, Gwlb.TYPE_ATTACHMENT_ID, Gwlb.ATTACHMENT_ID_LENGTH);
        this.cookieOption = Gwlb.optionHeader(optionClass, Gwlb.TYPE_FLOW_COOKIE, Gwlb.FLOW_COOKIE_LENGTH) << 32;
    }

    /**
     * What an appliance behind a Gateway Load Balancer accepts: the RFC's policy, but only VNI 0 and bare IPv4 or IPv6
     * inside.
     *
     * @param optionClass class whose types 1 to 3 are known
     * @return an immutable policy
     */
    public static GenevePolicy policy(int optionClass) {
        return GenevePolicy.builder()
                .knownOption(optionClass, Gwlb.TYPE_ENDPOINT_ID)
                .knownOption(optionClass, Gwlb.TYPE_ATTACHMENT_ID)
                .knownOption(optionClass, Gwlb.TYPE_FLOW_COOKIE)
                .protocolTypes(Geneve.PROTOCOL_IPV4, Geneve.PROTOCOL_IPV6)
                .vnis(0)
                .build();
    }

    /**
     * Checks one datagram and reads its options into {@link #header()} and {@link #options()}.
     *
     * @param buffer      holds the datagram; its byte order does not matter
     * @param offset      absolute position of the GENEVE header
     * @param lengthBytes length of the UDP payload
     * @return {@link GeneveStatus#OK} or the reason to drop; the options may be read only after OK
     * @throws IndexOutOfBoundsException if the region is not inside the buffer's limit: a mistake of the caller, never of a sender
     */
    public GeneveStatus decode(ByteBuffer buffer, int offset, int lengthBytes) {
        header.wrap(buffer, offset, lengthBytes);
        if (hasQuickWay && lengthBytes > Gwlb.HEADER_LENGTH && readUsualHeader(buffer, offset)) {
            return GeneveStatus.OK;
        }
        return decodeAnyHeader();
    }

    private GeneveStatus decodeAnyHeader() {
        GeneveStatus status = header.validate(policy);
        return status == GeneveStatus.OK ? options.read(header) : status;
    }

    /**
     * <pre>
     *  bytes  0..7   base header
     *  bytes  8..15  endpoint option's header, upper half of the endpoint id
     *  bytes 16..23  lower half of the endpoint id, attachment option's header
     *  bytes 24..31  attachment id
     *  bytes 32..39  cookie option's header, flow cookie
     *  byte  40      the inner packet's version
     * </pre>
     */
    private boolean readUsualHeader(ByteBuffer buffer, int offset) {
        long base = Bytes.i64(buffer, offset) & BASE_MASK;
        long endpoint = Bytes.i64(buffer, offset + 8);
        long attachment = Bytes.i64(buffer, offset + 16);
        long cookie = Bytes.i64(buffer, offset + 32);
        int version = Bytes.u8(buffer, offset + Gwlb.HEADER_LENGTH) >>> 4;
        long difference = base ^ (version == 6 ? USUAL_IPV6 : USUAL_IPV4)
                | (endpoint ^ endpointOption) & OPTION_MASK << 32
                | (attachment ^ attachmentOption) & OPTION_MASK
                | (cookie ^ cookieOption) & OPTION_MASK << 32;
        if (difference != 0 || version != 4 && version != 6) {
            return false;
        }
        options.set(endpoint << 32 | attachment >>> 32, Bytes.i64(buffer, offset + 24), (int) cookie);
        return true;
    }

    /**
     * The header of the datagram decoded last.
     *
     * @return the same flyweight each time
     */
    public GeneveHeader header() {
        return header;
    }

    /**
     * The options of the datagram decoded last.
     *
     * @return the same object each time
     */
    public GwlbOptions options() {
        return options;
    }
}

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
 * <p>The load balancer sends one header in one order: 40 bytes, VNI 0, flags 0, options 1, 2, 3. Four masked compares
 * recognise it, and prove all that {@link GeneveHeader#validate} and {@link GwlbOptions#read} would; whatever differs
 * takes the general way with the same answers. Both stand side by side in the tests as each other's oracle.
 */
public final class GwlbDecoder {
    /** Version, Opt Len, O, C, protocol type and VNI; not the reserved bits, which RFC 8926 says to ignore. */
    private static final long BASE_MASK = 0xffc0_ffff_ffff_ff00L;
    private static final long USUAL_IPV4 = 0x0800_0800_0000_0000L;
    private static final long USUAL_IPV6 = 0x0800_86dd_0000_0000L;
    /** Class, type and length; not the three reserved bits. */
    private static final int OPTION_MASK = 0xffff_ff1f;

    private static final int ENDPOINT_OPTION_OFFSET = 8;
    private static final int ATTACHMENT_OPTION_OFFSET = 20;
    private static final int COOKIE_OPTION_OFFSET = 32;

    private final GenevePolicy policy;
    private final boolean hasQuickWay;
    private final int endpointOption;
    private final int attachmentOption;
    private final int cookieOption;
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
        this.endpointOption = option(optionClass, Gwlb.TYPE_ENDPOINT_ID, Gwlb.ENDPOINT_ID_LENGTH);
        this.attachmentOption = option(optionClass, Gwlb.TYPE_ATTACHMENT_ID, Gwlb.ATTACHMENT_ID_LENGTH);
        this.cookieOption = option(optionClass, Gwlb.TYPE_FLOW_COOKIE, Gwlb.FLOW_COOKIE_LENGTH);
    }

    private static int option(int optionClass, int type, int dataLength) {
        return optionClass << 16 | type << 8 | dataLength >> 2;
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
        GeneveStatus status = header.validate(policy);
        return status == GeneveStatus.OK ? options.read(header) : status;
    }

    private boolean readUsualHeader(ByteBuffer buffer, int offset) {
        long base = Bytes.i64(buffer, offset) & BASE_MASK;
        int wantedNibble = base == USUAL_IPV4 ? 4 : 6;
        if (base != USUAL_IPV4 && base != USUAL_IPV6
                || (Bytes.i32(buffer, offset + ENDPOINT_OPTION_OFFSET) & OPTION_MASK) != endpointOption
                || (Bytes.i32(buffer, offset + ATTACHMENT_OPTION_OFFSET) & OPTION_MASK) != attachmentOption
                || (Bytes.i32(buffer, offset + COOKIE_OPTION_OFFSET) & OPTION_MASK) != cookieOption
                || Bytes.u8(buffer, offset + Gwlb.HEADER_LENGTH) >>> 4 != wantedNibble) {
            return false;
        }
        options.set(Bytes.i64(buffer, offset + ENDPOINT_OPTION_OFFSET + Geneve.OPTION_HEADER_LENGTH),
                Bytes.i64(buffer, offset + ATTACHMENT_OPTION_OFFSET + Geneve.OPTION_HEADER_LENGTH),
                Bytes.i32(buffer, offset + COOKIE_OPTION_OFFSET + Geneve.OPTION_HEADER_LENGTH));
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

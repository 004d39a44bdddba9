package io.github.gwlb4j.geneve.aws;

import io.github.gwlb4j.geneve.GeneveOptionView;
import io.github.gwlb4j.geneve.GeneveOptionViews;
import io.github.gwlb4j.internal.Bytes;
import java.nio.ByteBuffer;
import java.util.function.LongFunction;

/**
 * One of the Gateway Load Balancer's options as a typed view: a number of 4 or 8 bytes with a name.
 *
 * <p>Not thread-safe: belongs to one thread. For the packet path {@link GwlbDecoder} is quicker, which reads all three at once.
 */
public final class GwlbOptionView implements GeneveOptionView {
    private final int optionClass;
    private final int type;
    private final int dataLength;
    private final LongFunction<String> text;
    private ByteBuffer buffer;
    private int dataOffset;

    private GwlbOptionView(int optionClass, int type, int dataLength, LongFunction<String> text) {
        this.optionClass = Gwlb.requireOptionClass(optionClass);
        this.type = type;
        this.dataLength = dataLength;
        this.text = text;
    }

    /**
     * A view of the endpoint id.
     *
     * @param optionClass 0 to 65535, usually {@link Gwlb#OPTION_CLASS}
     * @return a new view
     * @throws IllegalArgumentException if the class is out of range
     */
    public static GwlbOptionView endpointId(int optionClass) {
        return new GwlbOptionView(optionClass, Gwlb.TYPE_ENDPOINT_ID, Gwlb.ENDPOINT_ID_LENGTH, id ->
                "endpoint id vpce-" + EndpointId.toHex(id) + ", interfaces gwi-" + EndpointId.toBase60(id) + " and gwo-" + EndpointId.toBase60(id));
    }

    /**
     * A view of the attachment id.
     *
     * @param optionClass 0 to 65535, usually {@link Gwlb#OPTION_CLASS}
     * @return a new view
     * @throws IllegalArgumentException if the class is out of range
     */
    public static GwlbOptionView attachmentId(int optionClass) {
        return new GwlbOptionView(optionClass, Gwlb.TYPE_ATTACHMENT_ID, Gwlb.ATTACHMENT_ID_LENGTH,
                id -> String.format("attachment id %016x", id));
    }

    /**
     * A view of the flow cookie.
     *
     * @param optionClass 0 to 65535, usually {@link Gwlb#OPTION_CLASS}
     * @return a new view
     * @throws IllegalArgumentException if the class is out of range
     */
    public static GwlbOptionView flowCookie(int optionClass) {
        return new GwlbOptionView(optionClass, Gwlb.TYPE_FLOW_COOKIE, Gwlb.FLOW_COOKIE_LENGTH,
                cookie -> String.format("flow cookie %08x", cookie));
    }

    /**
     * All three views of a class, registered.
     *
     * @param optionClass 0 to 65535, usually {@link Gwlb#OPTION_CLASS}
     * @return new views, to which others may be added
     * @throws IllegalArgumentException if the class is out of range
     */
    public static GeneveOptionViews allOf(int optionClass) {
        return new GeneveOptionViews().register(endpointId(optionClass)).register(attachmentId(optionClass)).register(flowCookie(optionClass));
    }

    @Override
    public int optionClass() {
        return optionClass;
    }

    @Override
    public int type() {
        return type;
    }

    @Override
    public boolean wrap(ByteBuffer buffer, int dataOffset, int dataLengthBytes) {
        this.buffer = buffer;
        this.dataOffset = dataOffset;
        return dataLengthBytes == dataLength;
    }

    /**
     * The number that the option holds.
     *
     * @return 64 bits, or 32 unsigned ones for the flow cookie
     */
    public long value() {
        return dataLength == Long.BYTES
                ? Bytes.i64(buffer, dataOffset) : Integer.toUnsignedLong(Bytes.i32(buffer, dataOffset));
    }

    @Override
    public String describe() {
        return text.apply(value());
    }
}

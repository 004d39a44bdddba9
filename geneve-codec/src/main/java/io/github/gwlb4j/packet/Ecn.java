package io.github.gwlb4j.packet;

/**
 * Explicit congestion notification through a tunnel (RFC 6040, to which RFC 8926, 4.4.2 refers).
 *
 * <p>The field is the lower two bits of IPv4's type of service and IPv6's traffic class (RFC 3168, 5). Stateless; usable
 * from any thread. Nothing is allocated.
 */
public final class Ecn {
    /** The transport does not support ECN. */
    public static final int NOT_ECT = 0;
    /** ECN-capable transport, codepoint 1. */
    public static final int ECT_1 = 1;
    /** ECN-capable transport, codepoint 0. */
    public static final int ECT_0 = 2;
    /** Congestion was experienced on the way. */
    public static final int CE = 3;
    /** Answer of {@link #decapsulate}: the packet is to be dropped. */
    public static final int DROP = -1;

    private Ecn() {
    }

    /**
     * The outer field that a tunnel's ingress sets (RFC 6040, 4.1, normal mode): the inner one.
     *
     * @param inner the field of the packet that goes in, 0 to 3
     * @return 0 to 3
     */
    public static int encapsulate(int inner) {
        return inner & CE;
    }

    /**
     * The field of the packet that a tunnel's egress hands on (RFC 6040, 4.2).
     *
     * <pre>
     *             outer  Not-ECT   ECT(0)    ECT(1)    CE
     *  inner Not-ECT     Not-ECT   Not-ECT   Not-ECT   drop
     *  inner ECT(0)      ECT(0)    ECT(0)    ECT(1)    CE
     *  inner ECT(1)      ECT(1)    ECT(1)    ECT(1)    CE
     *  inner CE          CE        CE        CE        CE
     * </pre>
     *
     * @param inner the inner packet's field, 0 to 3
     * @param outer the outer header's field, 0 to 3
     * @return 0 to 3, or {@link #DROP}: congestion cannot be told to a transport that does not know of it
     */
    public static int decapsulate(int inner, int outer) {
        if (inner == NOT_ECT) {
            return outer == CE ? DROP : NOT_ECT;
        }
        if (outer == CE) {
            return CE;
        }
        return inner == ECT_0 && outer == ECT_1 ? ECT_1 : inner;
    }
}

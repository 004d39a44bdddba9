package io.github.gwlb4j.geneve.aws;

/**
 * Numbers of the GENEVE that AWS Gateway Load Balancer speaks, from the AWS blog "Integrate your custom logic or appliance
 * with AWS Gateway Load Balancer" and from captures. Immutable; usable from any thread.
 */
public final class Gwlb {
    /** Option class of AWS Gateway Load Balancer. */
    public static final int OPTION_CLASS = 0x0108;

    /** Option class of Tencent Cloud's gateway load balancer, which has the same layout. */
    public static final int OPTION_CLASS_TENCENT = 0x0167;

    /** Option type: id of the endpoint's (GWLBE) network interface. */
    public static final int TYPE_ENDPOINT_ID = 1;

    /** Option type: attachment id; 0 today, to be carried and required nothing of. */
    public static final int TYPE_ATTACHMENT_ID = 2;

    /** Option type: flow cookie; a reply must carry the one of its flow. */
    public static final int TYPE_FLOW_COOKIE = 3;

    /** Bytes of data of the endpoint id option. */
    public static final int ENDPOINT_ID_LENGTH = 8;

    /** Bytes of data of the attachment id option. */
    public static final int ATTACHMENT_ID_LENGTH = 8;

    /** Bytes of data of the flow cookie option. */
    public static final int FLOW_COOKIE_LENGTH = 4;

    /** Length in bytes of the header that the load balancer sends: base header and the three options. */
    public static final int HEADER_LENGTH = 40;

    /** Largest inner packet that the load balancer carries, in bytes. */
    public static final int MAX_INNER_PACKET_LENGTH = 8500;

    private Gwlb() {
    }

    /** The four bytes before an option's data. */
    static long optionHeader(int optionClass, int type, int dataLength) {
        return (long) optionClass << 16 | type << 8 | dataLength >> 2;
    }

    static int requireOptionClass(int optionClass) {
        if (optionClass < 0 || optionClass > 0xffff) {
            throw new IllegalArgumentException("option class " + optionClass + " is not in 0..65535");
        }
        return optionClass;
    }
}

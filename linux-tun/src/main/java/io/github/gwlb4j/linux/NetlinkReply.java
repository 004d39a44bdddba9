package io.github.gwlb4j.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** One message of an rtnetlink answer: a view, valid until the next message is read. Owned by one thread. */
public final class NetlinkReply {

    private ByteBuffer bytes;
    private int start;
    private int end;

    NetlinkReply() {
    }

    /**
     * Looks at one message; attributes that do not fit into it are not there.
     *
     * @param limit behind the last byte received
     */
    NetlinkReply wrap(ByteBuffer buffer, int offset, int limit) {
        bytes = buffer;
        start = offset;
        end = offset + Math.max(0, Math.min(limit - offset, buffer.getInt(offset + CStructs.NLMSGHDR_LEN)));
        return this;
    }

    static int padded(int length) {
        return length + 3 & -4;
    }

    int type() {
        return bytes.getShort(start + CStructs.NLMSGHDR_TYPE);
    }

    /** Error number of an NLMSG_ERROR message: 0 or −errno. */
    int error() {
        return bytes.getInt(start + CStructs.NLMSGHDR + CStructs.NLMSGERR_ERROR);
    }

    /** The kernel's own words in an NLMSG_ERROR message, or an empty string. */
    String errorText() {
        int flags = bytes.getShort(start + CStructs.NLMSGHDR_FLAGS);
        if ((flags & CConstants.NLM_F_ACK_TLVS) == 0) {
            return "";
        }
        int request = start + CStructs.NLMSGHDR + CStructs.NLMSGERR_MSG;
        boolean capped = (flags & CConstants.NLM_F_CAPPED) != 0;
        int attributes = request + (capped ? CStructs.NLMSGHDR : padded(bytes.getInt(request + CStructs.NLMSGHDR_LEN)));
        return string(find(attributes, CConstants.NLMSGERR_ATTR_MSG));
    }

    /** Start of the value of an attribute, or -1. */
    private int find(int firstAttribute, int type) {
        return find(firstAttribute, end, type);
    }

    private int find(int firstAttribute, int end, int type) {
        int at = firstAttribute;
        while (at >= start && at <= end - CStructs.RTATTR) {
            int length = Short.toUnsignedInt(bytes.getShort(at + CStructs.RTATTR_LEN));
            if (length < CStructs.RTATTR || length > end - at) {
                return -1;
            }
            // The two highest bits are flags (NLA_F_NESTED, NLA_F_NET_BYTEORDER).
            if ((bytes.getShort(at + CStructs.RTATTR_TYPE) & 0x3fff) == type) {
                return at + CStructs.RTATTR;
            }
            at += padded(length);
        }
        return -1;
    }

    private int valueLength(int value) {
        return Short.toUnsignedInt(bytes.getShort(value - CStructs.RTATTR + CStructs.RTATTR_LEN)) - CStructs.RTATTR;
    }

    /** The text of a value, without the NUL at its end; empty if there is no value. */
    private String string(int value) {
        if (value < 0) {
            return "";
        }
        byte[] text = new byte[Math.max(0, valueLength(value) - 1)];
        bytes.get(value, text);
        return new String(text, StandardCharsets.UTF_8);
    }

    private int attributeInt(int fixedBytes, int type) {
        return intOf(find(start + CStructs.NLMSGHDR + fixedBytes, type));
    }

    /** The number in a value; 0 if there is no value, or one too short. */
    private int intOf(int value) {
        return value < 0 || valueLength(value) < Integer.BYTES ? 0 : bytes.getInt(value);
    }

    private byte[] attributeBytes(int fixedBytes, int type) {
        int value = find(start + CStructs.NLMSGHDR + fixedBytes, type);
        if (value < 0) {
            return null;
        }
        byte[] copy = new byte[valueLength(value)];
        bytes.get(value, copy);
        return copy;
    }

    private int fixedByte(int offset) {
        return Byte.toUnsignedInt(bytes.get(start + CStructs.NLMSGHDR + offset));
    }

    private int fixedInt(int offset) {
        return bytes.getInt(start + CStructs.NLMSGHDR + offset);
    }

    /**
     * Interface index, in an answer to a list of interfaces.
     *
     * @return positive number
     */
    public int linkIndex() {
        return fixedInt(CStructs.IFINFOMSG_INDEX);
    }

    /**
     * Interface flags, in an answer to a list of interfaces.
     *
     * @return IFF_ bits
     */
    public int linkFlags() {
        return fixedInt(CStructs.IFINFOMSG_FLAGS);
    }

    /**
     * Interface name, in an answer to a list of interfaces.
     *
     * @return the name; empty if it is not there
     */
    public String linkName() {
        return string(find(start + CStructs.NLMSGHDR + CStructs.IFINFOMSG, CConstants.IFLA_IFNAME));
    }

    /**
     * MTU, in an answer to a list of interfaces.
     *
     * @return bytes
     */
    public int linkMtu() {
        return attributeInt(CStructs.IFINFOMSG, CConstants.IFLA_MTU);
    }

    /**
     * Transmit queue length, in an answer to a list of interfaces.
     *
     * @return packets
     */
    public int linkTxQueueLength() {
        return attributeInt(CStructs.IFINFOMSG, CConstants.IFLA_TXQLEN);
    }

    /** Start of the value of an attribute inside the value of another, or -1; also if there is no other. */
    private int findInside(int value, int type) {
        return value < 0 ? -1 : find(value, value + valueLength(value), type);
    }

    /**
     * Whether the interface is a TUN device that stays without a program, and that no program has open now, in an answer to a list
     * of interfaces.
     *
     * @return false for interfaces of other kinds too, and on kernels that do not tell (before 4.18)
     */
    public boolean linkIsUnusedTun() {
        int info = find(start + CStructs.NLMSGHDR + CStructs.IFINFOMSG, CConstants.IFLA_LINKINFO);
        int kind = findInside(info, CConstants.IFLA_INFO_KIND);
        if (kind < 0 || !string(kind).equals("tun")) {
            return false;
        }
        int data = findInside(info, CConstants.IFLA_INFO_DATA);
        int persistent = findInside(data, CConstants.IFLA_TUN_PERSIST);
        return persistent >= 0 && valueLength(persistent) > 0 && bytes.get(persistent) != 0 && queues(data, CConstants.IFLA_TUN_NUM_QUEUES) == 0
                && queues(data, CConstants.IFLA_TUN_NUM_DISABLED_QUEUES) == 0;
    }

    /** Told for multi-queue devices only; the kernel itself keeps a second program off the others. */
    private int queues(int data, int type) {
        return intOf(findInside(data, type));
    }

    /**
     * Interface index, in an answer to a list of addresses.
     *
     * @return positive number
     */
    public int addressLinkIndex() {
        return fixedInt(CStructs.IFADDRMSG_INDEX);
    }

    /**
     * Prefix length, in an answer to a list of addresses.
     *
     * @return bits
     */
    public int addressPrefixLength() {
        return fixedByte(CStructs.IFADDRMSG_PREFIXLEN);
    }

    /**
     * The local address, in an answer to a list of addresses.
     *
     * @return 4 or 16 bytes
     */
    public byte[] address() {
        byte[] local = attributeBytes(CStructs.IFADDRMSG, CConstants.IFA_LOCAL);
        return local != null ? local : attributeBytes(CStructs.IFADDRMSG, CConstants.IFA_ADDRESS);
    }

    /**
     * Destination, in an answer to a list of routes.
     *
     * @return 4 or 16 bytes, or null for the default route
     */
    public byte[] routeDestination() {
        return attributeBytes(CStructs.RTMSG, CConstants.RTA_DST);
    }

    /**
     * Prefix length, in an answer to a list of routes.
     *
     * @return bits
     */
    public int routePrefixLength() {
        return fixedByte(CStructs.RTMSG_DST_LEN);
    }

    /**
     * Gateway, in an answer to a list of routes.
     *
     * @return 4 or 16 bytes, or null if there is none
     */
    public byte[] routeGateway() {
        return attributeBytes(CStructs.RTMSG, CConstants.RTA_GATEWAY);
    }

    /**
     * Interface index, in an answer to a list of routes.
     *
     * @return positive number, or 0 if there is none
     */
    public int routeLinkIndex() {
        return attributeInt(CStructs.RTMSG, CConstants.RTA_OIF);
    }

    /**
     * Routing table, in an answer to a list of routes.
     *
     * @return table number
     */
    public int routeTable() {
        return attributeInt(CStructs.RTMSG, CConstants.RTA_TABLE);
    }

    /**
     * Priority, in an answer to a list of routes.
     *
     * @return metric, 0 if none
     */
    public int routeMetric() {
        return attributeInt(CStructs.RTMSG, CConstants.RTA_PRIORITY);
    }

    /**
     * Whether a route sends packets on to somewhere, in an answer to a list of routes.
     *
     * @return false for local, broadcast, multicast, blackhole and the like
     */
    public boolean routeIsUnicast() {
        return fixedByte(CStructs.RTMSG_TYPE) == CConstants.RTN_UNICAST;
    }
}

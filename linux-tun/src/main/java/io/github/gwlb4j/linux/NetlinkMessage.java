package io.github.gwlb4j.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One rtnetlink request being built (netlink(7), rtnetlink(7)): header, fixed part, attributes. Owned by one thread.
 *
 * <pre>
 *   | nlmsghdr 16 | fixed part (ifinfomsg, ifaddrmsg, rtmsg) | rtattr 4 | value, padded to 4 | rtattr | ...
 * </pre>
 */
public final class NetlinkMessage {

    private static final int MAX_BYTES = 1024;
    private static final int FIXED_PART = CStructs.NLMSGHDR;

    private final ByteBuffer bytes = NativeMemory.allocate(MAX_BYTES);
    private int length;

    private NetlinkMessage(int type, int flags, int fixedBytes) {
        bytes.putShort(CStructs.NLMSGHDR_TYPE, (short) type);
        bytes.putShort(CStructs.NLMSGHDR_FLAGS, (short) (flags | CConstants.NLM_F_REQUEST));
        length = CStructs.NLMSGHDR + fixedBytes;
    }

    /**
     * Lists all interfaces.
     *
     * @return the request
     */
    public static NetlinkMessage listLinks() {
        return new NetlinkMessage(CConstants.RTM_GETLINK, CConstants.NLM_F_DUMP, CStructs.IFINFOMSG);
    }

    /**
     * Changes an interface.
     *
     * @param index which
     * @return the request, attributes to be added
     */
    public static NetlinkMessage changeLink(int index) {
        NetlinkMessage message = new NetlinkMessage(CConstants.RTM_NEWLINK, CConstants.NLM_F_ACK, CStructs.IFINFOMSG);
        message.bytes.putInt(FIXED_PART + CStructs.IFINFOMSG_INDEX, index);
        return message;
    }

    /**
     * Sets an interface up or down.
     *
     * @param index which
     * @param up    true for up
     * @return the request
     */
    public static NetlinkMessage setUp(int index, boolean up) {
        NetlinkMessage message = changeLink(index);
        message.bytes.putInt(FIXED_PART + CStructs.IFINFOMSG_FLAGS, up ? CConstants.IFF_UP : 0);
        message.bytes.putInt(FIXED_PART + CStructs.IFINFOMSG_CHANGE, CConstants.IFF_UP);
        return message;
    }

    /**
     * Deletes an interface.
     *
     * @param index which
     * @return the request
     */
    public static NetlinkMessage deleteLink(int index) {
        NetlinkMessage message = new NetlinkMessage(CConstants.RTM_DELLINK, CConstants.NLM_F_ACK, CStructs.IFINFOMSG);
        message.bytes.putInt(FIXED_PART + CStructs.IFINFOMSG_INDEX, index);
        return message;
    }

    /**
     * Lists the addresses of all interfaces.
     *
     * @return the request
     */
    public static NetlinkMessage listAddresses() {
        return new NetlinkMessage(CConstants.RTM_GETADDR, CConstants.NLM_F_DUMP, CStructs.IFADDRMSG);
    }

    /**
     * Adds an address to an interface or removes it. IPv6 addresses are usable at once: duplicate address detection has no
     * sense on a TUN device.
     *
     * @param add          true to add
     * @param index        which interface
     * @param address      4 or 16 bytes
     * @param prefixLength bits of the network part
     * @return the request
     */
    public static NetlinkMessage address(boolean add, int index, byte[] address, int prefixLength) {
        NetlinkMessage message = add
                ? new NetlinkMessage(CConstants.RTM_NEWADDR, CConstants.NLM_F_ACK | CConstants.NLM_F_CREATE | CConstants.NLM_F_EXCL,
                        CStructs.IFADDRMSG)
                : new NetlinkMessage(CConstants.RTM_DELADDR, CConstants.NLM_F_ACK, CStructs.IFADDRMSG);
        message.bytes.put(FIXED_PART + CStructs.IFADDRMSG_FAMILY, (byte) familyOf(address));
        message.bytes.put(FIXED_PART + CStructs.IFADDRMSG_PREFIXLEN, (byte) prefixLength);
        message.bytes.putInt(FIXED_PART + CStructs.IFADDRMSG_INDEX, index);
        message.attribute(CConstants.IFA_LOCAL, address).attribute(CConstants.IFA_ADDRESS, address);
        return add && address.length > 4 ? message.attribute(CConstants.IFA_FLAGS, CConstants.IFA_F_NODAD) : message;
    }

    /**
     * Lists the routes of a family.
     *
     * @param family {@link CConstants#AF_INET} or {@link CConstants#AF_INET6}
     * @return the request
     */
    public static NetlinkMessage listRoutes(int family) {
        NetlinkMessage message = new NetlinkMessage(CConstants.RTM_GETROUTE, CConstants.NLM_F_DUMP, CStructs.RTMSG);
        message.bytes.put(FIXED_PART + CStructs.RTMSG_FAMILY, (byte) family);
        return message;
    }

    /**
     * Adds a route or removes it.
     *
     * @param add          true to add
     * @param destination  4 or 16 bytes
     * @param prefixLength bits of the network part
     * @param gateway      4 or 16 bytes, or null for a route straight into the interface
     * @param index        the interface
     * @param table        routing table
     * @param metric       priority, 0 for the kernel's default
     * @return the request
     */
    public static NetlinkMessage route(boolean add, byte[] destination, int prefixLength, byte[] gateway, int index, int table,
            int metric) {
        NetlinkMessage message = add
                ? new NetlinkMessage(CConstants.RTM_NEWROUTE, CConstants.NLM_F_ACK | CConstants.NLM_F_CREATE | CConstants.NLM_F_EXCL,
                        CStructs.RTMSG)
                : new NetlinkMessage(CConstants.RTM_DELROUTE, CConstants.NLM_F_ACK, CStructs.RTMSG);
        ByteBuffer bytes = message.bytes;
        bytes.put(FIXED_PART + CStructs.RTMSG_FAMILY, (byte) familyOf(destination));
        bytes.put(FIXED_PART + CStructs.RTMSG_DST_LEN, (byte) prefixLength);
        // Tables above 255 are in the attribute only.
        bytes.put(FIXED_PART + CStructs.RTMSG_TABLE, (byte) (table < 256 ? table : 0));
        bytes.put(FIXED_PART + CStructs.RTMSG_PROTOCOL, (byte) (add ? CConstants.RTPROT_STATIC : 0));
        bytes.put(FIXED_PART + CStructs.RTMSG_SCOPE,
                (byte) (gateway == null && destination.length == 4 ? CConstants.RT_SCOPE_LINK : CConstants.RT_SCOPE_UNIVERSE));
        bytes.put(FIXED_PART + CStructs.RTMSG_TYPE, (byte) (add ? CConstants.RTN_UNICAST : 0));
        message.attribute(CConstants.RTA_TABLE, table).attribute(CConstants.RTA_OIF, index);
        if (prefixLength > 0) {
            message.attribute(CConstants.RTA_DST, destination);
        }
        if (gateway != null) {
            message.attribute(CConstants.RTA_GATEWAY, gateway);
        }
        return metric == 0 ? message : message.attribute(CConstants.RTA_PRIORITY, metric);
    }

    private static int familyOf(byte[] address) {
        return address.length == 4 ? CConstants.AF_INET : CConstants.AF_INET6;
    }

    /**
     * Adds the MTU of an interface.
     *
     * @param bytes the MTU
     * @return this
     */
    public NetlinkMessage mtu(int bytes) {
        return attribute(CConstants.IFLA_MTU, bytes);
    }

    /**
     * Adds the transmit queue length of an interface.
     *
     * @param packets the length
     * @return this
     */
    public NetlinkMessage txQueueLength(int packets) {
        return attribute(CConstants.IFLA_TXQLEN, packets);
    }

    /**
     * Adds a new name of an interface.
     *
     * @param name at most 15 bytes
     * @return this
     */
    public NetlinkMessage name(String name) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        return attribute(CConstants.IFLA_IFNAME, Arrays.copyOf(text, text.length + 1));
    }

    private NetlinkMessage attribute(int type, int value) {
        int at = startAttribute(type, Integer.BYTES);
        bytes.putInt(at, value);
        return this;
    }

    private NetlinkMessage attribute(int type, byte[] value) {
        int at = startAttribute(type, value.length);
        bytes.put(at, value);
        return this;
    }

    private int startAttribute(int type, int valueBytes) {
        bytes.putShort(length + CStructs.RTATTR_LEN, (short) (CStructs.RTATTR + valueBytes));
        bytes.putShort(length + CStructs.RTATTR_TYPE, (short) type);
        int value = length + CStructs.RTATTR;
        length = value + NetlinkReply.padded(valueBytes);
        return value;
    }

    /** Fills in length and sequence number. */
    ByteBuffer seal(int sequence) {
        bytes.putInt(CStructs.NLMSGHDR_LEN, length);
        bytes.putInt(CStructs.NLMSGHDR_SEQ, sequence);
        return bytes.slice(0, length).order(bytes.order());
    }

    /** Whether the answer is a list that ends with NLMSG_DONE, instead of one acknowledgement. */
    boolean isList() {
        return (bytes.getShort(CStructs.NLMSGHDR_FLAGS) & CConstants.NLM_F_DUMP) == CConstants.NLM_F_DUMP;
    }
}

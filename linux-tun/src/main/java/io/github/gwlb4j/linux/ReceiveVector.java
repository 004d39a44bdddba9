package io.github.gwlb4j.linux;

import java.nio.ByteBuffer;

/**
 * Room for many datagrams at once, for recvmmsg(2): payload, sender and what the kernel tells beside it. Owned by one
 * thread; allocates nothing after construction. Contents are valid until the next receive.
 *
 * <p>Each message has a slot of its own in one buffer, which may belong to someone else: nothing is copied.
 *
 * <p>A control buffer is always passed: without it, several datagrams that UDP_GRO has put together would look like one.
 */
public final class ReceiveVector {

    private static final int NAME_BYTES = CStructs.SOCKADDR_IN;
    /** UDP_GRO, IP_PKTINFO, IP_TOS and SO_RXQ_OVFL at once take 24 + 32 + 24 + 24 bytes. */
    private static final int CONTROL_BYTES = 128;
    private static final int NONE_WAITING = Errno.EAGAIN.result();
    private static final int INTERRUPTED = Errno.EINTR.result();

    private final int maxMessages;
    private final int slotBytes;
    private final int headroom;
    private final ByteBuffer buffer;
    private final ByteBuffer headers;
    private final ByteBuffer names;
    private final ByteBuffer controls;
    private final IoVectors vectors;
    private final long headersAddress;
    private final int[] segmentBytes;
    private final int[] localAddress;
    private final int[] trafficClass;
    private int used;
    private int queueDrops;

    /**
     * Allocates a buffer of its own.
     *
     * @param maxMessages most messages of one receive, at least 1
     * @param slotBytes   room for each; 65,536 if UDP_GRO is on, else the longest datagram that is expected
     */
    public ReceiveVector(int maxMessages, int slotBytes) {
        this(NativeMemory.allocate(Math.multiplyExact(maxMessages, slotBytes)), maxMessages, slotBytes);
    }

    /**
     * Receives into a buffer that others use as well.
     *
     * @param buffer      direct; slots start at 0, whatever its position is
     * @param maxMessages most messages of one receive, at least 1
     * @param slotBytes   room for each; 65,536 if UDP_GRO is on, else the longest datagram that is expected
     * @throws IllegalArgumentException if the slots do not fit into the buffer
     */
    public ReceiveVector(ByteBuffer buffer, int maxMessages, int slotBytes) {
        this(buffer, maxMessages, slotBytes, 0);
    }

    /**
     * Receives into a buffer that others use as well, with room in front of each message, for whoever sends it on with a header of his own.
     *
     * @param buffer      direct; slots start at 0, whatever its position is
     * @param maxMessages most messages of one receive, at least 1
     * @param slotBytes   size of a slot, the room in front included
     * @param headroom    bytes of each slot that stay as they are, in front of the message, less than {@code slotBytes}
     * @throws IllegalArgumentException if the slots do not fit into the buffer
     */
    public ReceiveVector(ByteBuffer buffer, int maxMessages, int slotBytes, int headroom) {
        if ((long) maxMessages * slotBytes > buffer.capacity()) {
            throw new IllegalArgumentException(maxMessages + " slots of " + slotBytes + " bytes do not fit into " + buffer.capacity());
        }
        this.buffer = buffer;
        this.maxMessages = maxMessages;
        this.slotBytes = slotBytes;
        this.headroom = headroom;
        headers = NativeMemory.allocate(maxMessages * CStructs.MMSGHDR);
        names = NativeMemory.allocate(maxMessages * NAME_BYTES);
        controls = NativeMemory.allocate(maxMessages * CONTROL_BYTES);
        vectors = new IoVectors(maxMessages);
        headersAddress = NativeMemory.addressOf(headers);
        segmentBytes = new int[maxMessages];
        localAddress = new int[maxMessages];
        trafficClass = new int[maxMessages];
        long bufferAddress = NativeMemory.addressOf(buffer);
        long namesAddress = NativeMemory.addressOf(names);
        long controlsAddress = NativeMemory.addressOf(controls);
        for (int i = 0; i < maxMessages; i++) {
            vectors.set(i, bufferAddress + (long) i * slotBytes + headroom, slotBytes - headroom);
            int header = i * CStructs.MMSGHDR;
            headers.putLong(header + CStructs.MSGHDR_NAME, namesAddress + (long) i * NAME_BYTES);
            headers.putLong(header + CStructs.MSGHDR_IOV, vectors.address(i));
            headers.putLong(header + CStructs.MSGHDR_IOVLEN, 1);
            headers.putLong(header + CStructs.MSGHDR_CONTROL, controlsAddress + (long) i * CONTROL_BYTES);
        }
        used = maxMessages;
    }

    int receive(int fd) {
        // The kernel wrote over the lengths of the messages of the last time.
        for (int i = 0; i < used; i++) {
            int header = i * CStructs.MMSGHDR;
            headers.putInt(header + CStructs.MSGHDR_NAMELEN, NAME_BYTES);
            headers.putLong(header + CStructs.MSGHDR_CONTROLLEN, CONTROL_BYTES);
        }
        used = 0;
        int result;
        do {
            result = Syscalls.recvMmsg(fd, headersAddress, maxMessages, CConstants.MSG_DONTWAIT);
        } while (result == INTERRUPTED);
        if (result <= 0) {
            return result == NONE_WAITING ? 0 : result;
        }
        used = result;
        for (int i = 0; i < result; i++) {
            readControl(i);
        }
        return result;
    }

    private void readControl(int message) {
        segmentBytes[message] = 0;
        localAddress[message] = 0;
        trafficClass[message] = 0;
        int at = message * CONTROL_BYTES;
        int end = at + (int) headers.getLong(message * CStructs.MMSGHDR + CStructs.MSGHDR_CONTROLLEN);
        while (at + CStructs.CMSGHDR <= end) {
            int length = (int) controls.getLong(at + CStructs.CMSGHDR_LEN);
            if (length < CStructs.CMSGHDR) {
                return;
            }
            readControl(message, controls.getInt(at + CStructs.CMSGHDR_LEVEL), controls.getInt(at + CStructs.CMSGHDR_TYPE),
                    at + CStructs.CMSGHDR);
            at += length + 7 & -8;
        }
    }

    private void readControl(int message, int level, int type, int data) {
        if (level == CConstants.IPPROTO_UDP && type == CConstants.UDP_GRO) {
            segmentBytes[message] = controls.getInt(data);
        } else if (level == CConstants.IPPROTO_IP && type == CConstants.IP_PKTINFO) {
            localAddress[message] = SocketAddresses.address(controls, data + CStructs.IN_PKTINFO_SPEC_DST);
        } else if (level == CConstants.IPPROTO_IP && type == CConstants.IP_TOS) {
            trafficClass[message] = Byte.toUnsignedInt(controls.get(data));
        } else if (level == CConstants.SOL_SOCKET && type == CConstants.SO_RXQ_OVFL) {
            queueDrops = controls.getInt(data);
        }
    }

    /**
     * Where the messages are.
     *
     * @return the same buffer each time
     */
    public ByteBuffer buffer() {
        return buffer;
    }

    /**
     * Where a message starts: one datagram, or with UDP_GRO several, see {@link #segmentBytes(int)}.
     *
     * @param message which message
     * @return absolute position in {@link #buffer()}
     */
    public int offset(int message) {
        return message * slotBytes + headroom;
    }

    /**
     * How many bytes in front of each message are left as they are.
     *
     * @return 0 or more
     */
    public int headroom() {
        return headroom;
    }

    /**
     * How long a message is, or as much of it as its slot holds.
     *
     * @param message which message
     * @return 0 to the room for each, which is a slot without its headroom
     */
    public int length(int message) {
        return headers.getInt(message * CStructs.MMSGHDR + CStructs.MMSGHDR_LEN);
    }

    /**
     * The sender's IPv4 address.
     *
     * @param message which message
     * @return 32 bits, the first byte of the address highest
     */
    public int sourceAddress(int message) {
        return SocketAddresses.host(names, message * NAME_BYTES);
    }

    /**
     * The sender's port.
     *
     * @param message which message
     * @return 0 to 65535
     */
    public int sourcePort(int message) {
        return SocketAddresses.port(names, message * NAME_BYTES);
    }

    /**
     * The address of this machine that a message was sent to, or for a broadcast the one to answer it from; needs
     * {@link CConstants#IP_PKTINFO}.
     *
     * @param message which message
     * @return 32 bits as {@link #sourceAddress(int)}, 0 if not known
     */
    public int localAddress(int message) {
        return localAddress[message];
    }

    /**
     * The size of the datagrams in a message; needs {@link CConstants#UDP_GRO}.
     *
     * @param message which message
     * @return bytes of each datagram but the last, which may be shorter; 0 if the message is one datagram
     */
    public int segmentBytes(int message) {
        return segmentBytes[message];
    }

    /**
     * The IPv4 type of service byte, DSCP and ECN; needs {@link CConstants#IP_RECVTOS}.
     *
     * @param message which message
     * @return 0 to 255, 0 if not known
     */
    public int trafficClass(int message) {
        return trafficClass[message];
    }

    /**
     * Whether a datagram was longer than its slot, or the control data incomplete; then it must not be used.
     *
     * @param message which message
     * @return true if so
     */
    public boolean isTruncated(int message) {
        int flags = headers.getInt(message * CStructs.MMSGHDR + CStructs.MSGHDR_FLAGS);
        return (flags & (CConstants.MSG_TRUNC | CConstants.MSG_CTRUNC)) != 0;
    }

    /**
     * Datagrams the socket has dropped for want of buffer since it was opened; needs {@link CConstants#SO_RXQ_OVFL}.
     *
     * @return 32-bit counter, which wraps; as of the last message received
     */
    public int queueDrops() {
        return queueDrops;
    }
}

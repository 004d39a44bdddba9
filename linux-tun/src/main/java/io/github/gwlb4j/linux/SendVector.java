package io.github.gwlb4j.linux;

import java.nio.ByteBuffer;

import io.github.gwlb4j.tun.GatherBatch;
import io.github.gwlb4j.tun.PacketBatch;

/**
 * Many datagrams to be sent at once, for sendmmsg(2): pieces, receiver, and what the kernel shall do. Owned by one thread;
 * allocates nothing after construction. The batches that messages were added from must stay as they are until they are sent.
 *
 * <p>To use: {@link #clear()}, then for each message {@code add} and {@link #to(int, int, int)}, and optionally
 * {@link #from(int, int)}, {@link #segmentBytes(int, int)} and {@link #trafficClass(int, int)}, each once.
 */
public final class SendVector {

    private static final int NAME_BYTES = CStructs.SOCKADDR_IN;
    /** IP_PKTINFO, UDP_SEGMENT and IP_TOS at once take 32 + 24 + 24 bytes. */
    private static final int CONTROL_BYTES = 80;
    private static final int INTERRUPTED = Errno.EINTR.result();

    private final int maxMessages;
    private final ByteBuffer headers;
    private final ByteBuffer names;
    private final ByteBuffer controls;
    private final IoVectors vectors;
    private final long headersAddress;
    private final long controlsAddress;
    private int count;
    private int pieces;

    /**
     * Allocates.
     *
     * @param maxMessages most messages, at least 1
     * @param maxPieces   most pieces of all messages together, at least {@code maxMessages}
     */
    public SendVector(int maxMessages, int maxPieces) {
        this.maxMessages = maxMessages;
        headers = NativeMemory.allocate(maxMessages * CStructs.MMSGHDR);
        names = NativeMemory.allocate(maxMessages * NAME_BYTES);
        controls = NativeMemory.allocate(maxMessages * CONTROL_BYTES);
        vectors = new IoVectors(maxPieces);
        headersAddress = NativeMemory.addressOf(headers);
        controlsAddress = NativeMemory.addressOf(controls);
        long namesAddress = NativeMemory.addressOf(names);
        for (int i = 0; i < maxMessages; i++) {
            headers.putLong(i * CStructs.MMSGHDR + CStructs.MSGHDR_NAME, namesAddress + (long) i * NAME_BYTES);
            headers.putInt(i * CStructs.MMSGHDR + CStructs.MSGHDR_NAMELEN, NAME_BYTES);
        }
    }

    /** Forgets all messages. */
    public void clear() {
        count = 0;
        pieces = 0;
    }

    /**
     * How many messages were added.
     *
     * @return the number
     */
    public int count() {
        return count;
    }

    /**
     * Adds a datagram that lies in one piece.
     *
     * @param batch  where it is
     * @param packet which one
     * @return the message's number, or −ENOBUFS if there is no room
     */
    public int add(PacketBatch batch, int packet) {
        return add(batch, batch.offset(packet), batch.length(packet));
    }

    /**
     * Adds a datagram that is a region of a batch's buffer, or several equal ones side by side.
     *
     * @param batch       whose buffer
     * @param offset      first byte
     * @param lengthBytes length
     * @return the message's number, or −ENOBUFS if there is no room
     */
    public int add(PacketBatch batch, int offset, int lengthBytes) {
        return add(batch.address() + offset, lengthBytes);
    }

    /**
     * Adds a datagram that lies in one piece anywhere in memory, or the first piece of one.
     *
     * @param address     native address of its first byte; the memory must stay reachable until it is sent
     * @param lengthBytes length
     * @return the message's number, or −ENOBUFS if there is no room
     */
    public int add(long address, int lengthBytes) {
        if (count == maxMessages || pieces == vectors.capacity()) {
            return Errno.ENOBUFS.result();
        }
        vectors.set(pieces, address, lengthBytes);
        return addMessage(1);
    }

    /**
     * Adds a further piece to the message that was added last.
     *
     * @param address     native address of its first byte
     * @param lengthBytes length
     * @return 0, or −ENOBUFS if there is no room
     */
    public int append(long address, int lengthBytes) {
        if (pieces == vectors.capacity()) {
            return Errno.ENOBUFS.result();
        }
        vectors.set(pieces++, address, lengthBytes);
        int length = (count - 1) * CStructs.MMSGHDR + CStructs.MSGHDR_IOVLEN;
        headers.putLong(length, headers.getLong(length) + 1);
        return 0;
    }

    /**
     * Makes the piece that was added last longer, when what follows it in memory belongs to the message too.
     *
     * @param lengthBytes how many bytes more
     */
    public void extend(int lengthBytes) {
        vectors.extend(pieces - 1, lengthBytes);
    }

    /**
     * Whether a further message fits.
     *
     * @param morePieces pieces of the message, 1 or more
     * @return true if it does
     */
    public boolean hasRoom(int morePieces) {
        return count < maxMessages && pieces + morePieces <= vectors.capacity();
    }

    /**
     * Adds a message that lies in pieces.
     *
     * @param batch   where it is
     * @param message which one
     * @return the message's number, or −ENOBUFS if there is no room
     */
    public int add(GatherBatch batch, int message) {
        if (count == maxMessages) {
            return Errno.ENOBUFS.result();
        }
        int added = vectors.encode(pieces, batch, message);
        return added < 0 ? added : addMessage(added);
    }

    private int addMessage(int addedPieces) {
        int header = count * CStructs.MMSGHDR;
        headers.putLong(header + CStructs.MSGHDR_IOV, vectors.address(pieces));
        headers.putLong(header + CStructs.MSGHDR_IOVLEN, addedPieces);
        headers.putLong(header + CStructs.MSGHDR_CONTROL, 0);
        headers.putLong(header + CStructs.MSGHDR_CONTROLLEN, 0);
        pieces += addedPieces;
        return count++;
    }

    /**
     * Sets the receiver.
     *
     * @param message number of the message
     * @param address IPv4 address, first byte highest
     * @param port    0 to 65535; 0 for a raw socket
     */
    public void to(int message, int address, int port) {
        SocketAddresses.put(names, message * NAME_BYTES, address, port);
    }

    /**
     * Sets the sender's address (IP_PKTINFO), for a socket that is bound to the wildcard.
     *
     * @param message number of the message
     * @param address IPv4 address of this machine, first byte highest
     */
    public void from(int message, int address) {
        int data = addControl(message, CConstants.IPPROTO_IP, CConstants.IP_PKTINFO, CStructs.IN_PKTINFO);
        controls.putInt(data + CStructs.IN_PKTINFO_IFINDEX, 0);
        SocketAddresses.putAddress(controls, data + CStructs.IN_PKTINFO_SPEC_DST, address);
        SocketAddresses.putAddress(controls, data + CStructs.IN_PKTINFO_ADDR, 0);
    }

    /**
     * Makes the kernel cut the message into datagrams (UDP_SEGMENT, Linux 4.18), at most 64 of them and 65,507 bytes.
     *
     * @param message number of the message
     * @param bytes   size of each datagram but the last, which may be shorter
     */
    public void segmentBytes(int message, int bytes) {
        int data = addControl(message, CConstants.IPPROTO_UDP, CConstants.UDP_SEGMENT, Short.BYTES);
        controls.putShort(data, (short) bytes);
    }

    /**
     * Sets the IPv4 type of service byte.
     *
     * @param message number of the message
     * @param value   DSCP and ECN, 0 to 255
     */
    public void trafficClass(int message, int value) {
        int data = addControl(message, CConstants.IPPROTO_IP, CConstants.IP_TOS, Integer.BYTES);
        controls.putInt(data, value);
    }

    private int addControl(int message, int level, int type, int dataBytes) {
        int header = message * CStructs.MMSGHDR;
        int used = (int) headers.getLong(header + CStructs.MSGHDR_CONTROLLEN);
        int start = message * CONTROL_BYTES;
        headers.putLong(header + CStructs.MSGHDR_CONTROL, controlsAddress + start);
        headers.putLong(header + CStructs.MSGHDR_CONTROLLEN, used + (CStructs.CMSGHDR + dataBytes + 7 & -8));
        int at = start + used;
        controls.putLong(at + CStructs.CMSGHDR_LEN, CStructs.CMSGHDR + dataBytes);
        controls.putInt(at + CStructs.CMSGHDR_LEVEL, level);
        controls.putInt(at + CStructs.CMSGHDR_TYPE, type);
        return at + CStructs.CMSGHDR;
    }

    int send(int fd, int from, int to) {
        int result;
        do {
            result = Syscalls.sendMmsg(fd, headersAddress + (long) from * CStructs.MMSGHDR, to - from, CConstants.MSG_DONTWAIT);
        } while (result == INTERRUPTED);
        return result;
    }
}

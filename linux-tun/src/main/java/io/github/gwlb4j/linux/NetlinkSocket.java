package io.github.gwlb4j.linux;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** A rtnetlink socket (rtnetlink(7)). It belongs to the network namespace it was opened in. Safe for any thread. */
public final class NetlinkSocket implements AutoCloseable {

    private static final int RECEIVE_BYTES = 64 * 1024;
    /** An answer is complete before the request returns; the time limit only guards against a kernel that says nothing. */
    private static final long ANSWER_TIMEOUT_SECONDS = 5;

    private final int fd;
    private final ByteBuffer received = NativeMemory.allocate(RECEIVE_BYTES);
    private final NetlinkReply reply = new NetlinkReply();
    private int sequence;
    private String errorText = "";
    private boolean closed;

    private NetlinkSocket(int fd) {
        this.fd = fd;
        ByteBuffer option = NativeMemory.allocate(2 * Long.BYTES).putInt(0, 1);
        long address = NativeMemory.addressOf(option);
        // Older kernels lack these: then errors have no text, and lists are filtered here only.
        Syscalls.setSockOpt(fd, CConstants.SOL_NETLINK, CConstants.NETLINK_EXT_ACK, address, Integer.BYTES);
        Syscalls.setSockOpt(fd, CConstants.SOL_NETLINK, CConstants.NETLINK_GET_STRICT_CHK, address, Integer.BYTES);
        option.putLong(0, ANSWER_TIMEOUT_SECONDS);
        Syscalls.setSockOpt(fd, CConstants.SOL_SOCKET, CConstants.SO_RCVTIMEO, address, 2 * Long.BYTES);
    }

    /**
     * Opens a socket in the calling thread's network namespace.
     *
     * @return the socket, or null if the kernel gave none
     */
    public static NetlinkSocket open() {
        int fd = Syscalls.socket(CConstants.AF_NETLINK, CConstants.SOCK_RAW, CConstants.NETLINK_ROUTE);
        return fd < 0 ? null : new NetlinkSocket(fd);
    }

    /**
     * Makes a request and waits for its answer.
     *
     * @param request what is wanted
     * @param replies gets each entry of a list; the view is valid during the call only
     * @return 0 or −errno, see {@link #errorText()}
     */
    public synchronized int request(NetlinkMessage request, Consumer<NetlinkReply> replies) {
        if (closed) {
            return Errno.EBADF.result();
        }
        errorText = "";
        ByteBuffer bytes = request.seal(++sequence);
        long sent = Syscalls.write(fd, NativeMemory.addressOf(bytes), bytes.capacity());
        if (sent < 0) {
            return (int) sent;
        }
        while (true) {
            long length = Syscalls.recv(fd, NativeMemory.addressOf(received), RECEIVE_BYTES, 0);
            if (length < 0) {
                if (length == Errno.EINTR.result()) {
                    continue;
                }
                return (int) length;
            }
            int outcome = readAnswer((int) length, request.isList(), replies);
            if (outcome <= 0) {
                return outcome;
            }
        }
    }

    /** 0 or −errno when the answer is complete, 1 if more is to come. */
    private int readAnswer(int length, boolean list, Consumer<NetlinkReply> replies) {
        int at = 0;
        while (at >= 0 && at <= length - CStructs.NLMSGHDR) {
            reply.wrap(received, at, length);
            if (received.getInt(at + CStructs.NLMSGHDR_SEQ) == sequence) {
                switch (reply.type()) {
                    case CConstants.NLMSG_DONE:
                        return 0;
                    case CConstants.NLMSG_ERROR:
                        errorText = reply.errorText();
                        return reply.error();
                    default:
                        if (list) {
                            replies.accept(reply);
                        }
                }
            }
            at += Math.max(CStructs.NLMSGHDR, NetlinkReply.padded(received.getInt(at + CStructs.NLMSGHDR_LEN)));
        }
        return 1;
    }

    /**
     * The kernel's own words about the last request that failed.
     *
     * @return a sentence, or an empty string
     */
    public synchronized String errorText() {
        return errorText;
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            Syscalls.close(fd);
        }
    }
}

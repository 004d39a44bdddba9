package io.github.gwlb4j.linux;

import java.io.EOFException;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;

import io.github.gwlb4j.tun.LinuxException;

/**
 * A socket for messages between two processes of this machine, which can carry open descriptors (unix(7): AF_UNIX,
 * SOCK_SEQPACKET, SCM_RIGHTS). A message arrives whole or not at all. Java's own sockets pass no descriptors.
 *
 * <p>Owned by one thread, but for {@link #wakeUp}. Not for the packet path: it throws.
 */
public final class UnixSocket implements AutoCloseable {

    /** Most descriptors in one message; the kernel takes 253 (SCM_MAX_FD). */
    public static final int MAX_DESCRIPTORS = 128;
    /** Longest path of a socket in bytes, the 0 behind it not counted, that leaves room for the name it has at first. */
    public static final int MAX_PATH_BYTES = 103;

    private static final String FIRST_NAME_SUFFIX = ".new";
    private static final int BACKLOG = 64;
    private static final int CONTROL_BYTES = CStructs.CMSGHDR + MAX_DESCRIPTORS * Integer.BYTES;
    private static final long NS_PER_MS = 1_000_000L;

    private final int fd;
    private final EventFd wakeup;
    private final Poller readable = new Poller(2);
    private final Poller writable = new Poller(2);
    private final IoVectors vector = new IoVectors(1);
    private final ByteBuffer header = NativeMemory.allocate(CStructs.MMSGHDR);
    private final ByteBuffer control = NativeMemory.allocate(CONTROL_BYTES);
    private volatile boolean isWoken;
    private boolean isClosed;

    /**
     * Who is at the other end, as the kernel noted it when the connection was made (SO_PEERCRED).
     *
     * @param processId its process
     * @param userId    its effective user, 0 to 2^32-1
     */
    public record Peer(int processId, long userId) {
    }

    private UnixSocket(int fd) throws LinuxException {
        this.fd = fd;
        this.wakeup = EventFd.open();
        if (wakeup == null) {
            Syscalls.close(fd);
            throw new LinuxException("open an eventfd", Errno.EMFILE.number(), "Raise the limit of open files (ulimit -n, systemd LimitNOFILE=)");
        }
        readable.add(fd, CConstants.POLLIN);
        readable.add(wakeup.fd(), CConstants.POLLIN);
        writable.add(fd, CConstants.POLLOUT);
        writable.add(wakeup.fd(), CConstants.POLLIN);
    }

    /**
     * Listens, for this user and root only (mode 0600), under another name beside the path, until {@link #publish}.
     *
     * @param path where, at most {@link #MAX_PATH_BYTES}
     * @return the listening socket
     * @throws IOException if that is not possible; the message names the path
     */
    public static UnixSocket listen(Path path) throws IOException {
        Path first = firstName(path);
        Files.deleteIfExists(first);
        UnixSocket socket = new UnixSocket(open("listen at " + path));
        try {
            ByteBuffer address = addressOf(first);
            int result = Syscalls.bind(socket.fd, NativeMemory.addressOf(address), CStructs.SOCKADDR_UN);
            Reference.reachabilityFence(address);
            if (result < 0) {
                throw new LinuxException("listen at " + path, result, "Its folder must exist and be writable for this user");
            }
            Files.setPosixFilePermissions(first, PosixFilePermissions.fromString("rw-------")); // nobody can connect before listen(2)
            result = Syscalls.listen(socket.fd, BACKLOG);
            if (result < 0) {
                throw new LinuxException("listen at " + path, result, "");
            }
            return socket;
        } catch (IOException | RuntimeException e) {
            socket.close();
            Files.deleteIfExists(first);
            throw e;
        }
    }

    private static Path firstName(Path path) {
        return path.resolveSibling(path.getFileName() + FIRST_NAME_SUFFIX);
    }

    /**
     * Puts the socket that listens to where it is looked for. One that is there gives way in one step, so that at each moment one of
     * the two can be connected to.
     *
     * @param path as given to {@link #listen}
     * @throws IOException if that is not possible
     */
    public static void publish(Path path) throws IOException {
        Files.move(firstName(path), path, StandardCopyOption.ATOMIC_MOVE);
    }

    /**
     * Connects to whoever listens at a path.
     *
     * @param path where
     * @return the connection, or null if there is nothing, or nobody listens there any more
     * @throws LinuxException if something else is in the way
     */
    public static UnixSocket connect(Path path) throws LinuxException {
        UnixSocket socket = new UnixSocket(open("connect to " + path));
        ByteBuffer address = addressOf(path);
        int result = Syscalls.connect(socket.fd, NativeMemory.addressOf(address), CStructs.SOCKADDR_UN);
        Reference.reachabilityFence(address);
        if (result >= 0) {
            return socket;
        }
        socket.close();
        if (Errno.of(result) == Errno.ENOENT || Errno.of(result) == Errno.ECONNREFUSED) {
            return null;
        }
        throw new LinuxException("connect to " + path, result, switch (Errno.of(result)) {
            case EACCES, EPERM -> "It belongs to another user: run both processes as the same one";
            case EAGAIN -> "Too many others wait there";
            default -> "Is it the socket of a process of this program? If not, remove it or choose another path";
        });
    }

    private static int open(String what) throws LinuxException {
        if (Syscalls.unavailableCause() != null) {
            throw new LinuxException("cannot " + what + ": " + Syscalls.unavailableCause());
        }
        int fd = Syscalls.socket(CConstants.AF_UNIX, CConstants.SOCK_SEQPACKET | CConstants.SOCK_NONBLOCK, 0);
        if (fd < 0) {
            throw new LinuxException(what, fd, "Raise the limit of open files (ulimit -n, systemd LimitNOFILE=)");
        }
        return fd;
    }

    private static ByteBuffer addressOf(Path path) throws LinuxException {
        byte[] bytes = path.toString().getBytes(StandardCharsets.UTF_8);
        if (bytes.length >= CStructs.SOCKADDR_UN - CStructs.SOCKADDR_UN_PATH) {
            throw new LinuxException("the path of a socket has at most " + MAX_PATH_BYTES + " bytes: " + path);
        }
        ByteBuffer address = NativeMemory.allocate(CStructs.SOCKADDR_UN);
        address.putShort(CStructs.SOCKADDR_FAMILY, (short) CConstants.AF_UNIX);
        address.put(CStructs.SOCKADDR_UN_PATH, bytes);
        return address;
    }

    /**
     * Waits for a connection.
     *
     * @return the connection, or null after {@link #wakeUp} or if it went away meanwhile
     * @throws LinuxException if there is no descriptor for it
     */
    public UnixSocket accept() throws LinuxException {
        while (!isWoken) {
            readable.poll(-1);
            int accepted = isWoken ? 0 : Syscalls.accept(fd);
            if (accepted > 0) {
                return new UnixSocket(accepted);
            }
            if (accepted < 0 && Errno.of(accepted) != Errno.EAGAIN && Errno.of(accepted) != Errno.EINTR) {
                throw new LinuxException("accept a connection", accepted, "Raise the limit of open files (ulimit -n, systemd LimitNOFILE=)");
            }
        }
        return null;
    }

    /**
     * Who is at the other end.
     *
     * @return as it was when the connection was made
     * @throws LinuxException if the kernel does not tell
     */
    public Peer peer() throws LinuxException {
        ByteBuffer memory = NativeMemory.allocate(CStructs.UCRED + Integer.BYTES).putInt(CStructs.UCRED, CStructs.UCRED);
        long address = NativeMemory.addressOf(memory);
        int result = Syscalls.getSockOpt(fd, CConstants.SOL_SOCKET, CConstants.SO_PEERCRED, address, address + CStructs.UCRED);
        if (result < 0) {
            throw new LinuxException("learn who is at the other end of a socket", result, "");
        }
        return new Peer(memory.getInt(CStructs.UCRED_PID), Integer.toUnsignedLong(memory.getInt(CStructs.UCRED_UID)));
    }

    /**
     * Sends one message.
     *
     * @param message     direct; from its position to its limit, at least a byte, which does not change
     * @param descriptors to go with it, at most {@link #MAX_DESCRIPTORS}; they stay open here, too
     * @param deadlineNs  of {@link System#nanoTime}, until when to wait for room
     * @throws IOException if the other end is gone, time is over, or {@link #wakeUp} was called
     */
    public void send(ByteBuffer message, int[] descriptors, long deadlineNs) throws IOException {
        prepare(message);
        if (descriptors.length > 0) {
            int length = CStructs.CMSGHDR + descriptors.length * Integer.BYTES;
            control.putLong(CStructs.CMSGHDR_LEN, length);
            control.putInt(CStructs.CMSGHDR_LEVEL, CConstants.SOL_SOCKET);
            control.putInt(CStructs.CMSGHDR_TYPE, CConstants.SCM_RIGHTS);
            for (int i = 0; i < descriptors.length; i++) {
                control.putInt(CStructs.CMSGHDR + i * Integer.BYTES, descriptors[i]);
            }
            header.putLong(CStructs.MSGHDR_CONTROL, NativeMemory.addressOf(control));
            header.putLong(CStructs.MSGHDR_CONTROLLEN, length);
        }
        while (true) {
            int result = Syscalls.sendMmsg(fd, NativeMemory.addressOf(header), 1, CConstants.MSG_NOSIGNAL);
            Reference.reachabilityFence(message);
            if (result > 0) {
                return;
            }
            await(writable, result, deadlineNs, "send to the other process");
        }
    }

    /**
     * Receives one message.
     *
     * @param into       direct; cleared, and filled from 0 to its limit
     * @param deadlineNs of {@link System#nanoTime}, until when to wait for it
     * @return the descriptors that came with it, which the caller is to close
     * @throws EOFException if the other end is closed
     * @throws IOException  if time is over, the message does not fit, or {@link #wakeUp} was called
     */
    public int[] receive(ByteBuffer into, long deadlineNs) throws IOException {
        into.clear();
        while (true) {
            prepare(into);
            header.putLong(CStructs.MSGHDR_CONTROL, NativeMemory.addressOf(control));
            header.putLong(CStructs.MSGHDR_CONTROLLEN, CONTROL_BYTES);
            int result = Syscalls.recvMmsg(fd, NativeMemory.addressOf(header), 1, CConstants.MSG_CMSG_CLOEXEC);
            if (result > 0) {
                break;
            }
            await(readable, result, deadlineNs, "hear from the other process");
        }
        int length = header.getInt(CStructs.MMSGHDR_LEN);
        int[] descriptors = receivedDescriptors();
        if ((header.getInt(CStructs.MSGHDR_FLAGS) & (CConstants.MSG_TRUNC | CConstants.MSG_CTRUNC)) != 0) {
            Arrays.stream(descriptors).forEach(Syscalls::close);
            throw new IOException("the other process sent a message that is too long, or more descriptors than this process may open");
        }
        if (length == 0) {
            throw new EOFException("the other process has closed the connection");
        }
        into.limit(length);
        return descriptors;
    }

    private void prepare(ByteBuffer message) {
        vector.set(0, NativeMemory.addressOf(message) + message.position(), message.remaining());
        header.putLong(CStructs.MSGHDR_NAME, 0).putInt(CStructs.MSGHDR_NAMELEN, 0);
        header.putLong(CStructs.MSGHDR_IOV, vector.address(0)).putLong(CStructs.MSGHDR_IOVLEN, 1);
        header.putLong(CStructs.MSGHDR_CONTROL, 0).putLong(CStructs.MSGHDR_CONTROLLEN, 0).putInt(CStructs.MSGHDR_FLAGS, 0);
    }

    private int[] receivedDescriptors() {
        int[] found = {};
        int end = (int) Math.min(CONTROL_BYTES, header.getLong(CStructs.MSGHDR_CONTROLLEN));
        for (int at = 0; at + CStructs.CMSGHDR <= end;) {
            int length = (int) control.getLong(at + CStructs.CMSGHDR_LEN);
            if (length < CStructs.CMSGHDR || length > end - at) {
                break;
            }
            boolean isRights = control.getInt(at + CStructs.CMSGHDR_LEVEL) == CConstants.SOL_SOCKET
                    && control.getInt(at + CStructs.CMSGHDR_TYPE) == CConstants.SCM_RIGHTS;
            int count = isRights ? (length - CStructs.CMSGHDR) / Integer.BYTES : 0;
            int before = found.length;
            found = Arrays.copyOf(found, before + count);
            for (int i = 0; i < count; i++) {
                found[before + i] = control.getInt(at + CStructs.CMSGHDR + i * Integer.BYTES);
            }
            at += length + Long.BYTES - 1 & -Long.BYTES;
        }
        return found;
    }

    private void await(Poller poller, int result, long deadlineNs, String what) throws IOException {
        Errno errno = Errno.of(result);
        if (errno != Errno.EAGAIN && errno != Errno.EINTR) {
            throw new EOFException("cannot " + what + ": it has ended, or closed the connection (" + Errno.describe(result) + ")");
        }
        long leftNs = deadlineNs - System.nanoTime();
        if (isWoken || leftNs <= 0) {
            throw new IOException("cannot " + what + ": " + (isWoken ? "given up here" : "no answer in time"));
        }
        poller.poll((int) Math.min(Integer.MAX_VALUE, leftNs / NS_PER_MS + 1));
    }

    /**
     * Whether the other end is there and says nothing. Does not wait.
     *
     * @return false if there is something to receive, the other end is closed, or {@link #wakeUp} was called
     */
    public boolean isQuiet() {
        return !isWoken && readable.poll(0) == 0;
    }

    /** Makes running and later calls give up. From any thread. */
    public synchronized void wakeUp() {
        isWoken = true;
        if (!isClosed) { // the number may be another file's by now
            wakeup.signal();
        }
    }

    /** Closes the socket; does nothing the second time. */
    @Override
    public synchronized void close() {
        if (!isClosed) {
            isClosed = true;
            Syscalls.close(fd);
            wakeup.close();
        }
    }
}

package io.github.gwlb4j.gwlb.transport;

import io.github.gwlb4j.linux.CConstants;
import io.github.gwlb4j.linux.Errno;
import io.github.gwlb4j.linux.EventFd;
import io.github.gwlb4j.linux.Syscalls;
import io.github.gwlb4j.linux.UdpSocket;
import io.github.gwlb4j.tun.LinuxException;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fast transport: Linux system calls for many datagrams at once, straight into and out of the batch's buffer. IPv4 only,
 * as the outer header of a Gateway Load Balancer is.
 *
 * <p>One socket for each worker, for a wildcard too: the kernel tells which local address a datagram came to, and its TOS
 * byte. A batch's origins are local IPv4 addresses, so they stay valid for ever. Replies are sent as {@link ReturnPathMode}
 * says. Needs no privilege; CAP_NET_RAW and CAP_NET_ADMIN are used if granted.
 *
 * <p>Sockets belong to the network namespace of the thread that opens them: {@link #open}'s for those that receive, the
 * worker's for those that replies leave from. So start the workers from the thread that opens the transport.
 */
public final class LinuxTransport implements DatagramTransport {
    private static final Logger LOG = LoggerFactory.getLogger(LinuxTransport.class);

    private static final int NS_PER_US = 1000;

    private final InetSocketAddress listen;
    private final int receiveBufferBytes;
    private final int maxReturnSockets;
    private final long returnSocketIdleNs;
    private final ReturnPathMode returnPath;
    private final int reservedFiles;
    private final UdpOffload offload;
    private final WorkerSteering steering;
    private final List<LinuxPort> ports = new ArrayList<>();
    private int grantedReceiveBufferBytes;
    private int affordableReturnSockets;
    private boolean hasRaw;
    private boolean hasToldRefusal;
    private volatile long drops;
    /** Sockets of a process before this one, that the next ports take; empty if ports open their own. */
    private int[] adopted = {};
    private boolean hasSuccessor;
    private int busyPollUs;
    private int busyPollRefusal;

    /**
     * Describes a transport with {@link UdpOffload#AUTO} and {@link Steering#AUTO}; nothing is opened yet.
     *
     * @param listen             local IPv4 address and UDP port; a wildcard stands for every local IPv4 address
     * @param receiveBufferBytes receive buffer to ask the system for, for each worker
     * @param maxReturnSockets   most sockets that each worker keeps for replies, 1 or more; fewer if the limit of open files
     *                           does not allow as many
     * @param returnSocketIdleNs a reply socket is closed when unused for this long, in nanoseconds
     * @param returnPath         how replies are sent
     */
    public LinuxTransport(InetSocketAddress listen, int receiveBufferBytes, int maxReturnSockets, long returnSocketIdleNs,
                          ReturnPathMode returnPath) {
        this(listen, receiveBufferBytes, maxReturnSockets, returnSocketIdleNs, returnPath, UdpOffload.AUTO, Steering.AUTO, 0);
    }

    /**
     * Describes a transport; nothing is opened yet.
     *
     * @param listen             local IPv4 address and UDP port; a wildcard stands for every local IPv4 address
     * @param receiveBufferBytes receive buffer to ask the system for, for each worker
     * @param maxReturnSockets   most sockets that each worker keeps for replies, 1 or more; fewer if the limit of open files
     *                           does not allow as many
     * @param returnSocketIdleNs a reply socket is closed when unused for this long, in nanoseconds
     * @param returnPath         how replies are sent
     * @param offload            whether several datagrams of a flow may pass through the kernel as one
     * @param steering           by what the kernel chooses a datagram's worker
     * @param reservedFiles      descriptors that others will need, such as TUN queues: reply sockets leave so many free
     */
    public LinuxTransport(InetSocketAddress listen, int receiveBufferBytes, int maxReturnSockets, long returnSocketIdleNs,
                          ReturnPathMode returnPath, UdpOffload offload, Steering steering, int reservedFiles) {
        this.reservedFiles = reservedFiles;
        this.listen = listen;
        this.receiveBufferBytes = receiveBufferBytes;
        this.maxReturnSockets = maxReturnSockets;
        this.returnSocketIdleNs = returnSocketIdleNs;
        this.returnPath = returnPath;
        this.offload = offload;
        this.steering = new WorkerSteering(steering);
    }

    /**
     * Why this transport cannot be used on this machine; then {@link NioTransport} can.
     *
     * @return a sentence for humans, or null if it can be used
     */
    public static String unavailableCause() {
        return Syscalls.unavailableCause();
    }

    /**
     * Has the ports use sockets that another process has opened with the same listen address and passed on (unix(7), SCM_RIGHTS), with all that
     * waits in them, instead of opening their own.
     *
     * @param descriptors one for each worker, in their order; they belong to this transport from now on
     * @throws IllegalStateException if a port is open
     */
    public synchronized void adopt(int[] descriptors) {
        if (!ports.isEmpty()) {
            throw new IllegalStateException("the ports are open: sockets can be adopted before only");
        }
        adopted = descriptors.clone();
    }

    /** Lets another process of this user bind the ports that replies leave from while this one still has them. To be called before {@link #open}. */
    public synchronized void allowSuccessor() {
        hasSuccessor = true;
    }

    /**
     * Has each read look once into the network card's receive queue where the socket's is empty (SO_BUSY_POLL, socket(7)), for callers who read again and
     * again without waiting. It is the queue that the socket's first packet came by: with several queues, what comes by others is brought by their
     * interrupts as ever. To be called before {@link #open}. If the system refuses, {@link #describe} logs it, and all else works.
     *
     * @param time 0, the default, for what the system does by itself (net.core.busy_read); else any time, rounded up to microseconds
     */
    public synchronized void busyPoll(Duration time) {
        busyPollUs = (int) Math.min(Integer.MAX_VALUE, (time.toNanos() + NS_PER_US - 1) / NS_PER_US);
    }

    /**
     * The sockets that receive, to be passed on to another process; they stay open here.
     *
     * @return one for each port, in the order of {@link #open}
     */
    public synchronized int[] descriptors() {
        return ports.stream().mapToInt(port -> port.descriptors()[0]).toArray();
    }

    @Override
    public synchronized DatagramPort open(int workerIndex, int workerCount) throws IOException {
        LocalAddresses.requireUsable(listen);
        InetAddress local = listen.getAddress();
        if (!(local instanceof Inet4Address) && !local.isAnyLocalAddress()) {
            throw new SocketException("cannot listen on " + local.getHostAddress() + ": the Linux transport speaks IPv4 only, as a "
                    + "Gateway Load Balancer does on the outside; give an IPv4 address, or use NioTransport");
        }
        if (ports.isEmpty()) {
            affordableReturnSockets = OpenFiles.affordable(maxReturnSockets, workerCount, OpenFiles.left() - reservedFiles);
        }
        LinuxPort port = openPort(workerCount);
        ports.add(port);
        return port;
    }

    private LinuxPort openPort(int workerCount) throws LinuxException {
        boolean isShared = workerCount > 1;
        UdpSocket socket = null;
        UdpSocket raw = null;
        EventFd wakeup = null;
        try {
            boolean isAdopted = adopted.length > 0;
            if (isShared && ports.isEmpty() && !isAdopted) {
                requireFree();
            }
            socket = isAdopted ? adoptListener() : openListener(isShared);
            if (isShared && ports.isEmpty()) { // it is the group's, so once
                if (isAdopted) {
                    steering.keep();
                } else {
                    steering.attach(socket, workerCount);
                }
            }
            setBusyPoll(socket, isAdopted);
            raw = openRaw();
            wakeup = EventFd.open();
            if (wakeup == null) {
                throw new LinuxException("open an eventfd", Errno.EMFILE.number(), "Raise the limit of open files (ulimit -n, systemd LimitNOFILE=)");
            }
            ReturnSockets<ReplyQueue> sockets = returnPath == ReturnPathMode.RAW_SOCKET ? null
                    : new ReturnSockets<>(affordableReturnSockets, returnSocketIdleNs);
            LinuxReturnPath path = new LinuxReturnPath(socket, listen, isShared || hasSuccessor, raw, sockets, offload, UdpSocket::send);
            return new LinuxPort(socket, boundAddress(), offload, path, wakeup);
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            NioTransport.closeQuietly(socket);
            NioTransport.closeQuietly(raw);
            NioTransport.closeQuietly(wakeup);
            throw e;
        }
    }

    /** A socket of another process may have what that one wanted. */
    private void setBusyPoll(UdpSocket socket, boolean isAdopted) throws LinuxException {
        int wantedUs = busyPollUs == 0 && isAdopted ? usualBusyPollUs() : busyPollUs;
        if (wantedUs > 0 || isAdopted) {
            int result = socket.set(CConstants.SOL_SOCKET, CConstants.SO_BUSY_POLL, wantedUs);
            if (busyPollUs > 0 && result < 0) {
                busyPollRefusal = result;
            }
        }
    }

    /** What the system gives to each socket: net.core.busy_read. */
    private static int usualBusyPollUs() throws LinuxException {
        try (UdpSocket fresh = UdpSocket.open()) {
            return Math.max(0, fresh.get(CConstants.SOL_SOCKET, CConstants.SO_BUSY_POLL));
        }
    }

    private int boundAddress() {
        return listen.getAddress().isAnyLocalAddress() ? 0 : ByteBuffer.wrap(listen.getAddress().getAddress()).getInt();
    }

    /** Bound and with its options as the other process has set them; only the sizes of its buffers are this one's. */
    private UdpSocket adoptListener() throws LinuxException {
        UdpSocket socket = UdpSocket.adopt(adopted[0]);
        adopted = Arrays.copyOfRange(adopted, 1, adopted.length);
        int port = socket.localPort();
        if (port != listen.getPort()) {
            socket.close();
            throw new LinuxException("cannot take over a socket of UDP port " + port + ": this process listens on port " + listen.getPort());
        }
        grantedReceiveBufferBytes = socket.setReceiveBuffer(receiveBufferBytes);
        socket.setSendBuffer(receiveBufferBytes);
        return socket;
    }

    /** The workers share the port (SO_REUSEPORT), and so would another appliance of this user: each would get some of the flows, unnoticed. */
    private void requireFree() throws LinuxException {
        openListener(false).close();
    }

    private UdpSocket openListener(boolean isShared) throws LinuxException {
        UdpSocket socket = UdpSocket.open();
        try {
            grantedReceiveBufferBytes = socket.setReceiveBuffer(receiveBufferBytes);
            socket.setSendBuffer(receiveBufferBytes);
            require(socket, CConstants.IP_RECVTOS, 1, "ask for the TOS byte of datagrams (IP_RECVTOS)");
            require(socket, CConstants.IP_MTU_DISCOVER, CConstants.IP_PMTUDISC_DONT, "allow fragments (IP_MTU_DISCOVER)");
            if (listen.getAddress().isAnyLocalAddress()) {
                require(socket, CConstants.IP_PKTINFO, 1, "ask for the local address of datagrams (IP_PKTINFO)");
            }
            if (isShared) {
                int result = socket.set(CConstants.SOL_SOCKET, CConstants.SO_REUSEPORT, 1);
                if (result < 0) {
                    throw new LinuxException("share a UDP port between workers (SO_REUSEPORT)", result, "Set workers to 1");
                }
            }
            socket.bind(listen);
            return socket;
        } catch (LinuxException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private static void require(UdpSocket socket, int option, int value, String what) throws LinuxException {
        int result = socket.set(CConstants.IPPROTO_IP, option, value);
        if (result < 0) {
            throw new LinuxException(what, result, "Use NioTransport on this kernel");
        }
    }

    /** Null if no raw socket is wanted, or it is not granted and can be done without. */
    private UdpSocket openRaw() throws LinuxException {
        if (returnPath == ReturnPathMode.BOUND_SOCKETS) {
            return null;
        }
        try {
            UdpSocket raw = UdpSocket.openRaw();
            raw.setSendBuffer(receiveBufferBytes); // it carries what many sockets would
            hasRaw = true;
            return raw;
        } catch (LinuxException e) {
            if (returnPath == ReturnPathMode.RAW_SOCKET) {
                throw e;
            }
            hasRaw = false;
            LOG.debug("{}", e.getMessage());
            return null;
        }
    }

    /** Looks for datagrams that the sockets could not take, and tells once if the kernel does not segment. */
    @Override
    public synchronized void maintain() {
        if (ports.isEmpty()) {
            return; // closed: what was seen last stays
        }
        if (!hasToldRefusal && ports.stream().anyMatch(LinuxPort::isSegmentingRefused)) {
            hasToldRefusal = true;
            LOG.info("the kernel cannot segment replies on their route (UDP_SEGMENT: EIO), so they are sent one by one, at a higher CPU "
                    + "cost. Usual causes: a network card without transmit checksum offload ('ethtool -k'), or IPsec on the route");
        }
        long sum = 0;
        for (LinuxPort port : ports) {
            long ofPort = port.drops();
            if (ofPort < 0) {
                drops = -1;
                return;
            }
            sum += ofPort;
        }
        drops = sum;
    }

    @Override
    public long receiveBufferDrops() {
        return drops;
    }

    @Override
    public synchronized String describe() {
        if (grantedReceiveBufferBytes < receiveBufferBytes) {
            LOG.warn("receive buffer is {} KiB, not {} KiB as asked: bursts may be lost. 'sysctl -w net.core.rmem_max={}' or the capability "
                    + "CAP_NET_ADMIN allows it", grantedReceiveBufferBytes >> 10, receiveBufferBytes >> 10, receiveBufferBytes);
        }
        if (busyPollRefusal < 0) {
            Errno error = Errno.of(busyPollRefusal);
            LOG.warn("the sockets do not look into the network card's queue themselves (SO_BUSY_POLL: {}); the workers poll the sockets all the same.{}", error,
                    error == Errno.EPERM ? " On this kernel that needs CAP_NET_ADMIN" : "");
        }
        if (returnPath != ReturnPathMode.RAW_SOCKET) {
            OpenFiles.warnIfFewer(affordableReturnSockets, maxReturnSockets);
        }
        return "Linux transport on UDP " + listen.getAddress().getHostAddress() + " port " + listen.getPort() + ", receive buffer "
                + (grantedReceiveBufferBytes >> 10) + " KiB, " + describeReturnPath() + steering.describe() + (Syscalls.isDirect() ? "" : ", system calls by JNA");
    }

    private String describeReturnPath() {
        String ports = "up to " + affordableReturnSockets + " reply ports";
        String path = switch (returnPath) {
            case RAW_SOCKET -> "replies by raw socket";
            case BOUND_SOCKETS -> ports + ", no raw socket by setting";
            case AUTO -> hasRaw ? "replies by raw socket, runs from " + ports : ports + ", no raw socket for other ports (needs CAP_NET_RAW)";
        };
        return offload == UdpOffload.AUTO ? path : path + ", no UDP offload by setting";
    }

    /** Closes all ports; safe to call again, and while a worker still uses its port. */
    @Override
    public synchronized void close() {
        ports.forEach(LinuxPort::close);
        ports.clear();
        Arrays.stream(adopted).forEach(Syscalls::close);
        adopted = new int[0];
    }
}

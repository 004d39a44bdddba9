package io.github.gwlb4j.linux;

import java.lang.ref.Reference;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

import io.github.gwlb4j.tun.LinuxException;

/**
 * A non-blocking IPv4 datagram socket: UDP, or raw with the sender's own UDP header. IPv4 only, as a Gateway Load Balancer
 * speaks nothing else on the outside. Owned by one thread, which also closes it; building throws, using returns −errno.
 */
public final class UdpSocket implements AutoCloseable {

    /** Nine numbers of 32 bits. */
    private static final int MEMINFO_BYTES = (CConstants.SK_MEMINFO_DROPS + 1) * Integer.BYTES;

    /** 224.0.0.0, which is guaranteed not to be assigned to any group (RFC 1112, section 4): nothing is sent to it. */
    private static final int NO_DESTINATION = 0xe000_0000;

    private final int fd;
    private boolean closed;

    private UdpSocket(int fd) {
        this.fd = fd;
    }

    /**
     * Opens a UDP socket in the calling thread's network namespace.
     *
     * @return the socket, not bound
     * @throws LinuxException if the kernel refuses
     */
    public static UdpSocket open() throws LinuxException {
        return open("open a UDP socket", CConstants.SOCK_DGRAM, CConstants.IPPROTO_UDP);
    }

    /**
     * Opens a raw socket for sending datagrams that start with their UDP header, from any port (raw(7), IPPROTO_UDP). The kernel writes
     * the IPv4 header, with DF clear, and fragments what is too long for the interface; it does not look at the UDP header. Each
     * message must say its {@linkplain SendVector#from source address}, which need not be of this machine. It receives nothing, and
     * ignores segmentation without an error.
     *
     * <p>Packets with an IPv4 header of one's own (IPPROTO_RAW) would not do as well: for each of them whose receiver is on the link
     * the kernel makes a new route entry, and frees it again, instead of taking the one it has (FLOWI_FLAG_KNOWN_NH in the kernel's
     * __mkroute_output).
     *
     * @return the socket
     * @throws LinuxException if the kernel refuses
     */
    public static UdpSocket openRaw() throws LinuxException {
        UdpSocket socket = open("open a raw socket", CConstants.SOCK_RAW, CConstants.IPPROTO_UDP);
        try {
            check("attach a filter to a raw socket", socket.attach(CConstants.SO_ATTACH_FILTER, SocketFilter.dropAll()));
            // Or the kernel would hand it a copy of every UDP packet that arrives. To connect it would do as well, but then the
            // network card's queue was chosen by the socket, not by the packet.
            check("bind a raw socket to a multicast address", socket.bind(NO_DESTINATION, 0));
            check("send from any address (IP_TRANSPARENT)", socket.set(CConstants.IPPROTO_IP, CConstants.IP_TRANSPARENT, 1));
            check("allow fragments (IP_MTU_DISCOVER)", socket.set(CConstants.IPPROTO_IP, CConstants.IP_MTU_DISCOVER, CConstants.IP_PMTUDISC_DONT));
            return socket;
        } catch (LinuxException e) {
            socket.close();
            throw e;
        }
    }

    private static void check(String what, int result) throws LinuxException {
        if (result < 0) {
            throw new LinuxException(what, result, "");
        }
    }

    /**
     * Takes over a socket that another process has opened and passed on (unix(7), SCM_RIGHTS), as it is.
     *
     * @param fd descriptor of a non-blocking IPv4 UDP socket, owned by the result from now on
     * @return the socket, bound as it was
     */
    public static UdpSocket adopt(int fd) {
        return new UdpSocket(fd);
    }

    private static UdpSocket open(String what, int type, int protocol) throws LinuxException {
        if (Syscalls.unavailableCause() != null) {
            throw new LinuxException("cannot " + what + ": " + Syscalls.unavailableCause());
        }
        int fd = Syscalls.socket(CConstants.AF_INET, type | CConstants.SOCK_NONBLOCK, protocol);
        if (fd < 0) {
            throw new LinuxException(what, fd, switch (Errno.of(fd)) {
                case EPERM, EACCES -> "It needs the capability CAP_NET_RAW: run as root or give the process that capability";
                case EMFILE -> "This process has too many open files: raise its limit (ulimit -n, systemd LimitNOFILE=)";
                default -> "";
            });
        }
        return new UdpSocket(fd);
    }

    /**
     * The descriptor, for {@link Poller}.
     *
     * @return its number
     */
    public int fd() {
        return fd;
    }

    /**
     * Binds to a local address and port.
     *
     * @param local an IPv4 address, or the wildcard; port 0 for any
     * @throws LinuxException           if it is in use, not of this machine, or not allowed
     * @throws IllegalArgumentException if the address is not IPv4
     */
    public void bind(InetSocketAddress local) throws LinuxException {
        if (!(local.getAddress() instanceof Inet4Address) && !local.getAddress().isAnyLocalAddress()) {
            throw new IllegalArgumentException("needs an IPv4 address, got " + local);
        }
        byte[] bytes = local.getAddress().getAddress();
        int result = bind(bytes.length == 4 ? ByteBuffer.wrap(bytes).getInt() : 0, local.getPort());
        if (result < 0) {
            throw new LinuxException("bind to UDP " + local.getAddress().getHostAddress() + ":" + local.getPort(), result,
                    switch (Errno.of(result)) {
                        case EADDRINUSE -> "Another program has this port: see ss -ulpn 'sport = " + local.getPort()
                                + "'; if it names none, the kernel has a geneve interface: see ip -d link show type geneve";
                        case EADDRNOTAVAIL -> "This machine does not have this address: see ip addr";
                        case EACCES, EPERM -> "Ports below net.ipv4.ip_unprivileged_port_start need CAP_NET_BIND_SERVICE";
                        default -> "";
                    });
        }
    }

    private int bind(int host, int port) {
        ByteBuffer address = NativeMemory.allocate(CStructs.SOCKADDR_IN);
        SocketAddresses.put(address, 0, host, port);
        int result = Syscalls.bind(fd, NativeMemory.addressOf(address), CStructs.SOCKADDR_IN);
        Reference.reachabilityFence(address);
        return result;
    }

    /**
     * The local port.
     *
     * @return 1 to 65535, 0 if not bound, or −errno
     */
    public int localPort() {
        ByteBuffer address = NativeMemory.allocate(CStructs.SOCKADDR_IN + Integer.BYTES).putInt(CStructs.SOCKADDR_IN, CStructs.SOCKADDR_IN);
        long start = NativeMemory.addressOf(address);
        int result = Syscalls.getSockName(fd, start, start + CStructs.SOCKADDR_IN);
        return result < 0 ? result : SocketAddresses.port(address, 0);
    }

    /**
     * Sets an option whose value is an int.
     *
     * @param level  {@link CConstants#SOL_SOCKET}, {@link CConstants#IPPROTO_IP} or {@link CConstants#IPPROTO_UDP}
     * @param option such as {@link CConstants#SO_REUSEPORT} or {@link CConstants#UDP_GRO}
     * @param value  its value
     * @return 0, or −errno, typically −ENOPROTOOPT if this kernel does not know the option
     */
    public int set(int level, int option, int value) {
        ByteBuffer memory = NativeMemory.allocate(Integer.BYTES).putInt(0, value);
        int result = Syscalls.setSockOpt(fd, level, option, NativeMemory.addressOf(memory), Integer.BYTES);
        Reference.reachabilityFence(memory);
        return result;
    }

    /**
     * Reads an option whose value is an int that is never negative.
     *
     * @param level  as for {@link #set(int, int, int)}
     * @param option as for {@link #set(int, int, int)}
     * @return its value or −errno
     */
    public int get(int level, int option) {
        ByteBuffer memory = NativeMemory.allocate(2 * Integer.BYTES).putInt(Integer.BYTES, Integer.BYTES);
        long address = NativeMemory.addressOf(memory);
        int result = Syscalls.getSockOpt(fd, level, option, address, address + Integer.BYTES);
        return result < 0 ? result : memory.getInt(0);
    }

    /**
     * Asks for a receive buffer, beyond net.core.rmem_max if the process may (CAP_NET_ADMIN).
     *
     * @param bytes wanted size
     * @return the size granted in bytes, half of what SO_RCVBUF tells (socket(7)), or −errno
     */
    public int setReceiveBuffer(int bytes) {
        return setBuffer(CConstants.SO_RCVBUFFORCE, CConstants.SO_RCVBUF, bytes);
    }

    /**
     * Asks for a send buffer, beyond net.core.wmem_max if the process may (CAP_NET_ADMIN).
     *
     * @param bytes wanted size
     * @return the size granted in bytes, half of what SO_SNDBUF tells (socket(7)), or −errno
     */
    public int setSendBuffer(int bytes) {
        return setBuffer(CConstants.SO_SNDBUFFORCE, CConstants.SO_SNDBUF, bytes);
    }

    private int setBuffer(int force, int option, int bytes) {
        if (set(CConstants.SOL_SOCKET, force, bytes) < 0) {
            int result = set(CConstants.SOL_SOCKET, option, bytes);
            if (result < 0) {
                return result;
            }
        }
        int granted = get(CConstants.SOL_SOCKET, option);
        return granted < 0 ? granted : granted / 2;
    }

    /**
     * Datagrams this socket could not take since it was opened (SO_MEMINFO, Linux 4.12): for want of buffer, mostly.
     *
     * @return 32-bit counter, which wraps, as a value of 0 to 2^32-1; or −errno
     */
    public long drops() {
        ByteBuffer memory = NativeMemory.allocate(MEMINFO_BYTES + Integer.BYTES).putInt(MEMINFO_BYTES, MEMINFO_BYTES);
        long address = NativeMemory.addressOf(memory);
        int result = Syscalls.getSockOpt(fd, CConstants.SOL_SOCKET, CConstants.SO_MEMINFO, address, address + MEMINFO_BYTES);
        return result < 0 ? result : Integer.toUnsignedLong(memory.getInt(CConstants.SK_MEMINFO_DROPS * Integer.BYTES));
    }

    /**
     * Attaches a classic BPF program.
     *
     * @param option  {@link CConstants#SO_ATTACH_FILTER} or {@link CConstants#SO_ATTACH_REUSEPORT_CBPF}
     * @param program the program
     * @return 0 or −errno
     */
    public int attach(int option, SocketFilter program) {
        return program.attach(fd, option);
    }

    /**
     * Receives what is there, replacing what the vector held.
     *
     * @param vector where messages go
     * @return messages received, 0 if none was waiting, or −errno; −ECONNREFUSED and the like tell of an earlier send
     */
    public int receive(ReceiveVector vector) {
        return vector.receive(fd);
    }

    /**
     * Sends messages in order, and stops at the first the kernel does not take.
     *
     * @param vector messages
     * @param from   first message
     * @param to     behind the last message
     * @return messages sent, which may be fewer than given, or −errno if the first failed: −EAGAIN if the send buffer is
     *         full, −EIO if its route cannot segment
     */
    public int send(SendVector vector, int from, int to) {
        return vector.send(fd, from, to);
    }

    /** Closes the socket; does nothing the second time. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Syscalls.close(fd);
        }
    }
}

package io.github.gwlb4j.gwlb.transport;

import io.github.gwlb4j.gwlb.transport.ReturnSockets.ReturnSocket;
import io.github.gwlb4j.gwlb.transport.ReturnSockets.Table;
import io.github.gwlb4j.linux.CConstants;
import io.github.gwlb4j.linux.Errno;
import io.github.gwlb4j.linux.SendVector;
import io.github.gwlb4j.linux.SocketFilter;
import io.github.gwlb4j.linux.UdpSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/**
 * One worker's way back to the load balancer: gives each reply to a socket, then sends what each socket has with as few
 * sendmmsg(2) calls as there are sockets.
 *
 * <p>Belongs to one worker's thread. A flow's replies all leave from one socket in the order of the batch; across flows the
 * order changes. Payload is never copied. Nothing is allocated but when a socket is opened.
 */
final class LinuxReturnPath {
    /** Replies of one system call. */
    private static final int MESSAGES = 64;
    /** A table takes 256 KiB, and with AnyIP routes (ip route add local) strangers choose the address. */
    private static final int MAX_LOCAL_ADDRESSES = 64;
    private static final int WOULD_BLOCK = Errno.EAGAIN.result();
    private static final int NO_BUFFER = Errno.ENOBUFS.result();
    private static final SocketFilter DROP_ALL = SocketFilter.dropAll();

    private final ReplyQueue listener;
    private final int listenPort;
    private final boolean isWildcard;
    private final boolean isShared;
    private final ReplyQueue raw;
    private final RawReplyHeaders rawHeaders;
    /** Null if all replies go through the raw socket. */
    private final ReturnSockets<ReplyQueue> sockets;
    private final int[] addresses = new int[MAX_LOCAL_ADDRESSES];
    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type cannot be made otherwise
    private final Table<ReplyQueue>[] tables = new Table[MAX_LOCAL_ADDRESSES];
    private int tableCount;

    private final SendVector vector = new SendVector(MESSAGES, 2 * MESSAGES);
    /** Which datagram of the batch each message of the vector is. */
    private final int[] datagramOf = new int[MESSAGES];
    private ReplyQueue[] waiting = {};
    private int waitingCount;
    private int[] successor = {};

    /**
     * Takes ownership of the raw socket, not of the listener.
     *
     * @param listener   the socket that receives
     * @param listen     its address; the port is the replies' destination port
     * @param isShared   whether several workers listen
     * @param rawSocket  null if there is none
     * @param sockets    null to send all replies through the raw socket
     */
    LinuxReturnPath(UdpSocket listener, InetSocketAddress listen, boolean isShared, UdpSocket rawSocket,
                    ReturnSockets<ReplyQueue> sockets) {
        this.listener = new ReplyQueue(listener);
        this.listenPort = listen.getPort();
        this.isWildcard = listen.getAddress().isAnyLocalAddress();
        this.isShared = isShared;
        this.raw = rawSocket == null ? null : new ReplyQueue(rawSocket);
        this.rawHeaders = rawSocket == null ? null : new RawReplyHeaders(MESSAGES);
        this.sockets = sockets;
    }

    int listenPort() {
        return listenPort;
    }

    void reply(DatagramBatch batch, long nowNs) {
        if (successor.length < batch.capacity()) {
            successor = new int[batch.capacity()];
            waiting = new ReplyQueue[batch.capacity()];
        }
        for (int i = 0; i < batch.size(); i++) {
            if (batch.isReply(i)) {
                ReplyQueue queue = choose(batch, i, nowNs);
                if (queue != null) {
                    enqueue(queue, i);
                }
            }
        }
        for (int q = 0; q < waitingCount; q++) {
            send(waiting[q], batch);
            waiting[q].first = ReplyQueue.NONE;
        }
        waitingCount = 0;
    }

    /** The socket that a datagram leaves from; null, and the result noted, if there is none. */
    private ReplyQueue choose(DatagramBatch batch, int i, long nowNs) {
        if (batch.peerHigh(i) != 0 || batch.peerLow(i) >>> Integer.SIZE != 0) {
            batch.setResult(i, SendResult.FAILED); // IPv6: not ours
            return null;
        }
        if (sockets == null) {
            return raw;
        }
        int port = batch.peerPort(i);
        if (port == listenPort) {
            return listener;
        }
        SendResult refusal = SendResult.PORT_UNAVAILABLE; // binding port 0 would mean any port
        if (port != 0) {
            Table<ReplyQueue> table = table(batch.origin(i));
            ReturnSocket<ReplyQueue> socket = table == null ? null : sockets.find(table, port, nowNs);
            if (socket != null && socket.socket() != null) {
                return socket.socket();
            }
            refusal = socket == null ? SendResult.PORT_LIMIT : SendResult.PORT_UNAVAILABLE;
        }
        if (raw == null) {
            batch.setResult(i, refusal);
        }
        return raw;
    }

    /** The sockets of a local address; null if there are too many addresses. */
    private Table<ReplyQueue> table(int address) {
        for (int i = 0; i < tableCount; i++) {
            if (addresses[i] == address) {
                return tables[i];
            }
        }
        if (tableCount == MAX_LOCAL_ADDRESSES) {
            return null;
        }
        addresses[tableCount] = address;
        tables[tableCount] = new Table<>(port -> bind(address, port));
        return tables[tableCount++];
    }

    /** A socket that sends from a port and lets nothing in; null if it cannot be had. */
    private ReplyQueue bind(int address, int port) {
        UdpSocket socket = null;
        try {
            socket = UdpSocket.open();
            // Before the bind: whatever strangers send to this port must not pile up.
            socket.attach(CConstants.SO_ATTACH_FILTER, DROP_ALL);
            socket.set(CConstants.SOL_SOCKET, CConstants.SO_RCVBUF, 1);
            socket.set(CConstants.IPPROTO_IP, CConstants.IP_MTU_DISCOVER, CConstants.IP_PMTUDISC_DONT);
            if (isShared) {
                // Two load balancer nodes may use one port, and the kernel may give them to two workers.
                socket.set(CConstants.SOL_SOCKET, CConstants.SO_REUSEPORT, 1);
            }
            socket.bind(new InetSocketAddress(InetAddress.getByAddress(ByteBuffer.allocate(Integer.BYTES).putInt(address).array()), port));
            return new ReplyQueue(socket);
        } catch (IOException e) {
            NioTransport.closeQuietly(socket);
            return null;
        }
    }

    private void enqueue(ReplyQueue queue, int i) {
        if (queue.first == ReplyQueue.NONE) {
            queue.first = i;
            waiting[waitingCount++] = queue;
        } else {
            successor[queue.last] = i;
        }
        queue.last = i;
        successor[i] = ReplyQueue.NONE;
    }

    private void send(ReplyQueue queue, DatagramBatch batch) {
        vector.clear();
        for (int i = queue.first; i != ReplyQueue.NONE; i = successor[i]) {
            if (vector.count() == MESSAGES) {
                flush(queue.socket, batch);
                vector.clear();
            }
            datagramOf[vector.count()] = i;
            if (queue == raw) {
                addRaw(batch, i);
            } else {
                add(queue, batch, i);
            }
        }
        flush(queue.socket, batch);
    }

    private void add(ReplyQueue queue, DatagramBatch batch, int i) {
        int message = vector.add(batch.address() + batch.offset(i), batch.length(i));
        vector.to(message, (int) batch.peerLow(i), listenPort);
        if (queue == listener && isWildcard) {
            vector.from(message, batch.origin(i));
        }
        if (batch.replyTrafficClass(i) > 0) {
            vector.trafficClass(message, batch.replyTrafficClass(i));
        }
    }

    private void addRaw(DatagramBatch batch, int i) {
        int message = vector.add(rawHeaders.write(vector.count(), batch, i, listenPort), RawReplyHeaders.BYTES);
        vector.append(batch.address() + batch.offset(i), batch.length(i));
        vector.to(message, (int) batch.peerLow(i), 0);
        // Routes like a socket bound to that address ("ip rule from").
        vector.from(message, batch.origin(i));
    }

    private void flush(UdpSocket socket, DatagramBatch batch) {
        int count = vector.count();
        int next = 0;
        while (next < count) {
            int sent = socket.send(vector, next, count);
            if (sent > 0) {
                next = note(batch, SendResult.SENT, next, next + sent);
            } else if (sent == WOULD_BLOCK || sent == NO_BUFFER) {
                next = note(batch, SendResult.WOULD_BLOCK, next, count);
            } else {
                next = note(batch, SendResult.FAILED, next, next + 1);
            }
        }
    }

    private int note(DatagramBatch batch, SendResult result, int from, int to) {
        for (int message = from; message < to; message++) {
            batch.setResult(datagramOf[message], result);
        }
        return to;
    }

    void expire(long nowNs) {
        if (sockets != null) {
            sockets.expire(nowNs);
        }
    }

    /** Sockets open for replies alone; from any thread. */
    int open() {
        return sockets == null ? 0 : sockets.open();
    }

    void close() {
        if (sockets != null) {
            sockets.close();
        }
        if (raw != null) {
            raw.close();
        }
    }
}

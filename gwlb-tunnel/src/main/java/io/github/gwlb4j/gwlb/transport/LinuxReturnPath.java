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
 * One worker's way back to the load balancer. What costs is a packet's way through the kernel, so there should be few; there are
 * two ways to send a batch:
 *
 * <ul>
 * <li>A socket bound to the flow's port, which sends a run of the flow's datagrams as one message that the kernel or the network
 * card cuts at the end (UDP_SEGMENT). One system call for each socket.
 * <li>The raw socket, which sends from any port, so that one system call takes single datagrams of many flows. It cannot cut, and
 * the UDP checksum is computed here.
 * </ul>
 *
 * <p>{@link ReturnPathMode#AUTO} takes the first for flows that have a run in the batch, and for long datagrams of a few flows; the
 * second for all others, which so need no socket. A flow's datagrams of one batch all go one way, in their order. Nor do those of the next batch
 * overtake if they go the other way: sends do not block or wait, each is in the queue of the network card when the call returns, and
 * that queue is chosen, and ordered inside, by the packet's addresses and ports, not by the socket (pfifo_fast, fq_codel, and fq for
 * sockets that are not connected). Across flows the order changes.
 *
 * <p>Belongs to one worker's thread, but for {@link #open} and {@link #isSegmentingRefused}. Payload is never copied. Nothing is
 * allocated but when a socket is opened.
 */
final class LinuxReturnPath {
    /** Replies of one system call. */
    private static final int MESSAGES = 128;
    /** A table takes 256 KiB, and with AnyIP routes (ip route add local) strangers choose the address. */
    private static final int MAX_LOCAL_ADDRESSES = 64;
    /** Pieces of memory of one system call; a run has at most {@link ReplyRuns#MAX_SEGMENTS}. */
    private static final int PIECES = 1024;
    /** A bound socket may have a few dozen long runs on their way through the network card, more than the usual default takes. */
    private static final int SEND_BUFFER_BYTES = 2 << 20;
    /** Fewest datagrams that are cheaper as one message from a bound socket than one by one through the raw socket. */
    private static final int WORTHWHILE_RUN = 2;
    /** UDP payload from which on a system call costs less than two checksums: ours, and one that the kernel takes of what a raw socket sends, to throw it away. */
    static final int LONG_DATAGRAM = 6_000;
    /** That holds while the sockets are in the caches: with 500 flows half of it is left, with 3,000 it costs more. */
    static final int MOST_SOCKETS_FOR_LONG = 256;
    private static final int NO_OFFLOAD = Errno.EIO.result();
    private static final int TOO_LONG = Errno.EMSGSIZE.result();
    /** What older kernels say to segments that are too long. */
    private static final int INVALID = Errno.EINVAL.result();
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

    private final Sender sender;
    private final ReplyRuns runs = new ReplyRuns();
    private final SendVector vector = new SendVector(MESSAGES, PIECES);
    /** The first datagram of each message of the vector, and whether the rest of its run is in it. */
    private final int[] datagramOf = new int[MESSAGES];
    private final boolean[] isRun = new boolean[MESSAGES];
    /** For what has to be sent again in another way, while the vector waits. */
    private final SendVector again = new SendVector(1, 1);
    /** Datagrams above this were found too long to leave in one piece: the kernel fragments them, and cuts no run of them. Forgotten now and then. */
    private int longestWhole = ReplyRuns.MAX_BYTES;
    private boolean isSegmenting;
    private volatile boolean isSegmentingRefused;
    private ReplyQueue[] waiting = {};
    private int waitingCount;
    /** The flow behind a flow in the queue of its socket. */
    private int[] nextFlow = {};

    /** How messages are given to the kernel: {@link UdpSocket#send}. */
    interface Sender {
        int send(UdpSocket socket, SendVector vector, int from, int to);
    }

    /**
     * Takes ownership of the raw socket, not of the listener.
     *
     * @param listener   the socket that receives
     * @param listen     its address; the port is the replies' destination port
     * @param isShared   whether several workers listen
     * @param rawSocket  {@link UdpSocket#openRaw}; null if there is none
     * @param sockets    null to send all replies through the raw socket
     * @param offload    whether runs may go out as one message
     * @param sender     gives messages to the kernel
     */
    LinuxReturnPath(UdpSocket listener, InetSocketAddress listen, boolean isShared, UdpSocket rawSocket,
                    ReturnSockets<ReplyQueue> sockets, UdpOffload offload, Sender sender) {
        this.listener = new ReplyQueue(listener);
        this.listenPort = listen.getPort();
        this.isWildcard = listen.getAddress().isAnyLocalAddress();
        this.isShared = isShared;
        this.raw = rawSocket == null ? null : new ReplyQueue(rawSocket);
        this.rawHeaders = rawSocket == null ? null : new RawReplyHeaders(MESSAGES);
        this.sockets = sockets;
        this.sender = sender;
        this.isSegmenting = offload == UdpOffload.AUTO;
    }

    int listenPort() {
        return listenPort;
    }

    void reply(DatagramBatch batch, long nowNs) {
        if (nextFlow.length < batch.capacity()) {
            nextFlow = new int[batch.capacity()];
            waiting = new ReplyQueue[batch.capacity()];
        }
        sort(batch);
        for (int n = 0; n < runs.flowCount(); n++) {
            int flow = runs.flow(n);
            ReplyQueue queue = choose(batch, flow, nowNs);
            if (queue != null) {
                enqueue(queue, flow);
            }
        }
        for (int q = 0; q < waitingCount; q++) {
            send(waiting[q], batch);
            waiting[q].first = ReplyQueue.NONE;
        }
        waitingCount = 0;
    }

    private void sort(DatagramBatch batch) {
        runs.begin(batch);
        for (int i = 0; i < batch.size(); i++) {
            if (batch.isReply(i)) {
                if (batch.peerHigh(i) != 0 || batch.peerLow(i) >>> Integer.SIZE != 0) {
                    batch.setResult(i, SendResult.FAILED); // IPv6: not ours
                } else {
                    runs.add(i);
                }
            }
        }
    }

    /** The socket that a flow's datagrams leave from; null, and the result noted, if there is none. */
    private ReplyQueue choose(DatagramBatch batch, int flow, long nowNs) {
        if (sockets == null || raw != null && !hasRun(flow) && !isLong(batch, flow)) {
            return raw;
        }
        return bound(batch, flow, nowNs);
    }

    private boolean hasRun(int flow) {
        return isSegmenting && runs.longestRun(flow) >= WORTHWHILE_RUN && runs.longestDatagram(flow) <= longestWhole;
    }

    private boolean isLong(DatagramBatch batch, int flow) {
        if (runs.longestDatagram(flow) < LONG_DATAGRAM) {
            return false;
        }
        Table<ReplyQueue> table = table(batch.origin(flow));
        return sockets.open() < MOST_SOCKETS_FOR_LONG || table != null && sockets.has(table, batch.peerPort(flow));
    }

    /** The socket bound to the flow's port, if it can be had, else the raw socket, else null, and the result noted. */
    private ReplyQueue bound(DatagramBatch batch, int flow, long nowNs) {
        int port = batch.peerPort(flow);
        if (port == listenPort) {
            return listener;
        }
        SendResult refusal = SendResult.PORT_UNAVAILABLE; // binding port 0 would mean any port
        if (port != 0) {
            Table<ReplyQueue> table = table(batch.origin(flow));
            ReturnSocket<ReplyQueue> socket = table == null ? null : sockets.find(table, port, nowNs);
            if (socket != null && socket.socket() != null) {
                return socket.socket();
            }
            refusal = socket == null ? SendResult.PORT_LIMIT : SendResult.PORT_UNAVAILABLE;
        }
        if (raw == null) {
            for (int run = flow; run != ReplyRuns.NONE; run = runs.nextRun(run)) {
                noteRun(batch, run, refusal);
            }
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
            socket.setSendBuffer(SEND_BUFFER_BYTES);
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

    private void enqueue(ReplyQueue queue, int flow) {
        if (queue.first == ReplyQueue.NONE) {
            queue.first = flow;
            waiting[waitingCount++] = queue;
        } else {
            nextFlow[queue.last] = flow;
        }
        queue.last = flow;
        nextFlow[flow] = ReplyQueue.NONE;
    }

    private void send(ReplyQueue queue, DatagramBatch batch) {
        vector.clear();
        for (int flow = queue.first; flow != ReplyQueue.NONE; flow = nextFlow[flow]) {
            for (int run = flow; run != ReplyRuns.NONE; run = runs.nextRun(run)) {
                if (isSegmenting && queue != raw && runs.count(run) > 1 && batch.length(run) <= longestWhole) {
                    makeRoom(queue, runs.count(run), batch);
                    addRun(queue, batch, run);
                } else {
                    addSingles(queue, batch, run);
                }
            }
        }
        flush(queue, batch);
    }

    private void addSingles(ReplyQueue queue, DatagramBatch batch, int run) {
        for (int i = run; i != ReplyRuns.NONE; i = runs.next(i)) {
            makeRoom(queue, 2, batch);
            begin(i, false);
            if (queue == raw) {
                addRaw(batch, i);
            } else {
                add(vector, queue, batch, i);
            }
        }
    }

    private void makeRoom(ReplyQueue queue, int pieces, DatagramBatch batch) {
        if (!vector.hasRoom(pieces)) {
            flush(queue, batch);
            vector.clear();
        }
    }

    private void begin(int i, boolean isFirstOfRun) {
        datagramOf[vector.count()] = i;
        isRun[vector.count()] = isFirstOfRun;
    }

    /** Datagrams that lie side by side, as they do when they were received as one message, make one piece. */
    private void addRun(ReplyQueue queue, DatagramBatch batch, int run) {
        begin(run, true);
        int message = add(vector, queue, batch, run);
        vector.segmentBytes(message, batch.length(run));
        int end = batch.offset(run) + batch.length(run);
        for (int i = runs.next(run); i != ReplyRuns.NONE; i = runs.next(i)) {
            if (batch.offset(i) == end) {
                vector.extend(batch.length(i));
            } else {
                vector.append(batch.address() + batch.offset(i), batch.length(i));
            }
            end = batch.offset(i) + batch.length(i);
        }
    }

    private int add(SendVector to, ReplyQueue queue, DatagramBatch batch, int i) {
        int message = to.add(batch.address() + batch.offset(i), batch.length(i));
        to.to(message, (int) batch.peerLow(i), listenPort);
        if (queue == listener && isWildcard) {
            to.from(message, batch.origin(i));
        }
        if (batch.replyTrafficClass(i) > 0) {
            to.trafficClass(message, batch.replyTrafficClass(i));
        }
        return message;
    }

    private void addRaw(DatagramBatch batch, int i) {
        int message;
        if (batch.freeInFront(i) >= RawReplyHeaders.BYTES) { // nearly always; one piece is less work for the kernel than two
            rawHeaders.writeInFront(batch, i, listenPort);
            message = vector.add(batch.address() + batch.offset(i) - RawReplyHeaders.BYTES, RawReplyHeaders.BYTES + batch.length(i));
        } else {
            message = vector.add(rawHeaders.write(vector.count(), batch, i, listenPort), RawReplyHeaders.BYTES);
            vector.append(batch.address() + batch.offset(i), batch.length(i));
        }
        vector.to(message, (int) batch.peerLow(i), 0);
        vector.from(message, batch.origin(i)); // routes like a socket bound to that address ("ip rule from")
        if (batch.replyTrafficClass(i) > 0) {
            vector.trafficClass(message, batch.replyTrafficClass(i));
        }
    }

    private void flush(ReplyQueue queue, DatagramBatch batch) {
        int count = vector.count();
        int next = 0;
        while (next < count) {
            int sent = sender.send(queue.socket, vector, next, count);
            if (sent > 0) {
                next = note(batch, SendResult.SENT, next, next + sent);
            } else if (sent == WOULD_BLOCK || sent == NO_BUFFER) {
                next = note(batch, SendResult.WOULD_BLOCK, next, count);
            } else {
                sendOtherwise(queue, batch, next++, sent);
            }
        }
    }

    /** What the kernel refused as it was: a run goes datagram by datagram. */
    private void sendOtherwise(ReplyQueue queue, DatagramBatch batch, int message, int error) {
        int first = datagramOf[message];
        if (isRun[message]) {
            if (error == NO_OFFLOAD) {
                isSegmenting = false;
                isSegmentingRefused = true;
            } else if (error == TOO_LONG || error == INVALID) {
                longestWhole = Math.min(longestWhole, batch.length(first) - 1);
            }
            for (int i = first; i != ReplyRuns.NONE; i = runs.next(i)) {
                batch.setResult(i, sendAlone(queue, batch, i));
            }
            return;
        }
        batch.setResult(first, SendResult.FAILED);
    }

    private SendResult sendAlone(ReplyQueue queue, DatagramBatch batch, int i) {
        again.clear();
        add(again, queue, batch, i);
        int sent = sender.send(queue.socket, again, 0, 1);
        return sent > 0 ? SendResult.SENT : sent == WOULD_BLOCK || sent == NO_BUFFER ? SendResult.WOULD_BLOCK : SendResult.FAILED;
    }

    private int note(DatagramBatch batch, SendResult result, int from, int to) {
        for (int message = from; message < to; message++) {
            if (isRun[message]) {
                noteRun(batch, datagramOf[message], result);
            } else {
                batch.setResult(datagramOf[message], result);
            }
        }
        return to;
    }

    private void noteRun(DatagramBatch batch, int run, SendResult result) {
        for (int i = run; i != ReplyRuns.NONE; i = runs.next(i)) {
            batch.setResult(i, result);
        }
    }

    /** Whether the kernel has said that it cannot segment (EIO); then it is not asked again. From any thread. */
    boolean isSegmentingRefused() {
        return isSegmentingRefused;
    }

    void expire(long nowNs) {
        longestWhole = ReplyRuns.MAX_BYTES; // the interface's MTU may have changed
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

package io.github.gwlb4j.simulator.load;

import io.github.gwlb4j.linux.CConstants;
import io.github.gwlb4j.linux.Errno;
import io.github.gwlb4j.linux.Poller;
import io.github.gwlb4j.linux.ReceiveVector;
import io.github.gwlb4j.linux.SendVector;
import io.github.gwlb4j.linux.UdpSocket;
import io.github.gwlb4j.tun.LinuxException;
import io.github.gwlb4j.tun.PacketBatch;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Many datagrams with each system call: sendmmsg and recvmmsg, runs as one with UDP_SEGMENT and UDP_GRO. IPv4 only. */
final class LinuxWire implements LoadWire {
    private static final int SLOTS = 64;
    private static final int SLOT_BYTES = 65_536;
    private static final int RECEIVE_BUFFER_BYTES = 64 << 20;
    private static final int SEND_BUFFER_BYTES = 4 << 20;

    private final int targetAddress;
    private final int targetPort;
    private final UdpSocket replies;
    private final List<UdpSocket> senders = new ArrayList<>();
    private final List<Integer> ports = new ArrayList<>();
    private final PacketBatch outbound = new PacketBatch(1, MAX_TRAINS * TRAIN_BYTES);
    private final SendVector vector = new SendVector(MAX_TRAINS, MAX_TRAINS);
    private final PacketBatch inbound = new PacketBatch(1, SLOTS * SLOT_BYTES);
    private final ReceiveVector received = new ReceiveVector(inbound.buffer(), SLOTS, SLOT_BYTES);
    private final Poller poller = new Poller(1);
    private boolean isSegmenting = true;

    LinuxWire(LoadSettings settings) throws IOException {
        targetAddress = ByteBuffer.wrap(settings.target().getAddress().getAddress()).getInt();
        targetPort = settings.target().getPort();
        replies = UdpSocket.open();
        try {
            replies.setReceiveBuffer(RECEIVE_BUFFER_BYTES);
            replies.set(CConstants.IPPROTO_UDP, CConstants.UDP_GRO, 1);
            replies.bind(new InetSocketAddress(settings.source(), targetPort));
            poller.add(replies.fd(), CConstants.POLLIN);
            SourcePorts.bind(settings, port -> tryBind(settings.source(), port));
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** False if the port is taken. */
    private boolean tryBind(InetAddress source, int port) throws LinuxException {
        UdpSocket socket = UdpSocket.open();
        try {
            // As the load balancer: DF clear.
            socket.set(CConstants.IPPROTO_IP, CConstants.IP_MTU_DISCOVER, CConstants.IP_PMTUDISC_DONT);
            socket.setSendBuffer(SEND_BUFFER_BYTES);
            socket.bind(new InetSocketAddress(source, port));
        } catch (LinuxException e) {
            socket.close();
            if (e.errno() == Errno.EADDRINUSE.number()) {
                return false;
            }
            throw e;
        }
        senders.add(socket);
        ports.add(port);
        return true;
    }

    @Override
    public ByteBuffer sendBuffer() {
        return outbound.buffer();
    }

    @Override
    public int send(int port, int trains, int[] lengthBytes, int count) throws IOException {
        UdpSocket socket = senders.get(port);
        if (isSegmenting || count == 1) {
            vector.clear();
            for (int i = 0; i < trains; i++) {
                int message = vector.add(outbound, i * TRAIN_BYTES, lengthBytes[i] * count);
                vector.to(message, targetAddress, targetPort);
                if (count > 1) {
                    vector.segmentBytes(message, lengthBytes[i]);
                }
            }
            int sent = socket.send(vector, 0, trains);
            if (sent >= 0 || isFull(sent)) {
                return Math.max(0, sent);
            }
            if (count == 1) {
                throw failure(sent);
            }
            isSegmenting = false; // the route's device, or a link MTU too small for the packets
        }
        return sendOneByOne(socket, trains, lengthBytes, count);
    }

    private int sendOneByOne(UdpSocket socket, int trains, int[] lengthBytes, int count) throws IOException {
        for (int train = 0; train < trains; train++) {
            int sent = 0;
            while (sent < count) {
                vector.clear();
                for (int i = sent; i < count; i++) {
                    vector.to(vector.add(outbound, train * TRAIN_BYTES + i * lengthBytes[train], lengthBytes[train]), targetAddress,
                            targetPort);
                }
                int result = socket.send(vector, 0, count - sent);
                if (result < 0 && !isFull(result)) {
                    throw failure(result);
                }
                if (result <= 0 && sent == 0) {
                    return train;
                }
                if (result <= 0) {
                    Thread.yield();
                }
                sent += Math.max(0, result);
            }
        }
        return trains;
    }

    private static boolean isFull(int result) {
        return result == Errno.EAGAIN.result() || result == Errno.ENOBUFS.result();
    }

    private static LinuxException failure(int result) {
        return new LinuxException("send to the target", result, "See whether there is a route (ip route get ADDRESS), whether the "
                + "packets fit its MTU, and whether a firewall of this machine forbids it");
    }

    @Override
    public int sourcePort(int port) {
        return ports.get(port);
    }

    @Override
    public void receive(int waitMs, Receiver receiver) {
        int count = replies.receive(received);
        if (count <= 0 && poller.poll(waitMs) > 0) {
            count = replies.receive(received);
        }
        for (int i = 0; i < count; i++) {
            int end = received.offset(i) + received.length(i);
            int segment = received.segmentBytes(i) > 0 ? received.segmentBytes(i) : Math.max(1, received.length(i));
            for (int at = received.offset(i); at < end; at += segment) {
                receiver.onDatagram(received.buffer(), at, Math.min(segment, end - at), received.sourceAddress(i), received.sourcePort(i));
            }
        }
    }

    @Override
    public long receiveDrops() {
        return replies.drops();
    }

    @Override
    public String description() {
        return isSegmenting ? "sendmmsg and recvmmsg with UDP_SEGMENT and UDP_GRO" : "sendmmsg and recvmmsg";
    }

    @Override
    public void close() {
        senders.forEach(UdpSocket::close);
        replies.close();
    }
}

package io.github.gwlb4j.simulator.lab;

import io.github.gwlb4j.linux.CConstants;
import io.github.gwlb4j.linux.Poller;
import io.github.gwlb4j.linux.ReceiveVector;
import io.github.gwlb4j.linux.SendVector;
import io.github.gwlb4j.linux.UdpSocket;
import io.github.gwlb4j.tun.NetworkNamespace;
import io.github.gwlb4j.tun.PacketBatch;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * The smallest appliance: sends each datagram back from a socket that is bound to its source port; a {@link Mistake} may spoil
 * it before. Its thread ends with {@link #close()}.
 */
public final class EchoAppliance implements AutoCloseable {
    static final String THREAD_NAME = "echo-appliance";
    private static final int LOAD_BALANCER = 10 << 24 | 99 << 16 | 1;
    private static final int GENEVE = 6081;

    /** Changes a datagram of a length that starts at an offset; returns the port to answer from. */
    public interface Mistake {
        int spoil(ByteBuffer buffer, int offset, int lengthBytes, int port);
    }

    private final NetworkNamespace namespace;
    private final Mistake mistake;
    private final UdpSocket listener;
    private final Map<Integer, UdpSocket> sockets = new HashMap<>();
    private final Thread thread = new Thread(this::serve, THREAD_NAME);
    private volatile boolean isStopped;
    private volatile Throwable failure;

    EchoAppliance(LiveLab lab) throws Exception {
        this(lab, (buffer, offset, lengthBytes, port) -> port);
    }

    EchoAppliance(LiveLab lab, Mistake mistake) throws Exception {
        this(lab.appliance().network(), mistake);
    }

    public EchoAppliance(NetworkNamespace namespace, Mistake mistake) throws Exception {
        this.namespace = namespace;
        this.mistake = mistake;
        this.listener = open(GENEVE);
        thread.start();
    }

    private UdpSocket open(int port) throws Exception {
        return namespace.call(() -> {
            UdpSocket socket = UdpSocket.open();
            socket.setReceiveBuffer(16 << 20);
            socket.set(CConstants.IPPROTO_IP, CConstants.IP_MTU_DISCOVER, CConstants.IP_PMTUDISC_DONT);
            socket.bind(new InetSocketAddress(LiveLab.APPLIANCE_ADDRESS, port));
            return socket;
        });
    }

    private void serve() {
        PacketBatch packets = new PacketBatch(64, 64 * 65_536);
        ReceiveVector received = new ReceiveVector(packets.buffer(), 64, 65_536);
        SendVector answer = new SendVector(1, 1);
        Poller poller = new Poller(1);
        poller.add(listener.fd(), CConstants.POLLIN);
        try {
            while (!isStopped) {
                poller.poll(50);
                int count = listener.receive(received);
                for (int i = 0; i < count; i++) {
                    int offset = received.offset(i);
                    int length = received.length(i);
                    int port = mistake.spoil(packets.buffer(), offset, length, received.sourcePort(i));
                    answer.clear();
                    answer.to(answer.add(packets, offset, length), LOAD_BALANCER, GENEVE);
                    if (!sockets.containsKey(port)) {
                        sockets.put(port, open(port));
                    }
                    sockets.get(port).send(answer, 0, 1);
                }
            }
        } catch (Exception e) {
            failure = e;
        }
    }

    @Override
    public void close() {
        isStopped = true;
        try {
            thread.join(5_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        sockets.values().forEach(UdpSocket::close);
        listener.close();
        if (failure != null) {
            throw new AssertionError("the echo appliance failed", failure);
        }
    }
}

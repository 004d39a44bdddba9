package io.github.gwlb4j.simulator.lab;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.linux.CConstants;
import io.github.gwlb4j.linux.UdpSocket;
import io.github.gwlb4j.tun.LinuxException;
import io.github.gwlb4j.tun.NetworkNamespace;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;

/**
 * The load balancer's sockets: one on the GENEVE port, and one for each source port, opened when first needed; the longest
 * unused is closed when there are too many. Not thread-safe.
 */
final class SourcePorts implements AutoCloseable {
    static final int MAX_SOCKETS = 512;
    private static final int BUFFER_BYTES = 16 << 20;

    private final NetworkNamespace namespace;
    private final UdpSocket replies;
    private final Map<Integer, UdpSocket> sockets = new LinkedHashMap<>(64, 0.75f, true);
    private boolean isChanged = true;

    SourcePorts(NetworkNamespace namespace) throws LinuxException {
        this.namespace = namespace;
        this.replies = open(Geneve.UDP_PORT);
    }

    private UdpSocket open(int port) throws LinuxException {
        try {
            return namespace.call(() -> {
                UdpSocket socket = UdpSocket.open();
                try {
                    // As the load balancer: DF clear, so that what is too long for the link is fragmented and not refused.
                    socket.set(CConstants.IPPROTO_IP, CConstants.IP_MTU_DISCOVER, CConstants.IP_PMTUDISC_DONT);
                    socket.setReceiveBuffer(BUFFER_BYTES);
                    socket.setSendBuffer(BUFFER_BYTES);
                    socket.bind(new InetSocketAddress(LiveLab.LOAD_BALANCER_ADDRESS, port));
                    return socket;
                } catch (LinuxException | RuntimeException e) {
                    socket.close();
                    throw e;
                }
            });
        } catch (ExecutionException e) {
            if (e.getCause() instanceof LinuxException refusal) {
                throw refusal;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    /** Where the appliance's answers belong. */
    UdpSocket replies() {
        return replies;
    }

    /** The socket with a source port. */
    UdpSocket at(int port) throws LinuxException {
        if (port == Geneve.UDP_PORT) {
            return replies;
        }
        UdpSocket socket = sockets.get(port);
        if (socket == null) {
            if (sockets.size() == MAX_SOCKETS) {
                var eldest = sockets.values().iterator();
                eldest.next().close();
                eldest.remove();
            }
            socket = open(port);
            sockets.put(port, socket);
            isChanged = true;
        }
        return socket;
    }

    /** All sockets with a source port, as long as none is opened. */
    Collection<UdpSocket> all() {
        return sockets.values();
    }

    /** Whether sockets have come or gone since the last call. */
    boolean hasChanged() {
        boolean was = isChanged;
        isChanged = false;
        return was;
    }

    @Override
    public void close() {
        List<UdpSocket> open = new ArrayList<>(sockets.values());
        sockets.clear();
        open.forEach(UdpSocket::close);
        replies.close();
    }
}

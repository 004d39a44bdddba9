package io.github.gwlb4j.gwlb.transport;

import io.github.gwlb4j.gwlb.transport.ReturnSockets.ReturnSocket;
import io.github.gwlb4j.geneve.Geneve;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One worker's sockets: a listener for each local address, and the {@link ReturnSockets} of each.
 *
 * <p>Belongs to the worker's thread, but for {@link #wakeUp}, {@link #offerAddresses}, {@link #returnSockets} and
 * {@link #close}.
 */
final class NioPort implements DatagramPort {
    private static final Logger LOG = LoggerFactory.getLogger(NioPort.class);
    private static final long NS_PER_MS = 1_000_000L;

    private final NioTransport transport;
    private final boolean isShared;
    private final ReturnSockets<DatagramChannel> returnSockets;
    private final PeerAddresses peers = new PeerAddresses();
    private final Selector selector;
    private final AtomicReference<Set<InetAddress>> offered = new AtomicReference<>();
    private volatile Listener[] listeners = {};
    private int nextListener;
    private int listenersSoFar;

    /** A socket that receives; its number, never given to another one, is a datagram's origin. */
    private static final class Listener {
        private final int number;
        private final DatagramChannel channel;
        private final InetAddress local;
        private final int port;
        private final ReturnSockets.Table<DatagramChannel> returnTable;

        private Listener(int number, DatagramChannel channel, InetAddress local, boolean isShared) throws IOException {
            this.number = number;
            this.channel = channel;
            this.local = local;
            this.port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
            this.returnTable = new ReturnSockets.Table<>(returnPort -> NioTransport.openReturnSocket(local, returnPort, isShared));
        }
    }

    NioPort(NioTransport transport, ReturnSockets<DatagramChannel> returnSockets, boolean isShared) throws IOException {
        this.transport = transport;
        this.returnSockets = returnSockets;
        this.isShared = isShared;
        this.selector = Selector.open();
    }

    void listen(InetAddress local) throws IOException {
        DatagramChannel channel = transport.openListener(local, isShared);
        channel.register(selector, SelectionKey.OP_READ);
        Listener[] grown = Arrays.copyOf(listeners, listeners.length + 1);
        grown[listeners.length] = new Listener(listenersSoFar++, channel, local, isShared);
        listeners = grown;
    }

    @Override
    public int receive(DatagramBatch batch) {
        batch.clear();
        if (offered.get() != null) {
            followAddresses(offered.getAndSet(null));
        }
        Listener[] current = listeners;
        for (int n = 0; n < current.length && batch.size() < batch.slots(); n++) {
            nextListener = nextListener + 1 < current.length ? nextListener + 1 : 0;
            receiveFrom(current[nextListener], batch);
        }
        return batch.size();
    }

    private void receiveFrom(Listener listener, DatagramBatch batch) {
        try {
            while (batch.size() < batch.slots()) {
                ByteBuffer view = batch.view(batch.nextSlot(), batch.slotBytes());
                InetSocketAddress sender = (InetSocketAddress) listener.channel.receive(view);
                if (sender == null) {
                    return;
                }
                peers.read(sender);
                batch.add(view.position() - batch.nextSlot(), listener.number, peers.high(), peers.low(), sender.getPort());
            }
        } catch (ClosedChannelException e) {
            // closed by another thread: the worker is about to be told
        } catch (IOException e) {
            // Some systems report an ICMP error about an earlier reply here; the next call receives again.
            LOG.trace("receive: {}", e.toString());
        }
    }

    @Override
    public void reply(DatagramBatch batch, long nowNs) {
        for (int i = 0; i < batch.size(); i++) {
            if (batch.isReply(i)) {
                batch.setResult(i, reply(batch, i, nowNs));
            }
        }
    }

    private SendResult reply(DatagramBatch batch, int i, long nowNs) {
        Listener listener = listener(batch.origin(i));
        if (listener == null) {
            return SendResult.FAILED; // its address is gone
        }
        int port = batch.peerPort(i);
        if (port == 0) {
            return SendResult.PORT_UNAVAILABLE; // binding port 0 would mean any port
        }
        DatagramChannel channel = listener.channel;
        if (port != listener.port) {
            ReturnSocket<DatagramChannel> socket = returnSockets.find(listener.returnTable, port, nowNs);
            if (socket == null) {
                return SendResult.PORT_LIMIT;
            }
            if (socket.socket() == null) {
                return SendResult.PORT_UNAVAILABLE;
            }
            channel = socket.socket();
        }
        ByteBuffer view = batch.view(batch.offset(i), batch.length(i));
        try {
            int sent = channel.send(view, peers.address(batch.peerHigh(i), batch.peerLow(i), listener.port));
            return sent > 0 || batch.length(i) == 0 ? SendResult.SENT : SendResult.WOULD_BLOCK;
        } catch (IOException | RuntimeException e) {
            LOG.trace("send: {}", e.toString());
            return SendResult.FAILED;
        }
    }

    private Listener listener(int number) {
        for (Listener listener : listeners) {
            if (listener.number == number) {
                return listener;
            }
        }
        return null;
    }

    @Override
    public void await(long timeoutNs) {
        try {
            selector.select(key -> { }, Math.max(1, timeoutNs / NS_PER_MS));
        } catch (IOException | RuntimeException e) {
            LOG.trace("select: {}", e.toString()); // closed: the worker is about to be told
        }
    }

    @Override
    public void wakeUp() {
        selector.wakeup();
    }

    @Override
    public void expire(long nowNs) {
        returnSockets.expire(nowNs);
    }

    @Override
    public int localIpv4(int origin) {
        Listener listener = listener(origin);
        return listener != null && listener.local instanceof Inet4Address ? ByteBuffer.wrap(listener.local.getAddress()).getInt() : 0;
    }

    @Override
    public int localPort() {
        Listener[] current = listeners;
        return current.length > 0 ? current[0].port : Geneve.UDP_PORT;
    }

    @Override
    public int returnSockets() {
        return returnSockets.open();
    }

    /** Adds where this port's listeners are bound. From any thread. */
    void addLocalAddresses(Set<InetSocketAddress> addresses) {
        for (Listener listener : listeners) {
            addresses.add(new InetSocketAddress(listener.local, listener.port));
        }
    }

    /** Tells the worker which local addresses there are now; it opens and closes listeners itself. */
    void offerAddresses(Set<InetAddress> addresses) {
        offered.set(addresses);
    }

    private void followAddresses(Set<InetAddress> addresses) {
        for (Listener listener : listeners) {
            if (!addresses.contains(listener.local)) {
                returnSockets.close(listener.returnTable);
                NioTransport.closeQuietly(listener.channel);
                listeners = Arrays.stream(listeners).filter(kept -> kept != listener).toArray(Listener[]::new);
                LOG.info("local address {} is gone: no longer listening there", listener.local.getHostAddress());
            }
        }
        for (InetAddress address : addresses) {
            if (Arrays.stream(listeners).noneMatch(listener -> listener.local.equals(address))) {
                try {
                    listen(address);
                    LOG.info("local address {} appeared: listening there too", address.getHostAddress());
                } catch (IOException e) {
                    LOG.debug("{}", e.getMessage());
                }
            }
        }
        nextListener = 0;
    }

    /** Ends the port. Safe while the worker still uses it: its calls then find nothing and send nothing. */
    void close() {
        for (Listener listener : listeners) {
            NioTransport.closeQuietly(listener.channel);
        }
        NioTransport.closeQuietly(selector);
        returnSockets.close();
    }
}

package io.github.gwlb4j.simulator.load;

import java.io.IOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;

/** Java's own sockets, one datagram with each system call: for systems other than Linux, and IPv6. */
final class PortableWire implements LoadWire {
    private static final int RECEIVE_BUFFER_BYTES = 8 << 20;
    private static final int MAX_DATAGRAMS = 256;

    private final LoadSettings settings;
    private final Selector selector = Selector.open();
    private final DatagramChannel replies;
    private final List<DatagramChannel> senders = new ArrayList<>();
    private final List<Integer> ports = new ArrayList<>();
    private final ByteBuffer outbound = ByteBuffer.allocateDirect(MAX_TRAINS * TRAIN_BYTES);
    private final ByteBuffer inbound = ByteBuffer.allocateDirect(TRAIN_BYTES);

    PortableWire(LoadSettings settings) throws IOException {
        this.settings = settings;
        replies = open();
        try {
            replies.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER_BYTES);
            replies.bind(new InetSocketAddress(settings.source(), settings.target().getPort()));
            replies.register(selector, SelectionKey.OP_READ);
            SourcePorts.bind(settings, this::tryBind);
        } catch (BindException e) {
            close();
            throw new IOException("cannot bind " + settings.source().getHostAddress() + ", UDP port " + settings.target().getPort()
                    + ", where replies arrive: " + e.getMessage() + ". It must be an address of this machine, and no other program "
                    + "may have the port", e);
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private DatagramChannel open() throws IOException {
        DatagramChannel channel = DatagramChannel.open(settings.source() instanceof Inet4Address ? StandardProtocolFamily.INET
                : StandardProtocolFamily.INET6);
        channel.configureBlocking(false);
        return channel;
    }

    private boolean tryBind(int port) throws IOException {
        DatagramChannel channel = open();
        try {
            channel.bind(new InetSocketAddress(settings.source(), port));
            channel.connect(settings.target());
        } catch (BindException e) {
            channel.close();
            return false;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
        senders.add(channel);
        ports.add(port);
        return true;
    }

    @Override
    public ByteBuffer sendBuffer() {
        return outbound;
    }

    @Override
    public int send(int port, int trains, int[] lengthBytes, int count) throws IOException {
        DatagramChannel channel = senders.get(port);
        try {
            for (int train = 0; train < trains; train++) {
                for (int i = 0; i < count; i++) {
                    int start = train * TRAIN_BYTES + i * lengthBytes[train];
                    boolean isSent = write(channel, start, lengthBytes[train]);
                    if (!isSent && i == 0) {
                        return train;
                    }
                    while (!isSent) {
                        Thread.yield();
                        isSent = write(channel, start, lengthBytes[train]);
                    }
                }
            }
            return trains;
        } finally {
            outbound.clear();
        }
    }

    private boolean write(DatagramChannel channel, int start, int lengthBytes) throws IOException {
        outbound.clear().position(start).limit(start + lengthBytes);
        try {
            return channel.write(outbound) > 0;
        } catch (PortUnreachableException e) {
            // Tells of an earlier datagram, which counts as lost; telling it has cleared it.
            return channel.write(outbound) > 0;
        }
    }

    @Override
    public int sourcePort(int port) {
        return ports.get(port);
    }

    @Override
    public void receive(int waitMs, Receiver receiver) throws IOException {
        selector.select(waitMs);
        selector.selectedKeys().clear();
        for (int i = 0; i < MAX_DATAGRAMS; i++) {
            InetSocketAddress from = (InetSocketAddress) replies.receive(inbound.clear());
            if (from == null) {
                return;
            }
            int length = inbound.position();
            inbound.clear();
            receiver.onDatagram(inbound, 0, length, number(from.getAddress()), from.getPort());
        }
    }

    /** An IPv4 address as a number; of an IPv6 address something like a hash. */
    static int number(InetAddress address) {
        return address instanceof Inet4Address ? ByteBuffer.wrap(address.getAddress()).getInt() : address.hashCode();
    }

    @Override
    public long receiveDrops() {
        return -1;
    }

    @Override
    public String description() {
        return "Java's own sockets, one datagram at a time";
    }

    @Override
    public void close() throws IOException {
        for (DatagramChannel sender : senders) {
            sender.close();
        }
        replies.close();
        selector.close();
    }
}

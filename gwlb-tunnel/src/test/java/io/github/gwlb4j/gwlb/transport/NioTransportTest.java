package io.github.gwlb4j.gwlb.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NioTransportTest {
    private static final long IDLE_NS = 30_000_000_000L;
    private static final long SECOND_NS = 1_000_000_000L;
    private static final InetAddress APPLIANCE = address("127.0.0.1");
    private static final InetAddress NODE = address("127.0.0.2");

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final DatagramBatch batch = new DatagramBatch(8, 65_536);
    private int listenPort;
    private long nowNs;

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable closeable : opened) {
            closeable.close();
        }
    }

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private <T extends AutoCloseable> T closing(T closeable) {
        opened.add(closeable);
        return closeable;
    }

    private DatagramSocket socket(InetAddress local, int port) throws IOException {
        DatagramSocket socket = closing(new DatagramSocket(new InetSocketAddress(local, port)));
        socket.setSoTimeout(2000);
        return socket;
    }

    private NioTransport transport(InetAddress local, int maxReturnSockets) throws IOException {
        try (DatagramSocket free = new DatagramSocket(new InetSocketAddress(local, 0))) {
            listenPort = free.getLocalPort();
        }
        return closing(new NioTransport(new InetSocketAddress(local, listenPort), 65_536, maxReturnSockets, IDLE_NS));
    }

    /** Sends from a flow's socket, lets the port send everything back, answers what came to the node's listening port. */
    private SendResult echo(DatagramPort port, DatagramSocket flow, InetAddress appliance, byte[] payload) throws IOException {
        flow.send(new DatagramPacket(payload, payload.length, appliance, listenPort));
        for (int tries = 0; port.receive(batch) == 0; tries++) {
            assertThat(tries).as("nothing received").isLessThan(100);
            port.await(50_000_000);
        }
        assertThat(batch.size()).isOne();
        batch.markReply(0);
        port.reply(batch, nowNs);
        return batch.result(0);
    }

    private static DatagramPacket receive(DatagramSocket socket) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
        socket.receive(packet);
        return packet;
    }

    @Test
    void shouldReplyFromTheFlowsPortToTheSendersAddressOnTheListeningPort() throws IOException {
        DatagramPort port = transport(APPLIANCE, 10).open(0, 1);
        DatagramSocket node = socket(NODE, listenPort);
        DatagramSocket flow = socket(NODE, 0);

        assertThat(echo(port, flow, APPLIANCE, new byte[] {1, 2, 3})).isEqualTo(SendResult.SENT);

        DatagramPacket reply = receive(node);
        assertThat(reply.getLength()).isEqualTo(3);
        assertThat(reply.getAddress()).isEqualTo(APPLIANCE);
        assertThat(reply.getPort()).isEqualTo(flow.getLocalPort());
        assertThat(port.returnSockets()).isOne();
    }

    @Test
    void shouldReplyToEachOfTwoNodesThatUseOnePort() throws IOException {
        DatagramPort port = transport(APPLIANCE, 10).open(0, 1);
        InetAddress otherNode = address("127.0.0.3");
        DatagramSocket flow = socket(NODE, 0);
        DatagramSocket otherFlow = socket(otherNode, flow.getLocalPort());
        DatagramSocket node = socket(NODE, listenPort);
        DatagramSocket other = socket(otherNode, listenPort);

        echo(port, flow, APPLIANCE, new byte[] {1});
        echo(port, otherFlow, APPLIANCE, new byte[] {2});

        assertThat(receive(node).getData()[0]).isEqualTo((byte) 1);
        assertThat(receive(other).getData()[0]).isEqualTo((byte) 2);
        assertThat(port.returnSockets()).isOne();
    }

    @Test
    void shouldReplyFromTheAddressThatThePacketCameToWhenListeningOnTheWildcard() throws IOException {
        DatagramPort port = transport(address("0.0.0.0"), 10).open(0, 1);
        DatagramSocket node = socket(NODE, listenPort);
        DatagramSocket flow = socket(NODE, 0);

        assertThat(echo(port, flow, APPLIANCE, new byte[] {7})).isEqualTo(SendResult.SENT);
        assertThat(receive(node).getAddress()).isEqualTo(APPLIANCE);
        assertThat(batch.peerLow(0)).isEqualTo(0x7f00_0002L);
        assertThat(batch.peerPort(0)).isEqualTo(flow.getLocalPort());
    }

    @Test
    void shouldServeIpv6() throws IOException {
        InetAddress loopback = address("::1");
        DatagramPort port = transport(loopback, 10).open(0, 1);
        DatagramSocket flow = socket(loopback, 0);

        SendResult result = echo(port, flow, loopback, new byte[] {7});

        assertThat(batch.peerLow(0)).isOne();
        // The node is the appliance's own address here, so the flow's port is taken: what matters is that it was told.
        assertThat(result).isEqualTo(SendResult.PORT_UNAVAILABLE);
    }

    @Test
    void shouldReplyFromTheListeningSocketWhenTheFlowUsesThatPort() throws IOException {
        DatagramPort port = transport(APPLIANCE, 10).open(0, 1);
        DatagramSocket node = socket(NODE, listenPort);

        assertThat(echo(port, node, APPLIANCE, new byte[] {5})).isEqualTo(SendResult.SENT);

        assertThat(receive(node).getPort()).isEqualTo(listenPort);
        assertThat(port.returnSockets()).isZero();
    }

    @Test
    void shouldTellWhenAnotherProgramHasTheFlowsPortAndTryAgainLater() throws IOException {
        DatagramPort port = transport(APPLIANCE, 10).open(0, 1);
        DatagramSocket flow = socket(NODE, 0);
        DatagramSocket taken = socket(APPLIANCE, flow.getLocalPort());

        assertThat(echo(port, flow, APPLIANCE, new byte[] {1})).isEqualTo(SendResult.PORT_UNAVAILABLE);
        taken.close();
        assertThat(echo(port, flow, APPLIANCE, new byte[] {1})).isEqualTo(SendResult.PORT_UNAVAILABLE);
        nowNs += ReturnSockets.RETRY_NS;
        assertThat(echo(port, flow, APPLIANCE, new byte[] {1})).isEqualTo(SendResult.SENT);
    }

    @Test
    void shouldLeaveRoomForFlowsWhosePortIsFreeWhenOthersArePortsOfAnotherProgram() throws IOException {
        DatagramPort port = transport(APPLIANCE, 2).open(0, 1);
        for (int i = 0; i < 3; i++) {
            DatagramSocket flow = socket(NODE, 0);
            socket(APPLIANCE, flow.getLocalPort());
            assertThat(echo(port, flow, APPLIANCE, new byte[] {1})).isEqualTo(SendResult.PORT_UNAVAILABLE);
        }
        assertThat(port.returnSockets()).isZero();

        assertThat(echo(port, socket(NODE, 0), APPLIANCE, new byte[] {1})).isEqualTo(SendResult.SENT);
        assertThat(echo(port, socket(NODE, 0), APPLIANCE, new byte[] {1})).isEqualTo(SendResult.SENT);
        assertThat(echo(port, socket(NODE, 0), APPLIANCE, new byte[] {1})).isEqualTo(SendResult.PORT_LIMIT);
        assertThat(port.returnSockets()).isEqualTo(2);
    }

    @Test
    void shouldReckonWithTheLimitOfOpenFiles() {
        assertThat(OpenFiles.affordable(8192, 1, Long.MAX_VALUE)).isEqualTo(8192);
        assertThat(OpenFiles.affordable(8192, 2, OpenFiles.RESERVE + 200)).isEqualTo(100);
        assertThat(OpenFiles.affordable(8192, 1, 3)).isOne();
        assertThat(OpenFiles.left()).isPositive();
    }

    @Test
    void shouldRefuseAMulticastAddress() {
        NioTransport transport = closing(new NioTransport(new InetSocketAddress("224.0.0.1", 6081), 65_536, 10, IDLE_NS));
        assertThatThrownBy(() -> transport.open(0, 1)).hasMessageContaining("multicast");
    }

    @Test
    void shouldRefuseFurtherPortsAtTheLimitWhileTheOthersAreInUseAndReplaceThemWhenSilent() throws IOException {
        DatagramPort port = transport(APPLIANCE, 2).open(0, 1);
        DatagramSocket first = socket(NODE, 0);
        DatagramSocket second = socket(NODE, 0);
        DatagramSocket third = socket(NODE, 0);
        echo(port, first, APPLIANCE, new byte[] {1});
        echo(port, second, APPLIANCE, new byte[] {1});

        assertThat(echo(port, third, APPLIANCE, new byte[] {1})).isEqualTo(SendResult.PORT_LIMIT);

        nowNs += SECOND_NS;
        assertThat(echo(port, second, APPLIANCE, new byte[] {1})).isEqualTo(SendResult.SENT);
        assertThat(echo(port, third, APPLIANCE, new byte[] {1})).isEqualTo(SendResult.SENT);
        assertThat(echo(port, first, APPLIANCE, new byte[] {1})).as("the other two are in use").isEqualTo(SendResult.PORT_LIMIT);
        assertThat(port.returnSockets()).isEqualTo(2);
    }

    @Test
    void shouldCloseReplySocketsThatAreIdle() throws IOException {
        DatagramPort port = transport(APPLIANCE, 10).open(0, 1);
        DatagramSocket flow = socket(NODE, 0);
        echo(port, flow, APPLIANCE, new byte[] {1});
        nowNs += IDLE_NS - 1;
        port.expire(nowNs);
        assertThat(port.returnSockets()).isOne();

        nowNs++;
        port.expire(nowNs);

        assertThat(port.returnSockets()).isZero();
        assertThat(echo(port, flow, APPLIANCE, new byte[] {1})).isEqualTo(SendResult.SENT);
    }

    @Test
    void shouldTakeTheLargestDatagramWhole() throws IOException {
        DatagramPort port = transport(APPLIANCE, 10).open(0, 1);
        DatagramSocket node = socket(NODE, listenPort);
        node.setReceiveBufferSize(1 << 20);
        byte[] largest = new byte[65_507];
        largest[65_506] = 9;

        assertThat(echo(port, socket(NODE, 0), APPLIANCE, largest)).isEqualTo(SendResult.SENT);

        DatagramPacket reply = receive(node);
        assertThat(reply.getLength()).isEqualTo(65_507);
        assertThat(reply.getData()[65_506]).isEqualTo((byte) 9);
    }

    @Test
    void shouldNotReadWhatStrangersSendToReplyPorts() throws IOException {
        DatagramPort port = transport(APPLIANCE, 10).open(0, 1);
        DatagramSocket flow = socket(NODE, 0);
        echo(port, flow, APPLIANCE, new byte[] {1});
        for (int i = 0; i < 1000; i++) {
            flow.send(new DatagramPacket(new byte[1000], 1000, APPLIANCE, flow.getLocalPort()));
        }

        assertThat(port.receive(batch)).isZero();
        assertThat(echo(port, flow, APPLIANCE, new byte[] {1})).isEqualTo(SendResult.SENT);
    }

    @Test
    void shouldNameTheFixWhenThePortIsInUse() throws IOException {
        NioTransport transport = transport(APPLIANCE, 10);
        socket(APPLIANCE, listenPort);

        assertThatThrownBy(() -> transport.open(0, 1)).isInstanceOf(BindException.class)
                .hasMessageContaining("127.0.0.1 port " + listenPort).hasMessageContaining("another program uses it");
    }

    @Test
    void shouldNameTheFixWhenTheAddressIsNotLocal() {
        NioTransport transport = closing(new NioTransport(new InetSocketAddress("192.0.2.1", 6081), 65_536, 10, IDLE_NS));

        assertThatThrownBy(() -> transport.open(0, 1)).isInstanceOf(BindException.class)
                .hasMessageContaining("no interface of this machine has this address");
    }

    @Test
    void shouldShareThePortBetweenWorkers() throws IOException {
        NioTransport transport = transport(APPLIANCE, 10);
        DatagramPort first = transport.open(0, 2);
        DatagramPort second = transport.open(1, 2);
        DatagramSocket node = socket(NODE, listenPort);
        int received = 0;
        int sent = 0;
        for (int i = 0; i < 16; i++) {
            DatagramSocket flow = socket(NODE, 0);
            flow.send(new DatagramPacket(new byte[1], 1, APPLIANCE, listenPort));
        }
        for (int tries = 0; received < 16 && tries < 100; tries++) {
            for (DatagramPort port : List.of(first, second)) {
                int count = port.receive(batch);
                for (int i = 0; i < count; i++) {
                    batch.markReply(i);
                }
                port.reply(batch, 0);
                received += count;
                for (int i = 0; i < count; i++) {
                    // a port may be in use by another program of this machine
                    sent += batch.result(i) == SendResult.SENT ? 1 : 0;
                }
            }
        }
        assertThat(received).isEqualTo(16);
        assertThat(sent).isPositive();
        for (int i = 0; i < sent; i++) {
            receive(node);
        }
    }

    @Test
    void shouldEndAWaitWhenWokenAndSurviveCallsAfterClose() throws Exception {
        NioTransport transport = transport(APPLIANCE, 10);
        DatagramPort port = transport.open(0, 1);
        Thread waiter = new Thread(() -> port.await(60 * SECOND_NS));
        waiter.start();
        port.wakeUp();
        waiter.join(5000);
        assertThat(waiter.isAlive()).isFalse();

        transport.close();
        transport.close();

        assertThat(port.receive(batch)).isZero();
        port.await(SECOND_NS);
        DatagramSocket reuse = socket(APPLIANCE, listenPort);
        reuse.setSoTimeout(10);
        assertThatThrownBy(() -> receive(reuse)).isInstanceOf(SocketTimeoutException.class);
    }
}

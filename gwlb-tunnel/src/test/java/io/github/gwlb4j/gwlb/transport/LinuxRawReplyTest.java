package io.github.gwlb4j.gwlb.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.linux.CConstants;
import io.github.gwlb4j.linux.ReceiveVector;
import io.github.gwlb4j.linux.UdpSocket;
import io.github.gwlb4j.tun.NetAdmin;
import io.github.gwlb4j.tun.NetworkNamespace;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Replies with our own UDP header: what a bound socket would have sent, byte for byte. */
class LinuxRawReplyTest extends TransportLab {
    private static final int APPLIANCE_BITS = 0x7f00_0001;
    private static final int NODE_BITS = 0x7f00_0002;
    private static final int IP_AND_UDP_BYTES = 28;
    /** asm-generic/socket.h */
    private static final int SO_DETACH_FILTER = 27;

    private ReturnPathMode mode = ReturnPathMode.RAW_SOCKET;

    @BeforeEach
    void requireRawSockets() {
        LinuxRequirements.rawSockets();
    }

    @Override
    DatagramTransport create(InetSocketAddress listen, int receiveBufferBytes, int maxReturnSockets, long returnSocketIdleNs) {
        return new LinuxTransport(listen, receiveBufferBytes, maxReturnSockets, returnSocketIdleNs, mode);
    }

    DatagramPort open(ReturnPathMode returnPath, int maxReturnSockets) throws IOException {
        mode = returnPath;
        return transport(APPLIANCE, maxReturnSockets).open(0, 1);
    }

    private static void assertRawReply(UdpSniffer wire, int sourcePort, byte[] payload) {
        assertReply(wire, sourcePort, payload);
        wire.assertUdpChecksumIsThereAndRight(); // the kernel leaves that of a bound socket to the network card
    }

    private static void assertReply(UdpSniffer wire, int sourcePort, byte[] payload) {
        ByteBuffer packet = wire.next(NODE_BITS);
        assertThat(wire.length()).isEqualTo(IP_AND_UDP_BYTES + payload.length);
        assertThat(packet.get(0)).isEqualTo((byte) 0x45);
        assertThat(packet.getShort(6)).as("flags and fragment offset").isZero();
        assertThat(packet.get(8)).as("TTL").isEqualTo((byte) 64);
        assertThat(packet.getInt(12)).isEqualTo(APPLIANCE_BITS);
        assertThat(Short.toUnsignedInt(packet.getShort(20))).isEqualTo(sourcePort);
        assertThat(Short.toUnsignedInt(packet.getShort(24))).isEqualTo(8 + payload.length);
        byte[] carried = new byte[payload.length];
        packet.get(IP_AND_UDP_BYTES, carried);
        assertThat(carried).isEqualTo(payload);
    }

    @Test
    void shouldSendWhatABoundSocketSendsWhateverTheLength() throws IOException {
        for (ReturnPathMode each : new ReturnPathMode[] {ReturnPathMode.RAW_SOCKET, ReturnPathMode.BOUND_SOCKETS}) {
            DatagramPort port = open(each, 11);
            socket(NODE, listenPort).setReceiveBufferSize(1 << 20);
            UdpSniffer wire = closing(new UdpSniffer(listenPort));
            Random random = new Random(1);
            for (int length : new int[] {0, 1, 2, 3, 40, 41, 1399, 1400, 8500, 65_506, 65_507}) {
                DatagramSocket flow = socket(NODE, 0);
                byte[] payload = new byte[length];
                random.nextBytes(payload);
                assertThat(echo(port, flow, APPLIANCE, payload)).isEqualTo(SendResult.SENT);
                if (each == ReturnPathMode.RAW_SOCKET) {
                    assertRawReply(wire, flow.getLocalPort(), payload);
                } else {
                    assertReply(wire, flow.getLocalPort(), payload);
                }
            }
            assertThat(port.returnSockets()).isEqualTo(each == ReturnPathMode.RAW_SOCKET ? 0 : 11);
            nowNs += SECOND_NS;
        }
    }

    @Test
    void shouldReachTheSocketOfTheNode() throws IOException {
        DatagramPort port = open(ReturnPathMode.RAW_SOCKET, 10);
        DatagramSocket node = socket(NODE, listenPort);
        DatagramSocket flow = socket(NODE, 0);
        assertThat(echo(port, flow, APPLIANCE, new byte[] {1, 2, 3})).isEqualTo(SendResult.SENT);
        assertThat(receive(node).getPort()).isEqualTo(flow.getLocalPort());
    }

    @Test
    void shouldSendAChecksumThatComesOutAsZeroAsAllOnes() throws IOException {
        DatagramPort port = open(ReturnPathMode.RAW_SOCKET, 10);
        UdpSniffer wire = closing(new UdpSniffer(listenPort));
        DatagramSocket flow = socket(NODE, 0);
        echo(port, flow, APPLIANCE, new byte[] {0, 0});
        ByteBuffer packet = wire.next(NODE_BITS);
        short checksum = packet.getShort(26);

        // A payload equal to the checksum that zeros have makes the sum all ones.
        byte[] payload = ByteBuffer.allocate(2).putShort(checksum).array();
        echo(port, flow, APPLIANCE, payload);
        assertRawReply(wire, flow.getLocalPort(), payload);
        assertThat(packet.getShort(26)).isEqualTo((short) 0xffff);
    }

    @Test
    void shouldSetTheTosByteThatTheWorkerChoseAndNotEchoTheOneReceived() throws IOException {
        DatagramPort port = open(ReturnPathMode.RAW_SOCKET, 10);
        UdpSniffer wire = closing(new UdpSniffer(listenPort));
        DatagramSocket flow = socket(NODE, 0);
        flow.setTrafficClass(0xb8);
        echo(port, flow, APPLIANCE, new byte[] {1});
        assertThat(wire.next(NODE_BITS).get(1)).isZero();

        deliver(port, flow, APPLIANCE, new byte[] {1});
        batch.setTrafficClass(0, 0xbb);
        batch.markReply(0);
        port.reply(batch, nowNs);
        assertThat(wire.next(NODE_BITS).get(1)).isEqualTo((byte) 0xbb);
    }

    @Test
    void shouldTakeOverWhenAnotherProgramHasTheFlowsPort() throws IOException {
        DatagramPort port = open(ReturnPathMode.AUTO, 10);
        UdpSniffer wire = closing(new UdpSniffer(listenPort));
        DatagramSocket flow = socket(NODE, 0);
        socket(APPLIANCE, flow.getLocalPort());
        byte[] payload = {1, 2, 3, 4, 5};

        assertThat(echo(port, flow, APPLIANCE, payload)).isEqualTo(SendResult.SENT);

        assertRawReply(wire, flow.getLocalPort(), payload);
        assertThat(port.returnSockets()).isZero();
    }

    @Test
    void shouldTakeSingleRepliesWithoutASocketForEachPort() throws IOException {
        DatagramPort port = open(ReturnPathMode.AUTO, 2);
        UdpSniffer wire = closing(new UdpSniffer(listenPort));
        for (int i = 0; i < 5; i++) {
            DatagramSocket flow = socket(NODE, 0);
            assertThat(echo(port, flow, APPLIANCE, new byte[] {(byte) i})).isEqualTo(SendResult.SENT);
            assertRawReply(wire, flow.getLocalPort(), new byte[] {(byte) i});
        }
        assertThat(port.returnSockets()).isZero();
    }

    @Test
    void shouldSendLongRepliesFromBoundSocketsWhileThereAreFew() throws IOException {
        DatagramPort port = open(ReturnPathMode.AUTO, 1000);
        DatagramSocket node = socket(NODE, listenPort);
        sendSingles(port, 20_000, 1, LinuxReturnPath.LONG_DATAGRAM - 1);
        assertThat(port.returnSockets()).isZero();
        sendSingles(port, 20_000, LinuxReturnPath.MOST_SOCKETS_FOR_LONG, LinuxReturnPath.LONG_DATAGRAM);
        assertThat(port.returnSockets()).isEqualTo(LinuxReturnPath.MOST_SOCKETS_FOR_LONG);
        sendSingles(port, 25_000, 10, LinuxReturnPath.LONG_DATAGRAM);
        assertThat(port.returnSockets()).as("the raw socket took these").isEqualTo(LinuxReturnPath.MOST_SOCKETS_FOR_LONG);
        assertThat(receive(node).getLength()).isEqualTo(LinuxReturnPath.LONG_DATAGRAM - 1);
    }

    private void sendSingles(DatagramPort port, int firstPort, int flows, int length) {
        for (int n = 0; n < flows; n++) {
            batch.clear();
            batch.nextSlot();
            batch.add(length, APPLIANCE_BITS, 0, NODE_BITS, firstPort + n);
            batch.markReply(0);
            port.reply(batch, nowNs);
            assertThat(batch.result(0)).isEqualTo(SendResult.SENT);
        }
    }

    @Test
    void shouldTakeOverRunsAboveTheLimitOfSockets() throws IOException {
        DatagramPort port = open(ReturnPathMode.AUTO, 2);
        UdpSniffer wire = closing(new UdpSniffer(listenPort));
        for (int n = 0; n < 3; n++) {
            batch.clear();
            for (int i = 0; i < 3; i++) {
                batch.buffer().put(batch.nextSlot(), (byte) i);
                batch.add(1, APPLIANCE_BITS, 0, NODE_BITS, 50_000 + n);
                batch.markReply(i);
            }
            port.reply(batch, nowNs);
            for (int i = 0; i < 3; i++) {
                assertThat(batch.result(i)).isEqualTo(SendResult.SENT);
            }
        }
        for (int n = 0; n < 2; n++) {
            wire.next(NODE_BITS);
            assertThat(wire.length()).as("a run, not cut yet").isEqualTo(IP_AND_UDP_BYTES + 3);
        }
        for (int i = 0; i < 3; i++) {
            assertRawReply(wire, 50_002, new byte[] {(byte) i});
        }
        assertThat(port.returnSockets()).isEqualTo(2);
    }

    @Test
    void shouldWriteInFrontOfADatagramOnlyWhatIsFree() throws IOException {
        DatagramPort port = open(ReturnPathMode.RAW_SOCKET, 10);
        UdpSniffer wire = closing(new UdpSniffer(listenPort));
        for (int free = RawReplyHeaders.BYTES - 1; free <= RawReplyHeaders.BYTES; free++) {
            batch.clear();
            for (int i = 0; i < 100; i++) {
                batch.buffer().put(i, (byte) 0x55);
            }
            batch.addAt(40, 60, APPLIANCE_BITS, 0, NODE_BITS, 50_000);
            batch.setFreeInFront(0, free);
            batch.markReply(0);
            port.reply(batch, nowNs);
            byte[] payload = new byte[60];
            Arrays.fill(payload, (byte) 0x55);
            assertRawReply(wire, 50_000, payload);
            int written = free < RawReplyHeaders.BYTES ? 0 : RawReplyHeaders.BYTES;
            for (int i = 0; i < 100; i++) {
                if (i < 40 - written || i >= 40) {
                    assertThat(batch.buffer().get(i)).as("byte %d with %d free", i, free).isEqualTo((byte) 0x55);
                }
            }
            assertThat(batch.buffer().getShort(40 - 4)).as("UDP length").isEqualTo((short) (written > 0 ? 68 : 0x5555));
        }
    }

    @Test
    void shouldNotWriteInFrontOfADatagramThatWasMoved() {
        batch.clear();
        batch.addAt(100, 10, APPLIANCE_BITS, 0, NODE_BITS, 50_000);
        batch.setFreeInFront(0, 64);
        batch.move(0, 90, 20);
        assertThat(batch.freeInFront(0)).isZero();
        batch.setFreeInFront(0, 64);
        batch.clear();
        batch.addAt(100, 10, APPLIANCE_BITS, 0, NODE_BITS, 50_000);
        assertThat(batch.freeInFront(0)).isZero();
    }

    @Test
    void shouldReplyFromPortZero() throws IOException {
        DatagramPort port = open(ReturnPathMode.AUTO, 2);
        UdpSniffer wire = closing(new UdpSniffer(listenPort));
        batch.clear();
        batch.buffer().put(0, (byte) 5);
        batch.add(1, APPLIANCE_BITS, 0, NODE_BITS, 0);
        batch.markReply(0);
        port.reply(batch, nowNs);
        assertThat(batch.result(0)).isEqualTo(SendResult.SENT);
        assertRawReply(wire, 0, new byte[] {5});
    }

    @Test
    void shouldGoOnBehindAReplyThatCannotBeSent() throws IOException {
        DatagramPort port = open(ReturnPathMode.RAW_SOCKET, 10);
        batch.clear();
        batch.add(1, APPLIANCE_BITS, 1, NODE_BITS, 1234);
        batch.add(1, APPLIANCE_BITS, 0, 0xf000_0001L, 1234);
        batch.add(1, APPLIANCE_BITS, 0, NODE_BITS, 1234);
        for (int i = 0; i < 3; i++) {
            batch.markReply(i);
        }
        port.reply(batch, nowNs);
        assertThat(batch.result(0)).as("an IPv6 peer").isEqualTo(SendResult.FAILED);
        assertThat(batch.result(1)).as("an address of class E").isEqualTo(SendResult.FAILED);
        assertThat(batch.result(2)).isEqualTo(SendResult.SENT);
    }

    @Test
    void shouldFragmentAReplyThatIsTooLongForTheInterfaceAsABoundSocketDoes() throws Exception {
        try (NetworkNamespace namespace = NetworkNamespace.isolated(); NetAdmin admin = NetAdmin.open(namespace)) {
            admin.setMtu("lo", 1500);
            admin.setUp("lo", true);
            namespace.call(() -> {
                for (ReturnPathMode each : ReturnPathMode.values()) {
                    DatagramPort port = open(each, 10);
                    for (int length : new int[] {1472, 1473, 9000, 65_507}) {
                        assertWholeReply(port, length);
                    }
                }
                return null;
            });
        }
    }

    /** What the node's socket takes was put together by the kernel, and its checksum verified. */
    private void assertWholeReply(DatagramPort port, int length) throws IOException {
        DatagramSocket node = socket(NODE, listenPort);
        node.setReceiveBufferSize(1 << 20);
        byte[] payload = new byte[length];
        new Random(length).nextBytes(payload);
        assertThat(echo(port, socket(NODE, 0), APPLIANCE, payload)).isEqualTo(SendResult.SENT);
        DatagramPacket reply = new DatagramPacket(new byte[65_536], 65_536);
        node.setSoTimeout(5000);
        node.receive(reply);
        node.close();
        assertThat(Arrays.copyOf(reply.getData(), reply.getLength())).isEqualTo(payload);
    }

    @Test
    void shouldNotReceiveWhatArrivesForOtherSockets() throws Exception {
        UdpSocket raw = closing(UdpSocket.openRaw());
        DatagramSocket node = socket(NODE, 0);
        DatagramSocket flow = socket(APPLIANCE, 0);
        assertReceivesNothing(raw, flow, node);
        assertThat(raw.set(CConstants.SOL_SOCKET, SO_DETACH_FILTER, 0)).as("now only the address it is bound to is in the way").isZero();
        assertReceivesNothing(raw, flow, node);
    }

    private void assertReceivesNothing(UdpSocket raw, DatagramSocket from, DatagramSocket to) throws IOException {
        from.send(new DatagramPacket(new byte[] {1, 2, 3}, 3, to.getLocalSocketAddress()));
        assertThat(receive(to).getLength()).isEqualTo(3);
        assertThat(raw.receive(new ReceiveVector(1, 2048))).isZero();
        assertThat(raw.drops()).isZero();
    }

    @Test
    void shouldSayThatTheRawSocketIsThere() throws IOException {
        mode = ReturnPathMode.AUTO;
        DatagramTransport both = transport(APPLIANCE, 10);
        both.open(0, 1);
        assertThat(both.describe()).endsWith("replies by raw socket, runs from up to 10 reply ports");
        mode = ReturnPathMode.RAW_SOCKET;
        DatagramTransport alone = transport(APPLIANCE, 10);
        alone.open(0, 1);
        assertThat(alone.describe()).endsWith("replies by raw socket");
    }
}

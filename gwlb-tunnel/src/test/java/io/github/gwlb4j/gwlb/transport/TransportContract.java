package io.github.gwlb4j.gwlb.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What every transport that sends replies from bound sockets does. */
abstract class TransportContract extends TransportLab {
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
        DatagramPort port = transport(address("0.0.0.0"), 10).open(0, 2);
        DatagramSocket node = sharingSocket(NODE, listenPort);
        DatagramSocket flow = socket(NODE, 0);

        assertThat(echo(port, flow, APPLIANCE, new byte[] {7})).isEqualTo(SendResult.SENT);
        assertThat(receive(node).getAddress()).isEqualTo(APPLIANCE);
        assertThat(batch.peerLow(0)).isEqualTo(0x7f00_0002L);
        assertThat(batch.peerPort(0)).isEqualTo(flow.getLocalPort());
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
    void shouldRefuseAMulticastAddress() {
        DatagramTransport transport = closing(create(new InetSocketAddress("224.0.0.1", 6081), 65_536, 10, IDLE_NS));
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
        DatagramTransport transport = transport(APPLIANCE, 10);
        socket(APPLIANCE, listenPort);

        assertThatThrownBy(() -> transport.open(0, 1)).isInstanceOf(IOException.class)
                .hasMessageContainingAll("127.0.0.1", String.valueOf(listenPort), "nother program", "ss -ulpn");
    }

    @Test
    void shouldRefuseAPortThatAnotherAppliancesWorkersShareAndTakeItOnceItIsFree() throws IOException {
        DatagramTransport running = transport(APPLIANCE, 10);
        running.open(0, 2);
        running.open(1, 2);
        DatagramTransport second = closing(create(new InetSocketAddress(APPLIANCE, listenPort), 65_536, 10, IDLE_NS));

        assertThatThrownBy(() -> second.open(0, 2)).isInstanceOf(IOException.class)
                .hasMessageContainingAll("127.0.0.1", String.valueOf(listenPort), "nother program", "ss -ulpn");
        running.close();

        assertThat(second.open(0, 2)).isNotNull();
        assertThat(second.open(1, 2)).isNotNull();
    }

    @Test
    void shouldNameTheFixWhenTheAddressIsNotLocal() {
        DatagramTransport transport = closing(create(new InetSocketAddress("192.0.2.1", 6081), 65_536, 10, IDLE_NS));

        assertThatThrownBy(() -> transport.open(0, 1)).isInstanceOf(IOException.class)
                .hasMessageContainingAll("192.0.2.1", "ip addr");
    }

    @Test
    void shouldShareThePortBetweenWorkers() throws IOException {
        DatagramTransport transport = transport(APPLIANCE, 10);
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
        DatagramTransport transport = transport(APPLIANCE, 10);
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

    @Test
    void shouldKeepOriginsValidForEver() throws IOException {
        DatagramPort port = transport(address("0.0.0.0"), 10).open(0, 2);
        DatagramSocket node = sharingSocket(NODE, listenPort);
        DatagramSocket flow = socket(NODE, 0);
        deliver(port, flow, APPLIANCE, new byte[] {1});
        DatagramBatch kept = new DatagramBatch(1, 16);
        kept.buffer().put(0, (byte) 77);
        kept.add(1, batch.origin(0), 0, batch.peerLow(0), batch.peerPort(0));
        deliver(port, socket(NODE, 0), APPLIANCE, new byte[] {2});

        kept.markReply(0);
        port.reply(kept, nowNs);

        assertThat(kept.result(0)).isEqualTo(SendResult.SENT);
        DatagramPacket reply = receive(node);
        assertThat(reply.getData()[0]).isEqualTo((byte) 77);
        assertThat(reply.getAddress()).isEqualTo(APPLIANCE);
        assertThat(reply.getPort()).isEqualTo(flow.getLocalPort());
    }

    @Test
    void shouldNotSendFromAnOriginThatIsNotKnown() throws IOException {
        DatagramPort port = transport(APPLIANCE, 10).open(0, 1);
        DatagramSocket flow = socket(NODE, 0);
        batch.clear();
        batch.add(1, 0xc000_0201, 0, 0x7f00_0002L, flow.getLocalPort());
        batch.markReply(0);

        port.reply(batch, nowNs);

        assertThat(batch.result(0)).isIn(SendResult.FAILED, SendResult.PORT_UNAVAILABLE);
    }

    @Test
    void shouldKeepTheOrderOfEachFlowWhenFlowsAreMixed() throws IOException {
        DatagramPort port = transport(APPLIANCE, 10).open(0, 1);
        DatagramSocket node = socket(NODE, listenPort);
        DatagramSocket[] flows = {socket(NODE, 0), socket(NODE, 0), socket(NODE, 0)};
        DatagramBatch mixed = new DatagramBatch(150, 64);
        deliver(port, flows[0], APPLIANCE, new byte[] {0});
        for (int i = 0; i < 150; i++) {
            mixed.buffer().put(mixed.nextSlot(), (byte) i);
            mixed.add(1, batch.origin(0), 0, batch.peerLow(0), flows[i * i % 7 % 3].getLocalPort());
            if (i % 10 != 9) {
                mixed.markReply(i);
            }
        }

        port.reply(mixed, nowNs);

        int[] last = {-1, -1, -1};
        for (int n = 0; n < 135; n++) {
            DatagramPacket reply = receive(node);
            int i = Byte.toUnsignedInt(reply.getData()[0]);
            int flow = i * i % 7 % 3;
            assertThat(reply.getPort()).isEqualTo(flows[flow].getLocalPort());
            assertThat(i).isGreaterThan(last[flow]);
            last[flow] = i;
            assertThat(mixed.result(i)).isEqualTo(SendResult.SENT);
        }
        assertThat(mixed.result(9)).isEqualTo(SendResult.NOT_MARKED);
    }
}

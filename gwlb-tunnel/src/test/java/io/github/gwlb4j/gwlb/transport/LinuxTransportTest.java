package io.github.gwlb4j.gwlb.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.gwlb4j.linux.CConstants;
import io.github.gwlb4j.linux.Poller;
import io.github.gwlb4j.linux.UdpSocket;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LinuxTransportTest extends TransportContract {
    private static final int CAPACITY = 64;

    @BeforeAll
    static void requireLinux() {
        LinuxRequirements.linux();
    }

    @Override
    DatagramTransport create(InetSocketAddress listen, int receiveBufferBytes, int maxReturnSockets, long returnSocketIdleNs) {
        return new LinuxTransport(listen, receiveBufferBytes, maxReturnSockets, returnSocketIdleNs, ReturnPathMode.BOUND_SOCKETS);
    }

    private DatagramPort node() throws IOException {
        return closing(create(new InetSocketAddress(NODE, listenPort), 1 << 20, 1, IDLE_NS)).open(0, 1);
    }

    private static int receiveOne(DatagramPort node, DatagramBatch into) {
        for (int tries = 0; node.receive(into) == 0; tries++) {
            assertThat(tries).as("nothing received").isLessThan(100);
            node.await(50_000_000);
        }
        return into.size();
    }

    @Test
    void shouldTellTheLocalAddressOfEachDatagramWhenListeningOnTheWildcard() throws IOException {
        DatagramPort port = transport(address("0.0.0.0"), 10).open(0, 2);
        DatagramSocket node = sharingSocket(NODE, listenPort);
        DatagramSocket flow = socket(NODE, 0);
        for (int last : new int[] {1, 9, 200}) {
            assertThat(echo(port, flow, address("127.0.0." + last), new byte[] {1})).isEqualTo(SendResult.SENT);
            assertThat(batch.origin(0)).isEqualTo(0x7f00_0000 + last);
            assertThat(receive(node).getAddress()).isEqualTo(address("127.0.0." + last));
        }
        assertThat(port.returnSockets()).isEqualTo(3);
        // The flow's port is the one listened on: then the listener itself has to choose the address.
        assertThat(echo(port, node, address("127.0.0.77"), new byte[] {1})).isEqualTo(SendResult.SENT);
        assertThat(receive(node).getAddress()).isEqualTo(address("127.0.0.77"));
    }

    @Test
    void shouldTellTheSocketsToPollTheNetworkCardIfAskedAndLeaveThemAloneIfNot() throws IOException {
        assumeThat(canPoll()).as("the kernel has SO_BUSY_POLL and this process may set it").isTrue();
        LinuxTransport polling = (LinuxTransport) transport(APPLIANCE, 10);
        polling.busyPoll(Duration.ofNanos(49_001));
        polling.open(0, 2);
        polling.open(1, 2);
        assertThat(Arrays.stream(polling.descriptors()).map(LinuxTransportTest::busyPollUs)).containsExactly(50, 50);
        polling.close();

        UdpSocket another = UdpSocket.open();
        another.set(CConstants.SOL_SOCKET, CConstants.SO_BUSY_POLL, 70);
        LinuxTransport successor = (LinuxTransport) transport(APPLIANCE, 10);
        another.bind(new InetSocketAddress(APPLIANCE, listenPort));
        successor.adopt(new int[] {another.fd()});
        successor.open(0, 1);
        assertThat(busyPollUs(another.fd())).as("of a process before that polled").isEqualTo(busyRead());
        successor.close();

        LinuxTransport usual = (LinuxTransport) transport(APPLIANCE, 10);
        usual.open(0, 1);
        assertThat(busyPollUs(usual.descriptors()[0])).isEqualTo(busyRead());
    }

    private static boolean canPoll() throws IOException {
        try (UdpSocket socket = UdpSocket.open()) {
            return socket.set(CConstants.SOL_SOCKET, CConstants.SO_BUSY_POLL, 50) == 0;
        }
    }

    private static int busyPollUs(int descriptor) {
        return UdpSocket.adopt(descriptor).get(CConstants.SOL_SOCKET, CConstants.SO_BUSY_POLL);
    }

    private static int busyRead() throws IOException {
        Path sysctl = Path.of("/proc/sys/net/core/busy_read");
        return Files.exists(sysctl) ? Integer.parseInt(Files.readString(sysctl).trim()) : 0;
    }

    @Test
    void shouldReceiveTheTosByteAndSendOnlyTheOneThatTheWorkerSets() throws IOException {
        DatagramPort port = transport(APPLIANCE, 10).open(0, 1);
        DatagramPort node = node();
        DatagramBatch atNode = new DatagramBatch(1, 2048);
        DatagramSocket flow = socket(NODE, 0);
        flow.setTrafficClass(0xb8);

        echo(port, flow, APPLIANCE, new byte[] {1});
        assertThat(batch.trafficClass(0)).isEqualTo(0xb8);
        receiveOne(node, atNode);
        assertThat(atNode.trafficClass(0)).as("not echoed").isZero();

        for (int tos : new int[] {0x03, 0xff, 0x2a, 0}) {
            deliver(port, flow, APPLIANCE, new byte[] {1});
            batch.setTrafficClass(0, tos);
            batch.markReply(0);
            port.reply(batch, nowNs);
            receiveOne(node, atNode);
            assertThat(atNode.trafficClass(0)).isEqualTo(tos);
        }
    }

    @Test
    void shouldCountWhatTheReceiveBufferCouldNotTake() throws IOException {
        DatagramTransport transport = transport(APPLIANCE, 10);
        DatagramPort port = transport.open(0, 1);
        DatagramSocket flow = socket(NODE, 0);
        transport.maintain();
        assertThat(transport.receiveBufferDrops()).isZero();
        int sent = 500;
        for (int i = 0; i < sent; i++) {
            flow.send(new DatagramPacket(new byte[1000], 1000, APPLIANCE, listenPort));
        }
        int received = 0;
        for (int count = port.receive(batch); count > 0; count = port.receive(batch)) {
            received += count;
        }
        assertThat(transport.receiveBufferDrops()).as("as of the last look").isZero();
        transport.maintain();
        assertThat(received).isBetween(1, sent - 1);
        assertThat(transport.receiveBufferDrops()).isEqualTo(sent - received);
        transport.close();
        transport.maintain();
        assertThat(transport.receiveBufferDrops()).as("not forgotten").isEqualTo(sent - received);
    }

    @Test
    void shouldSayInOneLineWhatWasGranted() throws IOException {
        DatagramTransport transport = transport(APPLIANCE, 10);
        transport.open(0, 1);
        assertThat(transport.describe()).isEqualTo("Linux transport on UDP 127.0.0.1 port " + listenPort
                + ", receive buffer 64 KiB, up to 10 reply ports, no raw socket by setting");
    }

    @Test
    void shouldRefuseAnIpv6AddressAndNameTheFix() {
        DatagramTransport transport = create(new InetSocketAddress(address("::1"), 6081), 65_536, 10, IDLE_NS);
        assertThatThrownBy(() -> transport.open(0, 1)).hasMessageContainingAll("IPv4 only", "NioTransport");
    }

    @Test
    void shouldMakeADescriptorReadableByAWakeUpUntilTheNextReceive() throws IOException {
        DatagramPort port = transport(APPLIANCE, 10).open(0, 1);
        Poller poller = new Poller(2);
        for (int descriptor : port.descriptors()) {
            assertThat(poller.add(descriptor, CConstants.POLLIN)).isNotNegative();
        }
        assertThat(poller.poll(0)).isZero();
        port.wakeUp();
        port.wakeUp();
        assertThat(poller.poll(0)).isOne();
        assertThat(port.receive(batch)).isZero();
        assertThat(poller.poll(0)).as("taken back").isZero();
        port.wakeUp();
        port.await(60 * SECOND_NS);
        assertThat(poller.poll(0)).as("await takes it back too").isZero();
    }

    @Test
    void shouldEndABlockedWaitByClosingAndAnswerCallsAfterwards() throws Exception {
        DatagramTransport transport = transport(APPLIANCE, 10);
        DatagramPort port = transport.open(0, 1);
        deliver(port, socket(NODE, 0), APPLIANCE, new byte[] {1});
        batch.markReply(0);
        Thread waiter = new Thread(() -> port.await(60 * SECOND_NS));
        waiter.start();
        while (waiter.getState() != Thread.State.RUNNABLE) {
            Thread.onSpinWait();
        }
        Thread.sleep(20); // most likely inside poll(2) by now; if not, the wait ends as well
        transport.close();
        waiter.join(5000);
        assertThat(waiter.isAlive()).isFalse();

        port.reply(batch, nowNs);
        assertThat(batch.result(0)).isEqualTo(SendResult.FAILED);
        assertThat(port.receive(batch)).isZero();
        port.wakeUp();
        port.expire(Long.MAX_VALUE);
        assertThat(port.returnSockets()).isZero();
    }

    @Test
    void shouldLeaveNoDescriptorBehindWhenClosedUnderAWorkerThatKeepsUsingIt() throws Exception {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        transport(APPLIANCE, 10); // picks a port
        long before = descriptors();
        DatagramSocket flow = new DatagramSocket(new InetSocketAddress(NODE, 0));
        for (int i = 0; i < 1000; i++) {
            DatagramTransport transport = create(new InetSocketAddress(APPLIANCE, listenPort), 65_536, 10, IDLE_NS);
            DatagramPort port = transport.open(0, 1);
            Thread worker = i % 20 != 0 ? null : new Thread(() -> {
                while (port.receive(batch) == 0) {
                    port.await(SECOND_NS);
                }
                batch.markReply(0);
                for (int n = 0; n < 2000; n++) {
                    port.reply(batch, n);
                    port.await(1);
                }
            });
            if (worker != null) {
                worker.setUncaughtExceptionHandler((thread, e) -> failure.set(e));
                worker.start();
                flow.send(new DatagramPacket(new byte[1], 1, APPLIANCE, listenPort));
                while (port.returnSockets() == 0) {
                    assertThat(worker.isAlive()).as("replies, so that the last port was really closed").isTrue();
                    Thread.onSpinWait();
                }
            }
            transport.close();
            if (worker != null) {
                worker.join();
            }
        }
        flow.close();
        assertThat(failure.get()).isNull();
        assertThat(descriptors()).as("fewer if what another test forgot was collected").isLessThanOrEqualTo(before);
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> entries = Files.list(Path.of("/proc/self/fd"))) {
            return entries.count();
        }
    }

    @Test
    void shouldTakeManyDatagramsAtOnce() throws IOException {
        DatagramPort port = transport(APPLIANCE, 10).open(0, 1);
        DatagramSocket flow = socket(NODE, 0);
        for (int i = 0; i < CAPACITY; i++) {
            flow.send(new DatagramPacket(new byte[] {(byte) i, 1}, i % 3, APPLIANCE, listenPort));
        }
        DatagramBatch many = new DatagramBatch(CAPACITY, 2048);
        assertThat(port.receive(many)).isEqualTo(CAPACITY);
        for (int i = 0; i < CAPACITY; i++) {
            assertThat(many.length(i)).isEqualTo(i % 3);
            assertThat(many.length(i) == 0 || many.buffer().get(many.offset(i)) == (byte) i).isTrue();
        }
    }
}

package io.github.gwlb4j.gwlb.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.linux.NativeMemory;
import io.github.gwlb4j.linux.SendVector;
import io.github.gwlb4j.linux.UdpSocket;
import io.github.gwlb4j.packet.IcmpHeader;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.simulator.packet.Fragmenter;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which of several workers gets a datagram, asked of the kernel: real sockets, GENEVE options of any length, outer ports that mean nothing. */
class SteeringTest extends TransportLab {
    private static final int WORKERS = 4;
    private static final int FLOWS = 1000;
    private static final int OUTER_PORTS = 16;
    /** So few that none is lost for want of room. */
    private static final int AT_ONCE = 200;
    private static final int AWS_OPTION_BYTES = 32;
    private static final int TAG_BYTES = Integer.BYTES;

    private final Random random = new Random(1);
    private final List<DatagramPort> ports = new ArrayList<>();
    private final List<DatagramSocket> outer = new ArrayList<>();
    private final List<byte[]> sent = new ArrayList<>();
    private Steering steering = Steering.INNER_FLOW;

    @BeforeEach
    void requireLinux() {
        LinuxRequirements.linux();
    }

    @Override
    DatagramTransport create(InetSocketAddress listen, int receiveBufferBytes, int maxReturnSockets, long returnSocketIdleNs) {
        return new LinuxTransport(listen, 1 << 21, maxReturnSockets, returnSocketIdleNs, ReturnPathMode.BOUND_SOCKETS, UdpOffload.AUTO, steering, 0);
    }

    private void open() throws IOException {
        DatagramTransport transport = transport(APPLIANCE, 1);
        for (int i = 0; i < WORKERS; i++) {
            ports.add(transport.open(i, WORKERS));
        }
        for (int i = 0; i < OUTER_PORTS; i++) {
            outer.add(socket(NODE, 0));
        }
    }

    /** Sends each packet in GENEVE with options of its own length from an outer port of its own; answers which worker got it. */
    private int[] workersOf(List<byte[]> packets) throws IOException {
        sent.clear();
        for (int i = 0; i < packets.size(); i++) {
            // Every other as AWS sends it.
            sent.add(datagram(packets.get(i), random.nextBoolean() ? AWS_OPTION_BYTES : 4 * random.nextInt(64), i));
        }
        return workersOfSent(i -> outer.get(random.nextInt(OUTER_PORTS)));
    }

    private interface SocketChoice {
        DatagramSocket of(int datagram);
    }

    private int[] workersOfSent(SocketChoice choice) throws IOException {
        int[] workers = new int[sent.size()];
        Arrays.fill(workers, -1);
        for (int i = 0; i < sent.size(); i++) {
            choice.of(i).send(new DatagramPacket(sent.get(i), sent.get(i).length, APPLIANCE, listenPort));
            if ((i + 1) % AT_ONCE == 0 || i + 1 == sent.size()) {
                take(workers);
            }
        }
        assertThat(workers).doesNotContain(-1);
        return workers;
    }

    /** On loopback what is sent has arrived. */
    private void take(int[] workers) {
        for (int worker = 0; worker < WORKERS; worker++) {
            while (ports.get(worker).receive(batch) > 0) {
                for (int i = 0; i < batch.size(); i++) {
                    workers[batch.buffer().getInt(batch.offset(i) + batch.length(i) - TAG_BYTES)] = worker;
                }
            }
        }
    }

    /** The tag lies behind the inner packet. */
    private static byte[] datagram(byte[] inner, int optionBytes, int tag) {
        int header = 8 + optionBytes;
        ByteBuffer datagram = ByteBuffer.allocate(header + inner.length + TAG_BYTES);
        datagram.put(0, (byte) (optionBytes / 4)).putShort(2, (short) (inner[0] >>> 4 == 6 ? 0x86dd : 0x0800));
        datagram.put(header, inner).putInt(header + inner.length, tag);
        return datagram.array();
    }

    private static String host(int version, int number) {
        return version == 4 ? "10." + (number >> 16) + "." + (number >> 8 & 0xff) + "." + (number & 0xff) : "fd00::" + Integer.toHexString(number);
    }

    private static PacketBuilder packet(int version, int source, int destination) {
        return version == 4 ? PacketBuilder.ipv4(host(4, source), host(4, destination)) : PacketBuilder.ipv6(host(6, source), host(6, destination));
    }

    /** Clients in a row, servers in a row, ports in a row: as a scan or a load test has them. */
    private List<byte[]> flows(int version, boolean isAnswer) {
        List<byte[]> packets = new ArrayList<>();
        for (int i = 0; i < FLOWS; i++) {
            int client = i % 50;
            int server = 1000 + i % 7;
            int port = 40_000 + i / 50;
            PacketBuilder packet = isAnswer ? packet(version, server, client) : packet(version, client, server);
            int from = isAnswer ? 443 : port;
            int to = isAnswer ? port : 443;
            packets.add((i % 2 == 0 ? packet.tcp(from, to) : packet.udp(from, to)).payload(random.nextInt(100)).build());
        }
        return packets;
    }

    /** As many bytes of NOP behind the IPv4 header; its checksum does not matter here. */
    private static byte[] withIpv4Options(byte[] packet, int bytes) {
        byte[] longer = new byte[packet.length + bytes];
        Arrays.fill(longer, 20, 20 + bytes, (byte) 1);
        System.arraycopy(packet, 0, longer, 0, 20);
        System.arraycopy(packet, 20, longer, 20 + bytes, packet.length - 20);
        longer[0] = (byte) (0x40 | (20 + bytes) / 4);
        return longer;
    }

    /** With four workers, of 1000 flows at least 200 and at most 300 each: six standard deviations are 82. */
    private static void assertBalanced(int[] workers) {
        for (int worker = 0; worker < WORKERS; worker++) {
            int number = worker;
            assertThat(Arrays.stream(workers).filter(of -> of == number).count()).as("worker %d", worker).isBetween(workers.length / 4 - 85L, workers.length / 4 + 85L);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void shouldBringBothDirectionsOfAFlowToOneWorkerWhateverTheOuterPort(int version) throws IOException {
        open();
        int[] toServer = workersOf(flows(version, false));
        assertThat(workersOf(flows(version, true))).isEqualTo(toServer);
        assertBalanced(toServer);
    }

    @Test
    void shouldFindThePortsBehindIpv4Options() throws IOException {
        open();
        int[] plain = workersOf(flows(4, false));
        List<byte[]> withOptions = flows(4, true);
        withOptions.replaceAll(packet -> withIpv4Options(packet, 4 * (1 + random.nextInt(10))));
        assertThat(workersOf(withOptions)).isEqualTo(plain);
    }

    @ParameterizedTest
    @CsvSource({"4, 0", "4, 3", "4, 4", "4, 5", "4, 11", "4, 12", "6, 1", "6, 2", "6, 3", "6, 4"})
    void shouldBringAnIcmpErrorToTheWorkerOfTheFlowThatItQuotes(int version, int type) throws IOException {
        open();
        List<byte[]> packets = flows(version, false);
        int[] expected = workersOf(packets);
        boolean isError = type != IcmpHeader.ECHO_REPLY;
        List<byte[]> errors = new ArrayList<>();
        for (int i = 0; i < packets.size(); i++) {
            byte[] quoted = Arrays.copyOf(packets.get(i), version == 4 ? 28 : 48);
            errors.add(packet(version, 5000 + i, i % 50).icmpError(isError ? type : IcmpHeader.TIME_EXCEEDED, 0, quoted).build());
            if (!isError) {
                errors.get(i)[20] = (byte) type;
            }
        }
        int[] workers = workersOf(errors);
        if (isError) {
            assertThat(workers).isEqualTo(expected);
        } else {
            assertThat(workers).isNotEqualTo(expected);
        }
    }

    @ParameterizedTest
    @CsvSource({"4, INNER_FLOW", "6, INNER_FLOW", "4, INNER_ADDRESSES", "6, INNER_ADDRESSES"})
    void shouldBringAllFragmentsBetweenTwoHostsToOneWorker(int version, Steering how) throws IOException {
        steering = how;
        open();
        List<byte[]> fragments = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            byte[] there = packet(version, i, 1000).udp(40_000 + i, 53).payload(1000).build();
            byte[] back = packet(version, 1000, i).udp(53, 40_000 + i).payload(1000).build();
            fragments.addAll(Fragmenter.split(there, 500, i).subList(0, 3));
            fragments.addAll(Fragmenter.split(back, 500, i).subList(0, 3));
        }
        int[] workers = workersOf(fragments);
        for (int i = 0; i < workers.length; i++) {
            assertThat(workers[i]).as("fragment %d", i).isEqualTo(workers[i / 6 * 6]);
        }
        assertThat(Arrays.stream(workers).distinct().count()).isEqualTo(WORKERS);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void shouldBringFragmentsToTheirFlowsWorkerWhenOnlyAddressesCount(int version) throws IOException {
        steering = Steering.INNER_ADDRESSES;
        open();
        List<byte[]> packets = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            byte[] whole = packet(version, i, 1000).udp(40_000 + i, 53).payload(1000).build();
            packets.add(whole);
            packets.addAll(Fragmenter.split(whole, 700, i));
            packets.add(packet(version, 1000, i).tcp(53, 40_000).build());
            packets.add(packet(version, 1000, i).icmpEchoRequest(1, 1).build());
        }
        int[] workers = workersOf(packets);
        int each = packets.size() / 100;
        for (int i = 0; i < workers.length; i++) {
            assertThat(workers[i]).as("packet %d", i).isEqualTo(workers[i / each * each]);
        }
        assertThat(Arrays.stream(workers).distinct().count()).isEqualTo(WORKERS);
    }

    @ParameterizedTest
    @ValueSource(ints = {IpProtocol.GRE, IpProtocol.ESP, IpProtocol.ICMP, 250})
    void shouldGoByAddressesAloneWhenTheProtocolHasNoPorts(int protocol) throws IOException {
        open();
        List<byte[]> packets = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            byte[] content = new byte[50];
            random.nextBytes(content);
            content[0] = 0; // for ICMP: an echo reply
            packets.add(packet(4, i % 10, 1000).protocol(protocol).payload(content).build());
            packets.add(packet(4, 1000, i % 10).protocol(protocol).payload(content).build());
        }
        int[] workers = workersOf(packets);
        for (int i = 0; i < workers.length; i++) {
            assertThat(workers[i]).as("packet %d", i).isEqualTo(workers[i % 20 / 2 * 2]);
        }
    }

    @ParameterizedTest
    @EnumSource(Steering.class)
    void shouldDeliverEveryDatagramHoweverBadItIs(Steering how) throws IOException {
        steering = how;
        open();
        byte[] whole = datagram(flows(4, false).get(0), AWS_OPTION_BYTES, 0);
        for (int length = TAG_BYTES; length <= whole.length; length++) {
            sent.add(Arrays.copyOf(whole, length));
        }
        for (int i = 0; i < 500; i++) {
            byte[] noise = new byte[TAG_BYTES + random.nextInt(300)];
            random.nextBytes(noise);
            sent.add(noise);
        }
        for (int i = 0; i < sent.size(); i++) {
            ByteBuffer.wrap(sent.get(i)).putInt(sent.get(i).length - TAG_BYTES, i);
        }
        workersOfSent(i -> outer.get(i % OUTER_PORTS));
        for (DatagramSocket socket : outer) {
            socket.send(new DatagramPacket(new byte[0], 0, APPLIANCE, listenPort));
        }
        int empty = 0;
        for (DatagramPort port : ports) {
            for (int n = port.receive(batch); n > 0; n = port.receive(batch)) {
                empty += n;
            }
        }
        assertThat(empty).isEqualTo(OUTER_PORTS);
    }

    @Test
    void shouldLeaveWhatIsNoIpPacketToTheOuterHeader() throws IOException {
        open();
        for (int i = 0; i < 200; i++) {
            sent.add(datagram(new byte[60], AWS_OPTION_BYTES, i));
        }
        int[] workers = workersOfSent(i -> outer.get(i % OUTER_PORTS));
        for (int i = 0; i < workers.length; i++) {
            assertThat(workers[i]).as("outer port %d", i % OUTER_PORTS).isEqualTo(workers[i % OUTER_PORTS]);
        }
        assertThat(Arrays.stream(workers).distinct().count()).isGreaterThan(1);
    }

    @Test
    void shouldGoByTheOuterHeaderWhenAskedTo() throws IOException {
        steering = Steering.OUTER_FLOW;
        open();
        List<byte[]> packets = flows(4, false);
        for (int i = 0; i < packets.size(); i++) {
            sent.add(datagram(packets.get(i), AWS_OPTION_BYTES, i));
        }
        int[] workers = workersOfSent(i -> outer.get(i % OUTER_PORTS));
        for (int i = 0; i < workers.length; i++) {
            assertThat(workers[i]).isEqualTo(workers[i % OUTER_PORTS]);
        }
    }

    /** What {@link Steering} says about merged datagrams: nothing is lost, and the kernel asks once. */
    @Test
    void shouldTakeDatagramsThatTheKernelHasMergedToTheWorkerOfTheFirst() throws IOException {
        open();
        List<byte[]> packets = flows(4, false);
        packets.replaceAll(packet -> Arrays.copyOf(packet, 60));
        int[] alone = workersOf(packets);
        UdpSocket sender = closing(UdpSocket.open());
        SendVector vector = new SendVector(1, 1);
        ByteBuffer run = ByteBuffer.allocateDirect(20 * 72);
        int[] workers = new int[20];
        for (int i = 0; i < workers.length; i++) {
            run.put(datagram(packets.get(i), 0, i));
        }
        ports.forEach(port -> port.receive(batch)); // UDP_GRO is on from the first receive
        int message = vector.add(NativeMemory.addressOf(run), run.capacity());
        vector.segmentBytes(message, 72);
        vector.to(message, 0x7f00_0001, listenPort);
        assertThat(sender.send(vector, 0, 1)).isOne();
        Arrays.fill(workers, -1);
        take(workers);
        assertThat(workers).containsOnly(alone[0]);
    }

    @Test
    void shouldSayInTheLogHowWorkersAreChosen() throws IOException {
        DatagramTransport transport = transport(APPLIANCE, 1);
        transport.open(0, 2);
        assertThat(transport.describe()).endsWith(", workers by inner flow");
        DatagramTransport ofOne = transport(APPLIANCE, 1);
        ofOne.open(0, 1);
        assertThat(ofOne.describe()).doesNotContain("workers by");
    }

    @Test
    void shouldGoOnWithoutWhenTheKernelRefuses() throws IOException {
        UdpSocket closed = UdpSocket.open();
        closed.close();
        WorkerSteering refused = new WorkerSteering(Steering.INNER_FLOW);
        refused.attach(closed, 2);
        assertThat(refused.describe()).isEmpty();
    }
}

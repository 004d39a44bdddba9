package io.github.gwlb4j.gwlb.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.linux.Errno;
import io.github.gwlb4j.linux.NativeMemory;
import io.github.gwlb4j.linux.SendVector;
import io.github.gwlb4j.linux.UdpSocket;
import io.github.gwlb4j.tun.NetAdmin;
import io.github.gwlb4j.tun.NetworkNamespace;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Several datagrams of a flow that pass through the kernel as one, out (UDP_SEGMENT) and in (UDP_GRO): byte for byte as without. */
class LinuxOffloadTest extends TransportLab {
    private static final int APPLIANCE_BITS = 0x7f00_0001;
    private static final int NODE_BITS = 0x7f00_0002;
    private static final int FIRST_PORT = 20_000;

    private final DatagramBatch replies = new DatagramBatch(ByteBuffer.allocateDirect(1 << 21), 512, 0);
    private final DatagramBatch atNode = new DatagramBatch(32, 65_536);
    private final Random random = new Random(1);
    /** What was given to the kernel: the number of messages of each system call. */
    private final List<Integer> sends = new ArrayList<>();
    private int refusals;
    private Errno refusal = Errno.EIO;
    private UdpOffload offload = UdpOffload.AUTO;
    private int end;

    @BeforeEach
    void requireLinux() {
        LinuxRequirements.rawSockets();
    }

    @Override
    DatagramTransport create(InetSocketAddress listen, int receiveBufferBytes, int maxReturnSockets, long returnSocketIdleNs) {
        return new LinuxTransport(listen, 1 << 21, maxReturnSockets, returnSocketIdleNs, ReturnPathMode.BOUND_SOCKETS, offload, Steering.AUTO, 0);
    }

    private DatagramPort node() throws IOException {
        transport(NODE, 1);
        return closing(create(new InetSocketAddress(NODE, listenPort), 1 << 21, 1, IDLE_NS)).open(0, 1);
    }

    private LinuxReturnPath path(ReturnPathMode mode) throws IOException {
        UdpSocket listener = closing(UdpSocket.open());
        InetSocketAddress listen = new InetSocketAddress(APPLIANCE, listenPort);
        listener.bind(listen);
        UdpSocket raw = mode == ReturnPathMode.BOUND_SOCKETS ? null : UdpSocket.openRaw();
        if (raw != null) {
            raw.bind(new InetSocketAddress(APPLIANCE, 0));
        }
        LinuxReturnPath path = new LinuxReturnPath(listener, listen, false, raw, mode == ReturnPathMode.RAW_SOCKET ? null : new ReturnSockets<>(100, IDLE_NS), offload, this::send);
        closing(path::close);
        return path;
    }

    private int send(UdpSocket socket, SendVector vector, int from, int to) {
        if (refusals > 0) {
            refusals--;
            return refusal.result();
        }
        sends.add(to - from);
        return socket.send(vector, from, to);
    }

    private void clear() {
        replies.clear();
        sends.clear();
        end = 0;
    }

    private void add(int flow, int trafficClass, int... lengths) {
        for (int length : lengths) {
            int i = replies.size();
            int freeInFront = random.nextInt(3) == 0 ? RawReplyHeaders.BYTES - 1 + random.nextInt(3) : 0;
            end += freeInFront;
            for (int at = 0; at < length; at++) {
                replies.buffer().put(end + at, (byte) random.nextInt());
            }
            replies.addAt(end, length, APPLIANCE_BITS, 0, NODE_BITS, FIRST_PORT + flow);
            replies.setTrafficClass(i, trafficClass);
            replies.setFreeInFront(i, freeInFront);
            replies.markReply(i);
            end += length + random.nextInt(2); // some lie side by side
        }
    }

    /** Sends the batch and asserts that each datagram arrives as it is, in the order of its flow. */
    private void assertArrives(LinuxReturnPath path, DatagramPort node) {
        Map<Integer, List<List<Object>>> expected = new HashMap<>();
        for (int i = 0; i < replies.size(); i++) {
            if (replies.isReply(i)) {
                expected.computeIfAbsent(replies.peerPort(i), port -> new ArrayList<>()).add(content(replies, i));
            }
        }
        path.reply(replies, nowNs);
        for (int i = 0; i < replies.size(); i++) {
            assertThat(replies.result(i)).isEqualTo(replies.isReply(i) ? SendResult.SENT : SendResult.NOT_MARKED);
        }
        int total = expected.values().stream().mapToInt(List::size).sum();
        Map<Integer, List<List<Object>>> arrived = new HashMap<>();
        for (int n = 0, tries = 0; n < total; tries++) {
            assertThat(tries).as("only %d of %d arrived", n, total).isLessThan(1000);
            node.await(50_000_000);
            n += node.receive(atNode);
            for (int i = 0; i < atNode.size(); i++) {
                arrived.computeIfAbsent(atNode.peerPort(i), port -> new ArrayList<>()).add(content(atNode, i));
                assertThat(atNode.peerLow(i)).isEqualTo(APPLIANCE_BITS);
            }
        }
        assertThat(arrived).isEqualTo(expected);
        assertThat(node.receive(atNode)).isZero();
    }

    private static List<Object> content(DatagramBatch batch, int i) {
        byte[] bytes = new byte[batch.length(i)];
        batch.buffer().get(batch.offset(i), bytes);
        return List.of(ByteBuffer.wrap(bytes), batch.trafficClass(i));
    }

    @ParameterizedTest
    @CsvSource({"BOUND_SOCKETS, AUTO", "BOUND_SOCKETS, OFF", "AUTO, AUTO", "AUTO, OFF", "RAW_SOCKET, AUTO"})
    void shouldDeliverWhateverIsInTheBatchInTheOrderOfEachFlow(ReturnPathMode mode, UdpOffload udpOffload) throws IOException {
        offload = udpOffload;
        DatagramPort node = node();
        LinuxReturnPath path = path(mode);
        for (int round = 0; round < 200; round++) {
            clear();
            int flows = 1 + random.nextInt(6);
            int sizes = 1 + random.nextInt(3);
            for (int i = random.nextInt(150); i >= 0; i--) {
                add(random.nextInt(flows), random.nextInt(20) == 0 ? 3 : 0, random.nextInt(30) == 0 ? 0 : 64 * (1 + random.nextInt(sizes)));
            }
            assertArrives(path, node);
        }
    }

    @ParameterizedTest
    @EnumSource(value = ReturnPathMode.class, names = {"AUTO", "BOUND_SOCKETS"})
    void shouldSendRunsAsOneMessageEach(ReturnPathMode mode) throws IOException {
        DatagramPort node = node();
        LinuxReturnPath path = path(mode);
        add(0, 0, 1400, 1400, 1400, 9);
        add(1, 0, 50);
        add(0, 0, 700, 700);
        add(1, 3, 50, 50);
        assertArrives(path, node);
        assertThat(sends).containsExactly(2, 2);
        assertThat(path.open()).isEqualTo(2);
    }

    @Test
    void shouldSendSinglesOfAllFlowsAtOnceWhenItHasARawSocket() throws IOException {
        DatagramPort node = node();
        LinuxReturnPath path = path(ReturnPathMode.AUTO);
        for (int flow = 0; flow < 10; flow++) {
            add(flow, 0, 100 + flow);
        }
        add(3, 0, 500, 9, 500); // a run for a flow that has a single too: both from the bound socket
        assertArrives(path, node);
        assertThat(sends).containsExactlyInAnyOrder(9, 3);
        assertThat(path.open()).isOne();
    }

    @Test
    void shouldSendMoreThanOneSystemCallCanTake() throws IOException {
        DatagramPort node = node();
        LinuxReturnPath path = path(ReturnPathMode.BOUND_SOCKETS);
        for (int run = 0; run < 258; run++) {
            add(0, 0, 40 + run);
        }
        for (int i = 0; i < 200; i++) {
            add(1, 0, 33);
        }
        assertArrives(path, node);
        assertThat(sends).containsExactly(128, 128, 2, 4);
    }

    @Test
    void shouldSendOneByOneOnceTheKernelSaysItCannotSegment() throws IOException {
        DatagramPort node = node();
        LinuxReturnPath path = path(ReturnPathMode.BOUND_SOCKETS);
        refusals = 1;
        add(0, 0, 80, 80, 80);
        assertThat(path.isSegmentingRefused()).isFalse();
        assertArrives(path, node);
        assertThat(path.isSegmentingRefused()).isTrue();
        assertThat(sends).containsExactly(1, 1, 1);

        clear();
        add(0, 0, 80, 80, 80);
        assertArrives(path, node);
        assertThat(sends).as("not asked again").containsExactly(3);
    }

    @Test
    void shouldKeepTheOrderOfAFlowWhoseSecondRunIsRefused() throws IOException {
        DatagramPort node = node();
        LinuxReturnPath path = path(ReturnPathMode.BOUND_SOCKETS);
        refusals = 1;
        refusal = Errno.EINVAL;
        add(0, 0, 80, 80, 90, 90, 100, 100);
        assertArrives(path, node);
        assertThat(sends).containsExactly(1, 1, 2);
        assertThat(path.isSegmentingRefused()).isFalse();

        clear();
        add(0, 0, 79, 79, 80, 80);
        assertArrives(path, node);
        assertThat(sends).as("segments as long as those refused are not tried").containsExactly(3);
        clear();
        path.expire(nowNs);
        add(0, 0, 80, 80);
        assertArrives(path, node);
        assertThat(sends).as("tried anew").containsExactly(1);
    }

    @Test
    void shouldNoteForAllDatagramsOfARunWhatBecameOfIt() throws IOException {
        node();
        LinuxReturnPath path = path(ReturnPathMode.BOUND_SOCKETS);
        refusals = 1;
        refusal = Errno.EAGAIN;
        add(0, 0, 80, 80, 80);
        path.reply(replies, nowNs);
        for (int i = 0; i < 3; i++) {
            assertThat(replies.result(i)).isEqualTo(SendResult.WOULD_BLOCK);
        }
    }

    @Test
    void shouldLeaveItToTheKernelToFragmentWhatIsTooLongForTheInterface() throws Exception {
        try (NetworkNamespace namespace = NetworkNamespace.isolated(); NetAdmin admin = NetAdmin.open(namespace)) {
            admin.setMtu("lo", 1500);
            admin.setUp("lo", true);
            namespace.call(() -> {
                for (ReturnPathMode mode : new ReturnPathMode[] {ReturnPathMode.BOUND_SOCKETS, ReturnPathMode.AUTO}) {
                    DatagramPort node = node();
                    LinuxReturnPath path = path(mode);
                    clear();
                    add(0, 0, 1472, 1472, 1473, 1473, 1473, 10);
                    add(1, 0, 1473);
                    add(2, 0, 100);
                    add(2, 0, 4000);
                    assertArrives(path, node);
                    assertArrives(path, node);
                    path.close(); // or the next one finds the ports taken
                }
                return null;
            });
        }
    }

    // ---- received

    private SendVector merged(int segmentBytes, int bytes, ByteBuffer content) {
        for (int i = 0; i < bytes; i++) {
            content.put(i, (byte) random.nextInt());
        }
        SendVector vector = new SendVector(1, 1);
        int message = vector.add(NativeMemory.addressOf(content), bytes);
        vector.to(message, NODE_BITS, listenPort);
        vector.segmentBytes(message, segmentBytes);
        vector.trafficClass(message, 0x2a);
        return vector;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 50, 100})
    void shouldTakeApartWhatTheKernelMergedAndDeliverTheRestOfAFullBatchNext(int capacity) throws IOException {
        DatagramPort node = node();
        UdpSocket sender = closing(UdpSocket.open());
        sender.bind(new InetSocketAddress(APPLIANCE, 0));
        ByteBuffer content = NativeMemory.allocate(3 * 5000);
        DatagramBatch small = new DatagramBatch(ByteBuffer.allocateDirect(65_536), capacity, 1, 65_536);
        assertThat(node.receive(small)).isZero(); // asks for merging
        for (int n = 0; n < 3; n++) {
            ByteBuffer part = NativeMemory.allocate(5000);
            assertThat(sender.send(merged(700, 4999, part), 0, 1)).isOne();
            content.put(n * 4999, part, 0, 4999);
        }
        int at = 0;
        for (int i = 0; i < 24; ) {
            node.await(SECOND_NS);
            int count = node.receive(small);
            assertThat(count).isBetween(1, Math.min(8, capacity));
            for (int d = 0; d < count; d++, i++) {
                assertThat(small.length(d)).isEqualTo(i % 8 == 7 ? 99 : 700);
                assertThat(small.trafficClass(d)).isEqualTo(0x2a);
                assertThat(small.origin(d)).isEqualTo(NODE_BITS);
                assertThat(small.peerLow(d)).isEqualTo(APPLIANCE_BITS);
                assertThat(small.peerPort(d)).isEqualTo(sender.localPort());
                assertThat(small.buffer().slice(small.offset(d), small.length(d))).isEqualTo(content.slice(at, small.length(d)));
                at += small.length(d);
            }
        }
        assertThat(node.receive(small)).isZero();
    }

    @Test
    void shouldTakeDatagramByDatagramWhenOffloadIsOff() throws IOException {
        offload = UdpOffload.OFF;
        assertThat(receivedAtOnce(new DatagramBatch(ByteBuffer.allocateDirect(65_536), 8, 1, 65_536))).isOne();
    }

    @Test
    void shouldTakeAllOfAMergedMessageAtOnceWhenOffloadIsOn() throws IOException {
        assertThat(receivedAtOnce(new DatagramBatch(ByteBuffer.allocateDirect(65_536), 8, 1, 65_536))).isEqualTo(8);
    }

    @Test
    void shouldNotLetTheKernelMergeWhatASlotCannotHold() throws IOException {
        assertThat(receivedAtOnce(new DatagramBatch(1, 2048))).isOne();
    }

    @Test
    void shouldReceiveWithRoomForHeadersInFrontOfAMessageButNotInFrontOfWhatWasMergedBehindIt() throws IOException {
        DatagramBatch roomy = new DatagramBatch(ByteBuffer.allocateDirect(65_536 + 64), 8, 1, 65_536 + 64);
        assertThat(receivedAtOnce(roomy)).isEqualTo(8);
        for (int i = 0; i < 8; i++) {
            assertThat(roomy.offset(i)).isEqualTo(64 + i * 700);
            assertThat(roomy.freeInFront(i)).isEqualTo(i == 0 ? 64 : 0);
        }
    }

    private int receivedAtOnce(DatagramBatch into) throws IOException {
        DatagramPort node = node();
        UdpSocket sender = closing(UdpSocket.open());
        assertThat(node.receive(into)).isZero();
        assertThat(sender.send(merged(700, 4999, NativeMemory.allocate(5000)), 0, 1)).isOne();
        node.await(SECOND_NS);
        return node.receive(into);
    }
}

package io.github.gwlb4j.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.gwlb4j.tun.GatherBatch;
import io.github.gwlb4j.tun.LinkAddress;
import io.github.gwlb4j.tun.LinuxException;
import io.github.gwlb4j.tun.PacketBatch;
import io.github.gwlb4j.tun.Requirements;
import io.github.gwlb4j.tun.TunLab;
import io.github.gwlb4j.tun.offload.Packets;

class UdpSocketTest {

    private static final int LOOPBACK = 0x7f000001;

    private final List<UdpSocket> sockets = new ArrayList<>();
    private TunLab lab;
    private SendVector out;
    private ReceiveVector in;
    private PacketBatch payload;

    @BeforeEach
    void openLab() throws LinuxException {
        Requirements.tun();
        lab = new TunLab();
        out = new SendVector(64, 1024);
        in = new ReceiveVector(64, 65_536);
        payload = new PacketBatch(64, 1024 * 1024);
    }

    @AfterEach
    void closeLab() {
        sockets.forEach(UdpSocket::close);
        if (lab != null) {
            lab.close();
        }
    }

    private UdpSocket open(int port) throws LinuxException {
        UdpSocket socket = lab.inside(UdpSocket::open);
        sockets.add(socket);
        if (port >= 0) {
            socket.bind(new InetSocketAddress("0.0.0.0", port));
        }
        return socket;
    }

    private void addPayload(int length, int seed) {
        int offset = payload.reserve(length, 0);
        for (int i = 0; i < length; i++) {
            payload.buffer().put(offset + i, (byte) (i * 7 + seed));
        }
        payload.add(offset, length);
    }

    private static byte[] bytes(PacketBatch batch, int index) {
        byte[] copy = new byte[batch.length(index)];
        batch.buffer().get(batch.offset(index), copy);
        return copy;
    }

    private byte[] received(int message) {
        byte[] copy = new byte[in.length(message)];
        in.buffer().get(in.offset(message), copy);
        return copy;
    }

    private int receive(UdpSocket socket) {
        Poller poller = new Poller(1);
        poller.add(socket.fd(), CConstants.POLLIN);
        assertThat(poller.poll(2000)).as("something arrives").isEqualTo(1);
        return socket.receive(in);
    }

    @Test
    void shouldCarryManyDatagramsInOneCall() throws Exception {
        UdpSocket a = open(0);
        UdpSocket b = open(0);
        for (int i = 0; i < 64; i++) {
            addPayload(i * 20, i);
            out.to(out.add(payload, i), LOOPBACK, b.localPort());
        }
        assertThat(out.add(payload, 0)).as("full").isEqualTo(Errno.ENOBUFS.result());
        assertThat(a.send(out, 0, 64)).isEqualTo(64);
        assertThat(receive(b)).isEqualTo(64);
        for (int i = 0; i < 64; i++) {
            assertThat(received(i)).isEqualTo(bytes(payload, i));
            assertThat(in.sourceAddress(i)).isEqualTo(LOOPBACK);
            assertThat(in.sourcePort(i)).isEqualTo(a.localPort());
            assertThat(in.isTruncated(i)).isFalse();
            assertThat(in.segmentBytes(i)).isZero();
        }
        assertThat(b.receive(in)).as("nothing is waiting").isZero();
    }

    @Test
    void shouldTellAndChooseTheLocalAddressAndTheTypeOfService() throws Exception {
        lab.admin.addAddress("lo", LinkAddress.parse("10.7.0.1/32"));
        lab.admin.addAddress("lo", LinkAddress.parse("10.7.0.2/32"));
        UdpSocket a = open(0);
        UdpSocket b = open(0);
        assertThat(b.set(CConstants.IPPROTO_IP, CConstants.IP_PKTINFO, 1)).isZero();
        assertThat(b.set(CConstants.IPPROTO_IP, CConstants.IP_RECVTOS, 1)).isZero();
        addPayload(100, 1);
        int message = out.add(payload, 0);
        out.to(message, 0x0a070001, b.localPort());
        out.from(message, 0x0a070002);
        out.trafficClass(message, 0x2a);
        assertThat(a.send(out, 0, 1)).isEqualTo(1);
        assertThat(receive(b)).isEqualTo(1);
        assertThat(in.sourceAddress(0)).isEqualTo(0x0a070002);
        assertThat(in.localAddress(0)).isEqualTo(0x0a070001);
        assertThat(in.trafficClass(0)).isEqualTo(0x2a);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldCutAMessageIntoDatagrams(boolean gro) throws Exception {
        UdpSocket a = open(0);
        UdpSocket b = open(0);
        if (gro) {
            assertThat(b.set(CConstants.IPPROTO_UDP, CConstants.UDP_GRO, 1)).isZero();
        }
        addPayload(10 * 1000 + 77, 3);
        int message = out.add(payload, 0);
        out.to(message, LOOPBACK, b.localPort());
        out.segmentBytes(message, 1000);
        assertThat(a.send(out, 0, 1)).isEqualTo(1);
        assertThat(receive(b)).isEqualTo(gro ? 1 : 11);
        ByteBuffer all = ByteBuffer.allocate(10_077);
        for (int i = 0; i < (gro ? 1 : 11); i++) {
            assertThat(in.segmentBytes(i)).isEqualTo(gro ? 1000 : 0);
            all.put(received(i));
        }
        assertThat(all.array()).isEqualTo(bytes(payload, 0));
    }

    @Test
    void shouldSendARunOfDatagramsFromHeadersAndPayloadInPieces() throws Exception {
        UdpSocket a = open(0);
        UdpSocket b = open(0);
        GatherBatch gather = new GatherBatch(4, 64, 1024);
        gather.begin(payload);
        for (int i = 0; i < 5; i++) {
            addPayload(1000, i);
            int header = gather.reserveHeader(40);
            gather.headers().put(header, (byte) (100 + i));
            gather.addHeader(header, 40);
            gather.addPayload(payload.offset(i), 1000);
        }
        gather.endMessage();
        int message = out.add(gather, 0);
        out.to(message, LOOPBACK, b.localPort());
        out.segmentBytes(message, 1040);
        assertThat(a.send(out, 0, 1)).isEqualTo(1);
        assertThat(receive(b)).isEqualTo(5);
        for (int i = 0; i < 5; i++) {
            byte[] datagram = received(i);
            assertThat(datagram).hasSize(1040);
            assertThat(datagram[0]).isEqualTo((byte) (100 + i));
            assertThat(Arrays.copyOfRange(datagram, 40, 1040)).isEqualTo(bytes(payload, i));
        }
    }

    @Test
    void shouldReceiveIntoTheSlotsOfABufferThatSomeoneElseOwns() throws Exception {
        UdpSocket a = open(0);
        UdpSocket b = open(0);
        ByteBuffer foreign = ByteBuffer.allocateDirect(3 * 2048 + 5).position(77);
        in = new ReceiveVector(foreign, 3, 2048);
        for (int i = 0; i < 3; i++) {
            addPayload(100 * i + 7, i);
            out.to(out.add(payload, i), LOOPBACK, b.localPort());
        }
        assertThat(a.send(out, 0, 3)).isEqualTo(3);
        assertThat(receive(b)).isEqualTo(3);
        assertThat(in.buffer()).isSameAs(foreign);
        for (int i = 0; i < 3; i++) {
            assertThat(in.offset(i)).isEqualTo(i * 2048);
            assertThat(received(i)).isEqualTo(bytes(payload, i));
        }
        assertThatThrownBy(() -> new ReceiveVector(foreign, 4, 2048)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("4 slots of 2048 bytes do not fit into 6149");
    }

    @Test
    void shouldLeaveTheRoomInFrontOfAMessageAsItIs() throws Exception {
        UdpSocket a = open(0);
        UdpSocket b = open(0);
        ByteBuffer foreign = ByteBuffer.allocateDirect(2 * 128);
        for (int i = 0; i < foreign.capacity(); i++) {
            foreign.put(i, (byte) 0x77);
        }
        in = new ReceiveVector(foreign, 2, 128, 28);
        for (int i = 0; i < 2; i++) {
            addPayload(100 + i, i);
            out.to(out.add(payload, i), LOOPBACK, b.localPort());
        }
        assertThat(a.send(out, 0, 2)).isEqualTo(2);
        assertThat(receive(b)).isEqualTo(2);
        assertThat(in.headroom()).isEqualTo(28);
        for (int i = 0; i < 2; i++) {
            assertThat(in.offset(i)).isEqualTo(i * 128 + 28);
            assertThat(in.length(i)).isEqualTo(100);
            assertThat(in.isTruncated(i)).as("100 bytes of room").isEqualTo(i == 1);
            for (int at = i * 128; at < i * 128 + 28; at++) {
                assertThat(foreign.get(at)).isEqualTo((byte) 0x77);
            }
        }
        assertThat(received(0)).isEqualTo(bytes(payload, 0));
    }

    @Test
    void shouldSendAMessageFromPiecesAnywhereInMemory() throws Exception {
        UdpSocket a = open(0);
        UdpSocket b = open(0);
        addPayload(300, 5);
        ByteBuffer front = NativeMemory.allocate(8).putLong(0, 0x0102_0304_0506_0708L);
        int message = out.add(NativeMemory.addressOf(front), 8);
        assertThat(out.append(payload.address() + payload.offset(0), 300)).isZero();
        out.to(message, LOOPBACK, b.localPort());
        assertThat(a.send(out, 0, 1)).isEqualTo(1);
        assertThat(receive(b)).isEqualTo(1);
        assertThat(Arrays.copyOfRange(received(0), 8, 308)).isEqualTo(bytes(payload, 0));
        assertThat(ByteBuffer.wrap(received(0)).order(front.order()).getLong()).isEqualTo(front.getLong(0));
        SendVector small = new SendVector(1, 1);
        small.add(NativeMemory.addressOf(front), 8);
        assertThat(small.append(NativeMemory.addressOf(front), 8)).isEqualTo(Errno.ENOBUFS.result());
    }

    @Test
    void shouldTellThatADatagramWasTooLongForItsSlot() throws Exception {
        UdpSocket a = open(0);
        UdpSocket b = open(0);
        in = new ReceiveVector(2, 512);
        addPayload(512, 0);
        addPayload(513, 0);
        for (int i = 0; i < 2; i++) {
            out.to(out.add(payload, i), LOOPBACK, b.localPort());
        }
        a.send(out, 0, 2);
        assertThat(receive(b)).isEqualTo(2);
        assertThat(in.isTruncated(0)).isFalse();
        assertThat(in.isTruncated(1)).isTrue();
        assertThat(in.length(1)).isEqualTo(512);
    }

    @Test
    void shouldSendADatagramWithItsOwnHeaderFromAnyPortAndAddress() throws Exception {
        UdpSocket raw = lab.inside(UdpSocket::openRaw);
        sockets.add(raw);
        UdpSocket b = open(0);
        byte[] packet = Packets.udp4().port(12_345).payload(64).build();
        int source = 0xc0000205; // 192.0.2.5, RFC 5737: of nobody here
        Packets.put32(packet, 12, source);
        Packets.put32(packet, 16, LOOPBACK);
        Packets.put16(packet, 22, b.localPort());
        Packets.fixChecksums(packet);
        payload.addCopy(ByteBuffer.wrap(packet), 20, packet.length - 20);
        int message = out.add(payload, 0);
        out.to(message, LOOPBACK, 0);
        out.from(message, source);
        assertThat(raw.send(out, 0, 1)).isEqualTo(1);
        assertThat(receive(b)).isEqualTo(1);
        assertThat(in.sourceAddress(0)).isEqualTo(source);
        assertThat(in.sourcePort(0)).isEqualTo(12_345);
        assertThat(in.length(0)).isEqualTo(64);
    }

    @Test
    void shouldCountWhatTheSocketDropped() throws Exception {
        UdpSocket a = open(0);
        UdpSocket b = open(0);
        assertThat(b.set(CConstants.SOL_SOCKET, CConstants.SO_RXQ_OVFL, 1)).isZero();
        assertThat(b.setReceiveBuffer(2_304)).isPositive();
        addPayload(1000, 0);
        for (int i = 0; i < 20; i++) {
            out.to(out.add(payload, 0), LOOPBACK, b.localPort());
        }
        assertThat(a.send(out, 0, 20)).isEqualTo(20);
        int received = receive(b);
        out.clear();
        out.to(out.add(payload, 0), LOOPBACK, b.localPort());
        a.send(out, 0, 1);
        assertThat(receive(b)).isEqualTo(1);
        assertThat(in.queueDrops()).isEqualTo(20 - received).isPositive();
        assertThat(b.drops()).isEqualTo(20 - received);
        assertThat(a.drops()).isZero();
    }

    @Test
    void shouldShareAPortAndLetAProgramChooseTheSocket() throws Exception {
        UdpSocket first = open(-1);
        UdpSocket second = open(-1);
        for (UdpSocket socket : List.of(first, second)) {
            assertThat(socket.set(CConstants.SOL_SOCKET, CConstants.SO_REUSEPORT, 1)).isZero();
            socket.bind(new InetSocketAddress("0.0.0.0", 6081));
        }
        // Loads the first payload byte: the number of the socket in the group.
        SocketFilter program = new SocketFilter.Builder().add(SocketFilter.Builder.LOAD_BYTE, 0).add(SocketFilter.Builder.RETURN).build();
        assertThat(first.attach(CConstants.SO_ATTACH_REUSEPORT_CBPF, program)).isZero();
        UdpSocket a = open(0);
        for (int i = 0; i < 6; i++) {
            addPayload(10, 0);
            payload.buffer().put(payload.offset(i), (byte) (i % 3 == 0 ? 0 : 1));
            out.to(out.add(payload, i), LOOPBACK, 6081);
        }
        assertThat(a.send(out, 0, 6)).isEqualTo(6);
        assertThat(receive(first)).isEqualTo(2);
        assertThat(receive(second)).isEqualTo(4);
    }

    @Test
    void shouldLetNothingInWhenAskedTo() throws Exception {
        UdpSocket a = open(0);
        UdpSocket b = open(0);
        assertThat(b.attach(CConstants.SO_ATTACH_FILTER, SocketFilter.dropAll())).isZero();
        addPayload(10, 0);
        out.to(out.add(payload, 0), LOOPBACK, b.localPort());
        assertThat(a.send(out, 0, 1)).isEqualTo(1);
        assertThat(b.receive(in)).isZero();
    }

    @Test
    void shouldNameTheFixWhenThePortIsTakenOrTheAddressIsNotOurs() throws Exception {
        UdpSocket a = open(6081);
        assertThat(a.localPort()).isEqualTo(6081);
        UdpSocket b = open(-1);
        assertThatThrownBy(() -> b.bind(new InetSocketAddress("0.0.0.0", 6081))).isInstanceOf(LinuxException.class)
                .hasMessageContainingAll("0.0.0.0:6081", "EADDRINUSE", "ss -ulpn");
        assertThatThrownBy(() -> b.bind(new InetSocketAddress("192.0.2.1", 6081))).isInstanceOf(LinuxException.class)
                .hasMessageContainingAll("192.0.2.1:6081", "EADDRNOTAVAIL", "ip addr");
        assertThatThrownBy(() -> b.bind(new InetSocketAddress("::1", 6081))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldGiveBackErrorsAsValues() throws Exception {
        UdpSocket a = open(0);
        assertThat(a.set(CConstants.IPPROTO_UDP, 9999, 1)).isEqualTo(Errno.ENOPROTOOPT.result());
        assertThat(a.get(CConstants.IPPROTO_UDP, 9999)).isEqualTo(Errno.ENOPROTOOPT.result());
        addPayload(10, 0);
        out.to(out.add(payload, 0), 0xc0000201, 1);
        assertThat(a.send(out, 0, 1)).isEqualTo(Errno.ENETUNREACH.result());
        a.close();
        a.close();
        assertThat(a.send(out, 0, 1)).isEqualTo(Errno.EBADF.result());
        assertThat(a.receive(in)).isEqualTo(Errno.EBADF.result());
    }
}

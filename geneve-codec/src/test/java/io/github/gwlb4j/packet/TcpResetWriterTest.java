package io.github.gwlb4j.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.testing.PacketBuilder;
import io.github.gwlb4j.testing.Placed;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TcpResetWriterTest {
    /** What the packet builder of the tests gives every segment. */
    private static final int SEQUENCE = 0x01020304;
    private static final int ACKNOWLEDGMENT = 0x05060708;
    private static final int RST_ACK = TcpHeader.RST | TcpHeader.ACK;

    private final IpPacket packet = new IpPacket();
    private final TcpHeader tcp = new TcpHeader();
    private final IpPacket reset = new IpPacket();
    private final TcpHeader resetTcp = new TcpHeader();
    private final ByteBuffer target = ByteBuffer.allocate(TcpResetWriter.MAX_LENGTH);

    private void wrap(PacketBuilder builder) {
        byte[] bytes = builder.build();
        assertThat(packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length)).isEqualTo(PacketStatus.OK);
        assertThat(tcp.wrap(packet)).isTrue();
    }

    private void assertSound(int length) {
        assertThat(reset.wrap(target, 0, length)).isEqualTo(PacketStatus.OK);
        assertThat(reset.totalLength()).isEqualTo(length);
        assertThat(resetTcp.wrap(reset)).isTrue();
        assertThat(InternetChecksum.ofTransport(reset)).as("TCP checksum").isZero();
        if (reset.version() == 4) {
            assertThat(InternetChecksum.of(target, 0, 20)).as("header checksum").isZero();
        }
        assertThat(reset.ttl()).isEqualTo(64);
        assertThat(resetTcp.payloadLength()).isZero();
        assertThat(resetTcp.window()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "0x02, 0,   0x14, 0,          0x01020305", // SYN: acknowledged
        "0x02, 10,  0x14, 0,          0x0102030f", // SYN with data
        "0x10, 100, 0x04, 0x05060708, 0",          // data: the number that the sender waits for
        "0x11, 0,   0x04, 0x05060708, 0",          // FIN of a connection
        "0x12, 0,   0x04, 0x05060708, 0",          // SYN and ACK without a SYN
        "0x01, 3,   0x14, 0,          0x01020308", // FIN without ACK
        "0x00, 0,   0x14, 0,          0x01020304", // no flag at all
    })
    void shouldTellTheSenderWithTheNumbersThatItAccepts(String flags, int payload, String expectedFlags, String sequence, String acknowledgment) {
        for (PacketBuilder about : new PacketBuilder[] {PacketBuilder.ipv4(), PacketBuilder.ipv6()}) {
            wrap(about.tcp(4711, 443, Integer.decode(flags), "02040578", payload));

            assertSound(TcpResetWriter.writeToSender(packet, tcp, target, 0));

            assertThat(reset.sourceHigh()).isEqualTo(packet.destinationHigh());
            assertThat(reset.sourceLow()).isEqualTo(packet.destinationLow());
            assertThat(reset.destinationHigh()).isEqualTo(packet.sourceHigh());
            assertThat(reset.destinationLow()).isEqualTo(packet.sourceLow());
            assertThat(reset.sourcePort()).isEqualTo(443);
            assertThat(reset.destinationPort()).isEqualTo(4711);
            assertThat(resetTcp.flags()).isEqualTo(Integer.decode(expectedFlags));
            assertThat(resetTcp.sequenceNumber()).isEqualTo(Integer.decode(sequence));
            assertThat(resetTcp.acknowledgmentNumber()).isEqualTo(Integer.decode(acknowledgment));
        }
    }

    @Test
    void shouldTellTheReceiverInTheSegmentsPlace() {
        for (PacketBuilder about : new PacketBuilder[] {PacketBuilder.ipv4(), PacketBuilder.ipv6()}) {
            wrap(about.tcp(4711, 443, TcpHeader.ACK | TcpHeader.PSH, "", 100));

            assertSound(TcpResetWriter.writeToReceiver(packet, tcp, target, 0));

            assertThat(reset.sourceLow()).isEqualTo(packet.sourceLow());
            assertThat(reset.destinationLow()).isEqualTo(packet.destinationLow());
            assertThat(reset.sourcePort()).isEqualTo(4711);
            assertThat(resetTcp.flags()).isEqualTo(RST_ACK);
            assertThat(resetTcp.sequenceNumber()).isEqualTo(SEQUENCE);
            assertThat(resetTcp.acknowledgmentNumber()).isEqualTo(ACKNOWLEDGMENT);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {TcpHeader.RST, RST_ACK, TcpHeader.RST | TcpHeader.SYN})
    void shouldNeverAnswerAReset(int flags) {
        wrap(PacketBuilder.ipv4().tcp(1, 2, flags, "", 0));
        target.put(0, (byte) 0x55);

        assertThat(TcpResetWriter.writeToSender(packet, tcp, target, 0)).isZero();
        assertThat(TcpResetWriter.writeToReceiver(packet, tcp, target, 0)).isZero();
        assertThat(target.get(0)).isEqualTo((byte) 0x55);
    }

    @ParameterizedTest
    @ValueSource(strings = {"255.255.255.255", "224.0.0.1", "127.0.0.1", "0.0.0.0"})
    void shouldNotSendToOrFromAddressesThatAreNoSingleHost(String address) {
        wrap(PacketBuilder.ipv4().from(address).tcp(1, 2, TcpHeader.SYN, "", 0));
        assertThat(TcpResetWriter.writeToSender(packet, tcp, target, 0)).isZero();
        wrap(PacketBuilder.ipv4().to(address).tcp(1, 2, TcpHeader.SYN, "", 0));
        assertThat(TcpResetWriter.writeToSender(packet, tcp, target, 0)).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void shouldWriteNothingElseInAnyBuffer(Placed placed) {
        wrap(PacketBuilder.ipv6().tcp(1, 2, TcpHeader.SYN, "", 0));
        TcpResetWriter.writeToSender(packet, tcp, target, 0);
        ByteBuffer into = placed.place(new byte[TcpResetWriter.MAX_LENGTH]);

        int length = TcpResetWriter.writeToSender(packet, tcp, into, Placed.OFFSET);

        byte[] written = new byte[length];
        into.duplicate().get(Placed.OFFSET, written);
        assertThat(written).isEqualTo(target.array());
        assertThat(Placed.isNoiseIntact(into, length)).isTrue();
    }

    @Test
    void shouldWriteNothingWhereTheResetDoesNotFit() {
        wrap(PacketBuilder.ipv4().tcp(1, 2, TcpHeader.SYN, "", 0));
        ByteBuffer small = ByteBuffer.allocate(39);

        assertThatThrownBy(() -> TcpResetWriter.writeToSender(packet, tcp, small, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> TcpResetWriter.writeToReceiver(packet, tcp, small, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(small.array()).containsOnly(0);
    }
}

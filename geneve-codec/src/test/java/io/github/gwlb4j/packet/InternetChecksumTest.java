package io.github.gwlb4j.packet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.reference.SlowChecksum;
import io.github.gwlb4j.testing.Hex;
import io.github.gwlb4j.testing.PacketBuilder;
import io.github.gwlb4j.testing.Placed;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class InternetChecksumTest {
    private final SplittableRandom random = new SplittableRandom(7);
    private final IpPacket packet = new IpPacket();

    @Test
    void shouldSumTheExampleOfRfc1071() {
        ByteBuffer example = Hex.buffer("0001f203f4f5f6f7");

        assertThat(InternetChecksum.fold(InternetChecksum.sum(example, 0, 8))).isEqualTo(0xddf2);
        assertThat(InternetChecksum.of(example, 0, 8)).isEqualTo(0x220d);
    }

    @ParameterizedTest
    @EnumSource(Placed.class)
    void shouldAgreeWithTheSlowSumAtEveryLength(Placed placed) {
        for (int length = 0; length < 300; length++) {
            byte[] bytes = randomBytes(length);
            assertThat(InternetChecksum.of(placed.place(bytes), Placed.OFFSET, length)).as("length %d", length).isEqualTo(SlowChecksum.of(bytes));
        }
    }

    @Test
    void shouldCarryWhenEveryBitIsSet() {
        byte[] ones = Hex.bytes("ff".repeat(65536));

        assertThat(InternetChecksum.fold(InternetChecksum.sum(ByteBuffer.wrap(ones), 0, 65536))).isEqualTo(0xffff);
        assertThat(InternetChecksum.of(ByteBuffer.wrap(ones), 0, 65535)).isEqualTo(SlowChecksum.of(Hex.bytes("ff".repeat(65535))));
    }

    @Test
    void shouldFoldTheLargestSum() {
        assertThat(InternetChecksum.fold(0)).isZero();
        assertThat(InternetChecksum.fold(Long.MAX_VALUE)).isEqualTo((int) (Long.MAX_VALUE % 0xffff));
        for (int i = 0; i < 10_000; i++) {
            long sum = random.nextLong() >>> 1;
            assertThat(InternetChecksum.fold(sum) % 0xffff).isEqualTo((int) (sum % 0xffff));
        }
    }

    @Test
    void shouldAddUpPartsOfEvenLength() {
        byte[] bytes = randomBytes(99);
        ByteBuffer buffer = ByteBuffer.wrap(bytes);

        long parts = InternetChecksum.sum(buffer, 0, 34) + InternetChecksum.sum(buffer, 34, 2) + InternetChecksum.sum(buffer, 36, 63);

        assertThat(~InternetChecksum.fold(parts) & 0xffff).isEqualTo(SlowChecksum.of(bytes));
    }

    /** RFC 1624, 4: the example where RFC 1141's equation goes wrong. */
    @Test
    void shouldUpdateTheExampleOfRfc1624() {
        assertThat(InternetChecksum.update16(0xdd2f, 0x5555, 0x3285)).isZero();
    }

    @Test
    void shouldUpdateToWhatTheFullChecksumIs() {
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = randomBytes(40);
            bytes[20] |= 1; // all zero has two checksums
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            int before = InternetChecksum.of(buffer, 0, 40);
            int width = 2 << random.nextInt(3);
            long old = width == 2 ? buffer.getShort(2) : width == 4 ? buffer.getInt(2) : buffer.getLong(2);
            long now = random.nextInt(4) == 0 ? -(random.nextInt(2)) : random.nextLong();
            int updated;
            if (width == 2) {
                buffer.putShort(2, (short) now);
                updated = InternetChecksum.update16(before, (int) old, (int) now);
            } else if (width == 4) {
                buffer.putInt(2, (int) now);
                updated = InternetChecksum.update32(before, (int) old, (int) now);
            } else {
                buffer.putLong(2, now);
                updated = InternetChecksum.update64(before, old, now);
            }
            assertThat(updated).isEqualTo(SlowChecksum.of(bytes));
        }
    }

    @Test
    void shouldFindRightTransportChecksumsRight() {
        PacketBuilder[] packets = {
            PacketBuilder.ipv4().tcp(1, 2, TcpHeader.ACK, "", 101), PacketBuilder.ipv6().tcp(1, 2, TcpHeader.ACK, "01010101", 0),
            PacketBuilder.ipv4().udp(1, 2, 33), PacketBuilder.ipv6().udp(1, 2, 0),
            PacketBuilder.ipv4().udpLite(1, 2, 0, 33), PacketBuilder.ipv6().udpLite(1, 2, 12, 33),
            PacketBuilder.ipv4().dccp(1, 2, 0, 33), PacketBuilder.ipv6().dccp(1, 2, 3, 33),
            PacketBuilder.ipv4().icmpEcho(false, 5), PacketBuilder.ipv6().icmpEcho(true, 5)};
        for (PacketBuilder builder : packets) {
            byte[] bytes = builder.build();
            assertThat(transportChecksum(bytes)).as(packet.toString()).isZero();
            bytes[packet.transportOffset()] ^= 1;
            assertThat(transportChecksum(bytes)).as(packet.toString()).isNotZero();
        }
    }

    @Test
    void shouldNotCareForDataBeyondTheCoverage() {
        for (PacketBuilder builder : new PacketBuilder[] {
            PacketBuilder.ipv4().udpLite(1, 2, 12, 33), PacketBuilder.ipv4().dccp(1, 2, 3, 33)}) {
            byte[] bytes = builder.build();
            bytes[bytes.length - 1] ^= 1;
            assertThat(transportChecksum(bytes)).isZero();
        }
    }

    @Test
    void shouldNotSumBytesBehindTheUdpLength() {
        byte[] bytes = Hex.concat(PacketBuilder.ipv4().udp(1, 2, 4).build(), Hex.bytes("99"));
        ByteBuffer.wrap(bytes).putShort(2, (short) bytes.length);

        assertThat(transportChecksum(bytes)).isZero();
    }

    @Test
    void shouldHaveNothingToSayOfOtherProtocols() {
        assertThat(transportChecksum(PacketBuilder.ipv4().payload(IpProtocol.GRE, Hex.bytes("0000080011")).build())).isZero();
        assertThat(transportChecksum(PacketBuilder.ipv4().payload(IpProtocol.SCTP, new byte[12]).build())).isZero();
    }

    @Test
    void shouldSumTheFinalDestinationOfAnUnfinishedRoutingHeader() {
        String end = "20010db8000000000000000000000099";
        String middle = "20010db8000000000000000000000055";
        byte[] sourceRoute = PacketBuilder.ipv6().extension(IpProtocol.ROUTING, "04 00 02 00000000" + middle + end)
                .finalDestination("2001:db8::99").udp(1, 2, 10).build();
        byte[] segments = PacketBuilder.ipv6().extension(IpProtocol.ROUTING, "04 04 01 01 00 0000" + end + middle)
                .finalDestination("2001:db8::99").udp(1, 2, 10).build();
        byte[] mobile = PacketBuilder.ipv6().extension(IpProtocol.ROUTING, "02 02 01 00000000" + end)
                .finalDestination("2001:db8::99").udp(1, 2, 10).build();

        assertThat(transportChecksum(sourceRoute)).isZero();
        assertThat(transportChecksum(segments)).isZero();
        assertThat(transportChecksum(mobile)).isZero();
    }

    @Test
    void shouldSumTheDestinationOfAFinishedOrUnknownOrEmptyRoutingHeader() {
        String end = "20010db8000000000000000000000099";

        assertThat(transportChecksum(PacketBuilder.ipv6().extension(IpProtocol.ROUTING, "02 02 00 00000000" + end).udp(1, 2, 10).build())).isZero();
        assertThat(transportChecksum(PacketBuilder.ipv6().extension(IpProtocol.ROUTING, "02 fd 01 00000000" + end).udp(1, 2, 10).build())).isZero();
        for (String type : new String[] {"00", "02", "04"}) {
            assertThat(transportChecksum(PacketBuilder.ipv6().extension(IpProtocol.ROUTING, "00" + type + "01 00000000")
                    .udp(1, 2, 10).build())).isZero();
        }
    }

    private int transportChecksum(byte[] bytes) {
        assertThat(packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length)).isEqualTo(PacketStatus.OK);
        return InternetChecksum.ofTransport(packet);
    }

    private byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}

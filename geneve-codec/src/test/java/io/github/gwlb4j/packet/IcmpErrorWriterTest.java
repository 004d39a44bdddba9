package io.github.gwlb4j.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.testing.Hex;
import io.github.gwlb4j.testing.PacketBuilder;
import io.github.gwlb4j.testing.Placed;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class IcmpErrorWriterTest {
    private static final int MTU = 8500;

    private final IpPacket packet = new IpPacket();
    private final IpPacket error = new IpPacket();
    private final ByteBuffer target = ByteBuffer.allocate(2000);

    private IpPacket wrap(byte[] bytes) {
        assertThat(packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length)).isEqualTo(PacketStatus.OK);
        return packet;
    }

    private IpPacket wrap(PacketBuilder builder) {
        return wrap(builder.build());
    }

    private byte[] write(IpPacket about, int mtu) {
        int length = IcmpErrorWriter.writePacketTooBig(about, mtu, target, 0);
        return Arrays.copyOf(target.array(), length);
    }

    private static PacketBuilder ipv4() {
        return PacketBuilder.ipv4().dontFragment();
    }

    @ParameterizedTest
    @EnumSource
    void shouldWriteFragmentationNeededAsComputedByHand(Placed placed) {
        byte[] about = Hex.bytes("4500001c12344000401156eb0a000001c0a807091267003500080000");
        String expected = "45c00038000040004001 6853 c0a80709 0a000001 0304 c923 0000 2134".replace(" ", "") + Hex.of(about);
        ByteBuffer source = placed.place(about);
        ByteBuffer into = placed.place(new byte[expected.length() / 2]);
        packet.wrap(source, Placed.OFFSET, about.length);

        int length = IcmpErrorWriter.writePacketTooBig(packet, MTU, into, Placed.OFFSET);

        assertThat(Hex.of(into, Placed.OFFSET, length)).isEqualTo(expected);
        assertThat(Placed.isNoiseIntact(into, length)).isTrue();
        assertThat(into.position()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void shouldWritePacketTooBigAsComputedByHand(Placed placed) {
        byte[] about = Hex.bytes("6000000000081140 20010db8000000000000000000000001 20010db800000001000000000000abcd"
                + "1267003500081111");
        String expected = "6000000000383a40" + "20010db800000001000000000000abcd" + "20010db8000000000000000000000001"
                + "020038d800002134" + Hex.of(about);
        ByteBuffer source = placed.place(about);
        ByteBuffer into = placed.place(new byte[expected.length() / 2]);
        packet.wrap(source, Placed.OFFSET, about.length);

        int length = IcmpErrorWriter.writePacketTooBig(packet, MTU, into, Placed.OFFSET);

        assertThat(Hex.of(into, Placed.OFFSET, length)).isEqualTo(expected);
        assertThat(Placed.isNoiseIntact(into, length)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"519, 575", "520, 576", "521, 576", "9000, 576"})
    void shouldQuoteOverIpv4AsMuchAs576BytesHold(int payload, int expected) {
        byte[] bytes = ipv4().udp(1, 2, payload).build();

        byte[] written = write(wrap(bytes), MTU);

        assertThat(written).hasSize(expected);
        assertThat(Arrays.copyOfRange(written, 28, expected)).isEqualTo(Arrays.copyOf(bytes, expected - 28));
    }

    @ParameterizedTest
    @CsvSource({"1183, 1279", "1184, 1280", "1185, 1280", "9000, 1280"})
    void shouldQuoteOverIpv6AsMuchAsTheMinimumMtuHolds(int payload, int expected) {
        byte[] bytes = PacketBuilder.ipv6().udp(1, 2, payload).build();

        byte[] written = write(wrap(bytes), MTU);

        assertThat(written).hasSize(expected);
        assertThat(Arrays.copyOfRange(written, 48, expected)).isEqualTo(Arrays.copyOf(bytes, expected - 48));
    }

    @Test
    void shouldNotQuoteWhatStandsBehindThePacket() {
        byte[] padded = Arrays.copyOf(ipv4().udp(1, 2, 0).build(), 46);

        assertThat(write(wrap(padded), MTU)).hasSize(28 + 28);
    }

    @ParameterizedTest
    @CsvSource({"-1, 68, 1280", "0, 68, 1280", "1279, 1279, 1280", "1500, 1500, 1500", "65536, 65535, 65536",
        "2147483647, 65535, 2147483647"})
    void shouldKeepTheMtuWithinWhatTheProtocolCanSay(int mtu, int ipv4Mtu, int ipv6Mtu) {
        assertThat(ByteBuffer.wrap(write(wrap(ipv4().udp(1, 2, 9)), mtu)).getInt(24)).isEqualTo(ipv4Mtu);
        assertThat(ByteBuffer.wrap(write(wrap(PacketBuilder.ipv6().udp(1, 2, 9)), mtu)).getInt(44)).isEqualTo(ipv6Mtu);
    }

    @Test
    void shouldTellASenderThatItsPacketIsForbidden() throws UnknownHostException {
        byte[] about = PacketBuilder.ipv4().udp(1, 2, 9).build(); // without "don't fragment", which is not the point here
        int length = IcmpErrorWriter.writeProhibited(wrap(about), target, 0);
        assertThat(Arrays.copyOf(target.array(), length)).isEqualTo(PacketBuilder.ipv4().from("192.168.7.9").to("10.0.0.1")
                .dontFragment().identification(0).trafficClass(0xc0).icmp(3, 13, 0, about).build());

        byte[] about6 = PacketBuilder.ipv6().udp(1, 2, 9).build();
        length = IcmpErrorWriter.writeProhibited(wrap(about6), target, 0);
        byte[] expected = PacketBuilder.ipv6().from("2001:db8:0:1::abcd").to("2001:db8::1").icmp(1, 1, 0, about6).build();
        Arrays.fill(expected, 1, 4, (byte) 0); // the builder sets a flow label
        assertThat(Arrays.copyOf(target.array(), length)).isEqualTo(expected);
    }

    @Test
    void shouldNotTellThatAnErrorIsForbidden() {
        assertThat(IcmpErrorWriter.writeProhibited(wrap(PacketBuilder.ipv4().icmp(3, 0, 0, new byte[28])), target, 0)).isZero();
        assertThat(IcmpErrorWriter.errorStatus(packet)).isEqualTo(IcmpErrorStatus.ABOUT_ICMP_ERROR);
        assertThat(IcmpErrorWriter.errorStatus(wrap(PacketBuilder.ipv4().udp(1, 2, 9)))).isEqualTo(IcmpErrorStatus.OK);
    }

    private void assertRefused(PacketBuilder about, IcmpErrorStatus why) {
        assertThat(IcmpErrorWriter.packetTooBigStatus(wrap(about))).isEqualTo(why);
        target.put(0, (byte) 0x55);
        assertThat(IcmpErrorWriter.writePacketTooBig(packet, MTU, target, 0)).isZero();
        assertThat(target.get(0)).isEqualTo((byte) 0x55);
    }

    @Test
    void shouldRefuseWhatMayBeFragmented() {
        assertRefused(PacketBuilder.ipv4().udp(1, 2, 9000), IcmpErrorStatus.FRAGMENTATION_ALLOWED);
    }

    @Test
    void shouldAnswerAFirstFragmentAndRefuseLaterOnes() {
        byte[] data = new byte[64];
        assertThat(write(wrap(ipv4().fragment(0, true).udp(1, 2, 8)), MTU)).isNotEmpty();
        assertThat(write(wrap(PacketBuilder.ipv6().fragment(0, true).udp(1, 2, 8)), MTU)).isNotEmpty();
        assertRefused(ipv4().fragment(8, true).payload(IpProtocol.UDP, data), IcmpErrorStatus.LATER_FRAGMENT);
        assertRefused(PacketBuilder.ipv6().fragment(8, false).payload(IpProtocol.UDP, data), IcmpErrorStatus.LATER_FRAGMENT);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 5, 11, 12, 1, 41, 255})
    void shouldRefuseIcmpErrorsAndUnknownTypes(int type) {
        assertRefused(ipv4().icmp(type, 0, 0, new byte[28]), IcmpErrorStatus.ABOUT_ICMP_ERROR);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 100, 127, 137})
    void shouldRefuseIcmpv6ErrorsUnknownOnesAndRedirects(int type) {
        assertRefused(PacketBuilder.ipv6().icmp(type, 0, 0, new byte[48]), IcmpErrorStatus.ABOUT_ICMP_ERROR);
    }

    @Test
    void shouldRefuseIcmpThatIsCutOffBeforeOrAfterItsType() {
        assertRefused(ipv4().payload(IpProtocol.ICMP, new byte[0]), IcmpErrorStatus.ABOUT_ICMP_ERROR);
        assertRefused(ipv4().payload(IpProtocol.ICMP, new byte[] {3}), IcmpErrorStatus.ABOUT_ICMP_ERROR);
        assertRefused(PacketBuilder.ipv6().payload(IpProtocol.ICMPV6, new byte[] {2}), IcmpErrorStatus.ABOUT_ICMP_ERROR);
    }

    @Test
    void shouldAnswerIcmpQueries() {
        assertThat(write(wrap(ipv4().icmpEcho(false, 7)), MTU)).isNotEmpty();
        assertThat(write(wrap(PacketBuilder.ipv6().icmpEcho(true, 7)), MTU)).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "0.255.255.255", "127.0.0.1", "127.255.255.255", "224.0.0.0", "239.1.2.3", "240.0.0.1",
        "255.255.255.255", "::", "::1", "ff00::", "ff02::1"})
    void shouldRefuseAddressesThatAreNoSingleHost(String address) {
        assertRefused(about(address).from(address).udp(1, 2, 9), IcmpErrorStatus.SOURCE_NOT_UNICAST);
        assertRefused(about(address).to(address).udp(1, 2, 9), IcmpErrorStatus.DESTINATION_NOT_UNICAST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.0.0.0", "126.255.255.255", "128.0.0.1", "223.255.255.255", "169.254.1.1", "::2", "1::", "1::1",
        "fe80::1", "feff::1"})
    void shouldAnswerToAndFromEveryUnicastAddress(String address) throws UnknownHostException {
        byte[] raw = InetAddress.getByName(address).getAddress();
        byte[] toIt = write(wrap(about(address).from(address).udp(1, 2, 9)), MTU);
        int destinationAt = raw.length == 4 ? 16 : 24;
        assertThat(Arrays.copyOfRange(toIt, destinationAt, destinationAt + raw.length)).isEqualTo(raw);
        byte[] fromIt = write(wrap(about(address).to(address).udp(1, 2, 9)), MTU);
        assertThat(Arrays.copyOfRange(fromIt, destinationAt - raw.length, destinationAt)).isEqualTo(raw);
    }

    private static PacketBuilder about(String address) {
        return address.contains(":") ? PacketBuilder.ipv6() : ipv4();
    }

    @Test
    void shouldWriteNothingWhereTheErrorDoesNotFit() {
        wrap(ipv4().udp(1, 2, 9));
        ByteBuffer small = ByteBuffer.allocate(28 + 36);

        assertThatThrownBy(() -> IcmpErrorWriter.writePacketTooBig(packet, MTU, small, 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(small.array()).containsOnly(0);
    }

    private static PacketBuilder randomPacket(SplittableRandom random) {
        boolean isIpv4 = random.nextBoolean();
        PacketBuilder builder = isIpv4 ? ipv4().from("10.0." + random.nextInt(256) + ".1")
                : PacketBuilder.ipv6().from("fd00::" + Integer.toHexString(random.nextInt(0x10000)));
        if (random.nextInt(4) == 0) {
            if (isIpv4) {
                builder.ipOptions("01010101");
            } else {
                builder.extension(IpProtocol.DESTINATION_OPTIONS, "00 0000 00000000");
            }
        }
        builder.trafficClass(random.nextInt(256)).ttl(random.nextInt(256)).identification(random.nextInt(0x10000));
        int from = random.nextInt(0x10000);
        int length = random.nextInt(2000);
        switch (random.nextInt(5)) {
            case 0: return builder.tcp(from, 443, 0x10, "", length);
            case 1: return builder.udp(from, 53, length);
            case 2: return builder.icmpEcho(random.nextBoolean(), from);
            case 3: return builder.fragment(0, true).udp(from, 53, length & ~7);
            default: return builder.payload(IpProtocol.ESP, new byte[length]);
        }
    }

    /** What the RFCs ask for, put together by the tests' packet builder with its slow checksum. */
    private static byte[] slowError(byte[] about, int mtu) throws UnknownHostException {
        boolean isIpv4 = about[0] >> 4 == 4;
        int addressesAt = isIpv4 ? 12 : 8;
        int size = isIpv4 ? 4 : 16;
        String source = InetAddress.getByAddress(Arrays.copyOfRange(about, addressesAt, addressesAt + size)).getHostAddress();
        String destination = InetAddress.getByAddress(Arrays.copyOfRange(about, addressesAt + size, addressesAt + 2 * size)).getHostAddress();
        byte[] quote = Arrays.copyOf(about, Math.min(about.length, isIpv4 ? 576 - 28 : 1280 - 48));
        if (isIpv4) {
            return ipv4().from(destination).to(source).identification(0).trafficClass(0xc0).ttl(64).icmp(3, 4, mtu, quote).build();
        }
        byte[] error = PacketBuilder.ipv6().from(destination).to(source).ttl(64).icmp(2, 0, mtu, quote).build();
        Arrays.fill(error, 1, 4, (byte) 0); // the builder sets a flow label
        return error;
    }

    @Test
    void shouldBeTheReversedFlowWithRightChecksumsForEveryPacket() throws UnknownHostException {
        FlowKey original = new FlowKey();
        FlowKey ofError = new FlowKey();
        for (long seed = 0; seed < 20_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] bytes = randomPacket(random).build();
            int mtu = random.nextInt(1280, 9001);
            byte[] written = write(wrap(bytes), mtu);
            String seedText = "seed " + seed;
            assertThat(written).as(seedText).isEqualTo(slowError(bytes, mtu));

            assertThat(error.wrap(ByteBuffer.wrap(written), 0, written.length)).as(seedText).isEqualTo(PacketStatus.OK);
            assertThat(error.isIcmpError()).as(seedText).isTrue();
            assertThat(error.totalLength()).as(seedText).isEqualTo(written.length);
            assertThat(InternetChecksum.ofTransport(error)).as(seedText).isZero();
            if (error.version() == 4) {
                assertThat(InternetChecksum.of(error.buffer(), 0, 20)).as(seedText).isZero();
            }
            original.set(42, packet);
            ofError.set(42, error);
            assertThat(ofError).as(seedText).isEqualTo(original);
            assertThat(ofError.isForward()).as(seedText).isNotEqualTo(original.isForward());
            assertThat(IcmpErrorWriter.packetTooBigStatus(error)).as(seedText).isEqualTo(IcmpErrorStatus.ABOUT_ICMP_ERROR);
        }
    }

    @Test
    void shouldTakeAnyBytesThatAreAnIpPacket() {
        int answered = 0;
        for (long seed = 0; seed < 50_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] bytes = new byte[random.nextInt(20, 200)];
            random.nextBytes(bytes);
            bytes[0] = (byte) (random.nextBoolean() ? 0x45 : 0x60);
            bytes[2] = 0;
            if (packet.wrapTruncated(ByteBuffer.wrap(bytes), 0, bytes.length) == PacketStatus.OK) {
                int length = IcmpErrorWriter.writePacketTooBig(packet, random.nextInt(), target, 0);
                boolean isAnswered = IcmpErrorWriter.packetTooBigStatus(packet) == IcmpErrorStatus.OK;
                assertThat(length > 0).as("seed " + seed).isEqualTo(isAnswered);
                answered += isAnswered ? 1 : 0;
            }
        }
        assertThat(answered).isPositive();
    }
}

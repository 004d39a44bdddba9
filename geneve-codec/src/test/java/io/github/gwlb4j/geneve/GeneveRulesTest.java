package io.github.gwlb4j.geneve;

import static io.github.gwlb4j.testing.GeneveBuilder.geneve;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.testing.GeneveBuilder;
import io.github.gwlb4j.testing.Hex;
import io.github.gwlb4j.testing.PacketBuilder;
import io.github.gwlb4j.testing.Placed;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * RFC 8926 rule by rule; the numbers are those of the project's protocol notes. Two have a class of their own: rule 3 in
 * {@link OuterChecksumTest}, rule 18 in {@code EcnTest}; rule 23 is in {@code TextTest}. Rules 17, 19, 20 and 22 concern sockets,
 * not bytes.
 */
class GeneveRulesTest {
    private static final GenevePolicy RFC = GenevePolicy.rfc8926();
    private final GeneveHeader header = new GeneveHeader();
    private final GeneveOptionCursor cursor = new GeneveOptionCursor();

    private GeneveStatus validate(byte[] datagram, GenevePolicy policy) {
        return header.wrap(Placed.DIRECT.place(datagram), Placed.OFFSET, datagram.length).validate(policy);
    }

    private GeneveStatus validate(GeneveBuilder datagram) {
        return validate(datagram.build(), RFC);
    }

    @Test
    void rule1PortShouldBe6081() {
        assertThat(Geneve.UDP_PORT).isEqualTo(6081);
    }

    @Test
    void rule2SourcePortShouldBeOneForBothDirectionsOfAFlowAndSpreadOverFlows() {
        Set<Integer> ports = new HashSet<>();
        for (int flow = 0; flow < 1000; flow++) {
            int there = sourcePort(PacketBuilder.ipv4().from("10.0.0.1").to("10.0.0.2").udp(flow, 443, 1));
            int back = sourcePort(PacketBuilder.ipv4().from("10.0.0.2").to("10.0.0.1").udp(443, flow, 9));
            assertThat(there).isEqualTo(back).isBetween(1, 65535);
            ports.add(there);
        }
        assertThat(ports).hasSizeGreaterThan(950);
        assertThat(ports).anyMatch(port -> port < 16384).anyMatch(port -> port > 49152);
    }

    private static int sourcePort(PacketBuilder inner) {
        byte[] bytes = inner.build();
        IpPacket packet = new IpPacket();
        packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length);
        return new FlowKey().set(0, packet).tunnelSourcePort();
    }

    @ParameterizedTest
    @EnumSource(Placed.class)
    void rule4ShouldReadTheBaseHeaderWhereverItLies(Placed placed) {
        byte[] bytes = geneve().vni(0xabcdef).protocolType(0x6558).option(0x0102, 3, "11223344").payload(new byte[14]).build();

        header.wrap(placed.place(bytes), Placed.OFFSET, bytes.length);

        assertThat(header.validate(RFC)).isEqualTo(GeneveStatus.OK);
        assertThat(header.version()).isZero();
        assertThat(header.optionsLength()).isEqualTo(8);
        assertThat(header.headerLength()).isEqualTo(16);
        assertThat(header.protocolType()).isEqualTo(0x6558);
        assertThat(header.vni()).isEqualTo(0xabcdef);
        assertThat(header.offset()).isEqualTo(Placed.OFFSET);
        assertThat(header.optionsOffset()).isEqualTo(Placed.OFFSET + 8);
        assertThat(header.payloadOffset()).isEqualTo(Placed.OFFSET + 16);
        assertThat(header.payloadLength()).isEqualTo(14);
        assertThat(header.datagramLength()).isEqualTo(30);
    }

    @Test
    void rule4ShouldNotMoveThePosition() {
        byte[] bytes = geneve().build();
        ByteBuffer buffer = ByteBuffer.wrap(bytes);

        header.wrap(buffer, 0, bytes.length).validate(RFC);

        assertThat(buffer.position()).isZero();
        assertThat(buffer.limit()).isEqualTo(bytes.length);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 7})
    void rule4ShouldDropWhenShorterThanTheBaseHeader(int length) {
        assertThat(validate(new byte[length], RFC)).isEqualTo(GeneveStatus.HEADER_TRUNCATED);
    }

    @Test
    void rule4ShouldDropBeforeAnythingWasWrapped() {
        assertThat(new GeneveHeader().validate(RFC)).isEqualTo(GeneveStatus.HEADER_TRUNCATED);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void rule4ShouldDropWhenVersionIsNotZero(int version) {
        assertThat(validate(geneve().version(version))).isEqualTo(GeneveStatus.VERSION_UNSUPPORTED);
        assertThat(header.version()).isEqualTo(version);
    }

    @Test
    void rule4ShouldRefuseARegionOutsideOfTheBuffer() {
        ByteBuffer buffer = ByteBuffer.allocate(20).limit(10);

        assertThatThrownBy(() -> header.wrap(buffer, 0, 11)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> header.wrap(buffer, -1, 8)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> header.wrap(buffer, 0, -1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "1, 3", "2, 7", "63, 251"})
    void rule5ShouldDropWhenOptLenReachesPastTheDatagram(int words, int bytesThere) {
        assertThat(validate(geneve().optionsWords(words).payload(new byte[bytesThere]))).isEqualTo(GeneveStatus.OPTIONS_EXCEED_DATAGRAM);
    }

    @Test
    void rule5ShouldTakeTheLargestHeader() {
        GeneveBuilder largest = geneve();
        for (int i = 0; i < 63; i++) {
            largest.option(0x0100, 1, "");
        }

        assertThat(validate(largest)).isEqualTo(GeneveStatus.OK);
        assertThat(header.headerLength()).isEqualTo(Geneve.MAX_HEADER_LENGTH).isEqualTo(260);
    }

    @Test
    void rule6ShouldDropWhenTheLastOptionRunsPastOptLen() {
        assertThat(validate(geneve().rawOption(0x0100, 1, 2, "11223344"))).isEqualTo(GeneveStatus.OPTION_EXCEEDS_HEADER);
        assertThat(validate(geneve().option(0x0100, 1, "11223344").rawOption(0x0100, 1, 31, ""))).isEqualTo(GeneveStatus.OPTION_EXCEEDS_HEADER);
    }

    @Test
    void rule6ShouldDropForTheStructureEvenBehindAnUnknownCriticalOption() {
        GeneveBuilder broken = geneve().flags(0x40).option(0, 0x80, "11223344").rawOption(0x0100, 1, 5, "");

        assertThat(validate(broken)).isEqualTo(GeneveStatus.OPTION_EXCEEDS_HEADER);
    }

    @Test
    void rule6ShouldVisitOnlyWholeOptionsOfABrokenHeader() {
        byte[] broken = geneve().option(0x0100, 1, "11223344").rawOption(0x0100, 2, 31, "55667788").payload(new byte[200]).build();
        header.wrap(ByteBuffer.wrap(broken), 0, broken.length);

        assertThat(typesOf(header)).containsExactly(1);
        assertThat(cursor.next()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, 7, 8, 11, 12, 15, 16, 19})
    void rule6ShouldNotWalkPastTheDatagramWhenItIsCut(int length) {
        byte[] bytes = geneve().option(0x0100, 1, "11223344").option(0x0100, 2, "").build();
        header.wrap(ByteBuffer.wrap(bytes), 0, length);

        assertThat(typesOf(header)).hasSize(length < 16 ? 0 : length < 20 ? 1 : 2);
    }

    @Test
    void rule7ShouldRefuseControlPacketsUnlessThePolicyTakesThem() {
        byte[] control = geneve().flags(0x80).build();
        GenevePolicy accepting = GenevePolicy.builder().acceptControlPackets(true).build();

        assertThat(validate(control, RFC)).isEqualTo(GeneveStatus.CONTROL_PACKET);
        assertThat(validate(control, accepting)).isEqualTo(GeneveStatus.OK);
        assertThat(header.isControl()).isTrue();
        assertThat(header.isCritical()).isFalse();
    }

    @Test
    void rule8ShouldParseTheOptionsWhenCIsSet() {
        assertThat(validate(geneve().flags(0x40).option(0x0100, 0x7f, "11223344"))).isEqualTo(GeneveStatus.OK);
        assertThat(header.isCritical()).isTrue();
        assertThat(header.isControl()).isFalse();
    }

    @Test
    void rule9ShouldRefuseUnknownCriticalOptionsAndCountABrokenSenderApart() {
        assertThat(validate(geneve().flags(0x40).option(0, 0x80, ""))).isEqualTo(GeneveStatus.CRITICAL_OPTION_UNKNOWN);
        assertThat(validate(geneve().option(0, 0x80, ""))).isEqualTo(GeneveStatus.CRITICAL_OPTION_UNKNOWN_C_CLEAR);
    }

    @Test
    void rule9ShouldTakeCriticalOptionsThatThePolicyKnows() {
        byte[] critical = geneve().flags(0x40).option(0x0104, 0x81, "").option(0x0104, 0x82, "").build();

        assertThat(validate(critical, knowing(0x81))).isEqualTo(GeneveStatus.CRITICAL_OPTION_UNKNOWN);
        assertThat(validate(critical, knowing(0x81, 0x82))).isEqualTo(GeneveStatus.OK);
        assertThat(validate(critical, GenevePolicy.builder().acceptUnknownCriticalOptions(true).build())).isEqualTo(GeneveStatus.OK);
    }

    private static GenevePolicy knowing(int... types) {
        GenevePolicy.Builder policy = GenevePolicy.builder();
        for (int type : types) {
            policy.knownOption(0x0104, type);
        }
        return policy.build();
    }

    @Test
    void rule10EncoderShouldSetCForACriticalOptionOnly() {
        ByteBuffer buffer = ByteBuffer.allocate(64);
        GeneveHeaderEncoder encoder = new GeneveHeaderEncoder().begin(buffer, 0, 0x0800, 0);

        encoder.optionInt(0x0100, 0x7f, 1);
        assertThat(buffer.get(1)).isZero();
        encoder.optionInt(0x0100, 0x80, 2);
        assertThat(buffer.get(1)).isEqualTo((byte) 0x40);
        encoder.control(true).optionInt(0x0100, 1, 3);
        assertThat(buffer.get(1)).isEqualTo((byte) 0xc0);
        encoder.control(false);
        assertThat(buffer.get(1)).isEqualTo((byte) 0x40);
    }

    @Test
    void rule11ShouldIgnoreReservedBits() {
        byte[] reserved = geneve().flags(0x3f).lastReserved(0xff).rawOption(0x0100, 1, 0xe1, "11223344").build();

        assertThat(validate(reserved, RFC)).isEqualTo(GeneveStatus.OK);
        assertThat(header.find(0x0100, 1, cursor)).isTrue();
        assertThat(cursor.dataLength()).isEqualTo(4);
    }

    @Test
    void rule11ShouldRefuseReservedBitsWhenToldTo() {
        GenevePolicy strict = GenevePolicy.builder().refuseReservedBits(true).build();

        for (int bit = 0; bit < 6; bit++) {
            assertThat(validate(geneve().flags(1 << bit).build(), strict)).isEqualTo(GeneveStatus.RESERVED_BITS_SET);
        }
        for (int bit = 0; bit < 8; bit++) {
            assertThat(validate(geneve().lastReserved(1 << bit).build(), strict)).isEqualTo(GeneveStatus.RESERVED_BITS_SET);
        }
        for (int bit = 5; bit < 8; bit++) {
            byte[] option = geneve().option(1, 1, "").rawOption(0x0100, 1, 1 << bit, "").build();
            assertThat(validate(option, strict)).isEqualTo(GeneveStatus.RESERVED_BITS_SET);
        }
        assertThat(validate(geneve().option(1, 1, "").build(), strict)).isEqualTo(GeneveStatus.OK);
    }

    @Test
    void rule11EncoderShouldWriteReservedBitsAsZeroWhateverWasThere() {
        ByteBuffer buffer = ByteBuffer.wrap(Hex.bytes("ff".repeat(32)));

        int length = new GeneveHeaderEncoder().begin(buffer, 0, 0x0800, 0xffffff).optionInt(0xffff, 0xff, -1).headerLength();

        assertThat(Hex.of(buffer, 0, length)).isEqualTo("02400800ffffff00" + "ffffff01ffffffff");
    }

    @Test
    void rule12ShouldTakeOptionsOfNoneTo124Bytes() {
        String longest = "ab".repeat(124);

        assertThat(validate(geneve().option(0x0100, 1, "").option(0x0100, 2, longest))).isEqualTo(GeneveStatus.OK);
        assertThat(header.find(0x0100, 1, cursor)).isTrue();
        assertThat(cursor.dataLength()).isZero();
        assertThat(cursor.length()).isEqualTo(4);
        assertThat(header.find(0x0100, 2, cursor)).isTrue();
        assertThat(cursor.dataLength()).isEqualTo(124);
        assertThat(Hex.of(cursor.buffer(), cursor.dataOffset(), cursor.dataLength())).isEqualTo(longest);
    }

    @Test
    void rule13ShouldFindOptionsInAnyOrder() {
        assertThat(validate(geneve().option(7, 3, "00000003").option(8, 1, "").option(7, 1, "00000001"))).isEqualTo(GeneveStatus.OK);

        assertThat(header.find(7, 1, cursor)).isTrue();
        assertThat(cursor.optionClass()).isEqualTo(7);
        assertThat(cursor.offset()).isEqualTo(cursor.dataOffset() - 4).isEqualTo(Placed.OFFSET + 8 + 8 + 4);
        assertThat(cursor.type()).isEqualTo(1);
        assertThat(header.find(7, 3, cursor)).isTrue();
        assertThat(header.find(8, 3, cursor)).isFalse();
        assertThat(header.find(3, 7, cursor)).isFalse();
    }

    @Test
    void rule13ShouldLetTheLastOfEqualOptionsWin() {
        assertThat(validate(geneve().option(7, 1, "00000001").option(7, 1, "00000002").option(7, 2, "00000003"))).isEqualTo(GeneveStatus.OK);

        assertThat(header.find(7, 1, cursor)).isTrue();
        assertThat(cursor.buffer().getInt(cursor.dataOffset())).isEqualTo(2);
    }

    @Test
    void rule14ShouldTakeIpAndEthernetOnlyByDefault() {
        byte[] ipv6 = PacketBuilder.ipv6().udp(1, 2, 0).build();

        assertThat(validate(geneve().protocolType(0x0800))).isEqualTo(GeneveStatus.OK);
        assertThat(validate(geneve().protocolType(0x86dd).payload(ipv6))).isEqualTo(GeneveStatus.OK);
        assertThat(validate(geneve().protocolType(0x6558).payload(new byte[60]))).isEqualTo(GeneveStatus.OK);
        for (int other : new int[] {0, 0x0806, 0x8847, 0x880b, 0x894f, 0xffff}) {
            assertThat(validate(geneve().protocolType(other))).isEqualTo(GeneveStatus.PROTOCOL_UNKNOWN);
            assertThat(header.protocolType()).isEqualTo(other);
        }
    }

    @Test
    void rule14ShouldTakeTheProtocolTypesOfThePolicy() {
        byte[] arp = geneve().protocolType(0x0806).build();

        assertThat(validate(arp, GenevePolicy.builder().protocolTypes(0x0806).build())).isEqualTo(GeneveStatus.OK);
        assertThat(validate(arp, GenevePolicy.builder().protocolTypes().build())).isEqualTo(GeneveStatus.OK);
        assertThat(validate(geneve().build(), GenevePolicy.builder().protocolTypes(0x0806).build())).isEqualTo(GeneveStatus.PROTOCOL_UNKNOWN);
    }

    @ParameterizedTest
    @CsvSource({"0x0800, 4, OK", "0x0800, 6, PROTOCOL_MISMATCH", "0x0800, 0, PROTOCOL_MISMATCH", "0x86dd, 6, OK",
            "0x86dd, 4, PROTOCOL_MISMATCH", "0x6558, 4, OK"})
    void rule14ShouldRefuseAVersionNibbleThatDoesNotFit(int protocolType, int nibble, GeneveStatus expected) {
        byte[] payload = new byte[40];
        payload[0] = (byte) (nibble << 4);

        assertThat(validate(geneve().protocolType(protocolType).payload(payload))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 0x7fffff, 0x800000, 0xffffff})
    void rule15ShouldTakeEveryVni(int vni) {
        assertThat(validate(geneve().vni(vni))).isEqualTo(GeneveStatus.OK);
        assertThat(header.vni()).isEqualTo(vni);
    }

    @Test
    void rule15ShouldRefuseAVniThatIsNotConfigured() {
        GenevePolicy some = GenevePolicy.builder().vnis(5, 0xffffff).build();

        assertThat(validate(geneve().vni(5).build(), some)).isEqualTo(GeneveStatus.OK);
        assertThat(validate(geneve().vni(0xffffff).build(), some)).isEqualTo(GeneveStatus.OK);
        assertThat(validate(geneve().vni(6).build(), some)).isEqualTo(GeneveStatus.VNI_NOT_CONFIGURED);
        assertThat(validate(geneve().vni(6).build(), GenevePolicy.builder().vnis(5).vnis().build())).isEqualTo(GeneveStatus.OK);
    }

    @Test
    void rule16ShouldCountAnEmptyPayloadOnItsOwn() {
        byte[] empty = geneve().option(7, 1, "").payload(new byte[0]).build();

        assertThat(validate(empty, RFC)).isEqualTo(GeneveStatus.PAYLOAD_EMPTY);
        assertThat(header.payloadLength()).isZero();
        assertThat(validate(empty, GenevePolicy.builder().acceptEmptyPayload(true).build())).isEqualTo(GeneveStatus.OK);
    }

    @Test
    void rule21CopyShouldKeepEveryByteOfTheHeader() {
        byte[] bytes = geneve().flags(0x7f).lastReserved(0x99).rawOption(9, 0x81, 0xe1, "deadbeef").build();
        header.wrap(Placed.DIRECT.place(bytes), Placed.OFFSET, bytes.length);
        ByteBuffer target = ByteBuffer.allocate(40);

        int copied = GeneveHeaderEncoder.copyHeader(header, target, 5);

        assertThat(copied).isEqualTo(16);
        assertThat(Hex.of(target, 5, copied)).isEqualTo(Hex.of(Arrays.copyOf(bytes, 16)));
        assertThat(target.position()).isZero();
    }

    private List<Integer> typesOf(GeneveHeader ofHeader) {
        List<Integer> types = new ArrayList<>();
        for (cursor.wrap(ofHeader); cursor.next(); ) {
            types.add(cursor.type());
        }
        return types;
    }
}

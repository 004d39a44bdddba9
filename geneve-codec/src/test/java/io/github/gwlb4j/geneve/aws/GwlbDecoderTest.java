package io.github.gwlb4j.geneve.aws;

import static io.github.gwlb4j.testing.GeneveBuilder.geneve;
import static io.github.gwlb4j.testing.GeneveBuilder.gwlb;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.geneve.GeneveHeader;
import io.github.gwlb4j.geneve.GenevePolicy;
import io.github.gwlb4j.geneve.GeneveStatus;
import io.github.gwlb4j.testing.GeneveBuilder;
import io.github.gwlb4j.testing.Hex;
import io.github.gwlb4j.testing.PacketBuilder;
import io.github.gwlb4j.testing.Placed;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The Gateway Load Balancer's options; the rule numbers are those of the project's protocol notes on AWS. */
class GwlbDecoderTest {
    private static final long ENDPOINT = 0x0123456789abcdefL;
    private static final int COOKIE = 0xcafe0001;
    private final GwlbDecoder decoder = new GwlbDecoder();
    /** The same rules without the quick way. */
    private final GwlbDecoder general = new GwlbDecoder(Gwlb.OPTION_CLASS, GwlbDecoder.policy(Gwlb.OPTION_CLASS));

    private GeneveStatus decode(GeneveBuilder datagram) {
        return decode(datagram.build());
    }

    private GeneveStatus decode(byte[] datagram) {
        GeneveStatus status = decoder.decode(Placed.DIRECT.place(datagram), Placed.OFFSET, datagram.length);
        assertThat(general.decode(Placed.HEAP.place(datagram), Placed.OFFSET, datagram.length)).isEqualTo(status);
        if (status == GeneveStatus.OK) {
            assertThat(optionsOf(decoder)).isEqualTo(optionsOf(general));
        }
        return status;
    }

    private static String optionsOf(GwlbDecoder decoder) {
        GwlbOptions options = decoder.options();
        return options.endpointId() + " " + options.attachmentId() + " " + options.flowCookie() + " " + options.hasEndpointId()
                + options.hasAttachmentId() + options.hasFlowCookie() + " " + decoder.header().payloadOffset();
    }

    @ParameterizedTest
    @EnumSource(Placed.class)
    void rule1ShouldReadTheUsualHeader(Placed placed) {
        byte[] datagram = gwlb(Gwlb.OPTION_CLASS).build();

        assertThat(decoder.decode(placed.place(datagram), Placed.OFFSET, datagram.length)).isEqualTo(GeneveStatus.OK);

        assertThat(decoder.options().endpointId()).isEqualTo(ENDPOINT);
        assertThat(decoder.options().attachmentId()).isZero();
        assertThat(decoder.options().hasAttachmentId()).isTrue();
        assertThat(decoder.options().flowCookie()).isEqualTo(COOKIE);
        assertThat(decoder.options().optionClass()).isEqualTo(0x0108);
        assertThat(decoder.header().headerLength()).isEqualTo(Gwlb.HEADER_LENGTH).isEqualTo(40);
        assertThat(decoder.header().payloadLength()).isEqualTo(32);
    }

    @Test
    void rule1ShouldReadAnyOrderAndFurtherOptions() {
        assertThat(decode(geneve().option(0x0108, 3, "cafe0001").option(0x0132, 1, "11111111").option(0x0108, 9, "")
                .option(0x0108, 1, "0123456789abcdef"))).isEqualTo(GeneveStatus.OK);

        assertThat(decoder.options().endpointId()).isEqualTo(ENDPOINT);
        assertThat(decoder.options().flowCookie()).isEqualTo(COOKIE);
        assertThat(decoder.options().hasAttachmentId()).isFalse();
        assertThat(decoder.options().attachmentId()).isZero();
    }

    @Test
    void rule1ShouldLetTheLastOfEqualOptionsWin() {
        assertThat(decode(gwlb(0x0108).option(0x0108, 3, "00000007").option(0x0108, 1, "0000000000000008"))).isEqualTo(GeneveStatus.OK);

        assertThat(decoder.options().flowCookie()).isEqualTo(7);
        assertThat(decoder.options().endpointId()).isEqualTo(8);
    }

    @Test
    void rule1ShouldRefuseWhenEndpointOrCookieIsMissing() {
        assertThat(decode(geneve())).isEqualTo(GeneveStatus.OPTION_MISSING);
        assertThat(decode(geneve().option(0x0108, 1, "0123456789abcdef"))).isEqualTo(GeneveStatus.OPTION_MISSING);
        assertThat(decode(geneve().option(0x0108, 3, "cafe0001"))).isEqualTo(GeneveStatus.OPTION_MISSING);
        assertThat(decode(gwlb(0x0109))).isEqualTo(GeneveStatus.OPTION_MISSING);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void rule1ShouldRefuseAKnownOptionOfTheWrongLength(int type) {
        assertThat(decode(gwlb(0x0108).option(0x0108, type, "112233445566778899aabbcc"))).isEqualTo(GeneveStatus.OPTION_LENGTH_WRONG);
        assertThat(decode(gwlb(0x0108).option(0x0108, type, ""))).isEqualTo(GeneveStatus.OPTION_LENGTH_WRONG);
    }

    @Test
    void rule1ShouldNotKeepOptionsOfTheDatagramBefore() {
        decode(gwlb(0x0108));

        assertThat(decode(geneve().option(0x0108, 1, "0000000000000001").option(0x0108, 3, "00000002"))).isEqualTo(GeneveStatus.OK);
        assertThat(decoder.options().hasAttachmentId()).isFalse();
        assertThat(decoder.options().endpointId()).isEqualTo(1);
    }

    @Test
    void rule2ShouldRefuseWhatALoadBalancerNeverSends() {
        assertThat(decode(gwlb(0x0108).vni(1))).isEqualTo(GeneveStatus.VNI_NOT_CONFIGURED);
        assertThat(decode(gwlb(0x0108).protocolType(0x6558))).isEqualTo(GeneveStatus.PROTOCOL_UNKNOWN);
        assertThat(decode(gwlb(0x0108).flags(0x80))).isEqualTo(GeneveStatus.CONTROL_PACKET);
        assertThat(decode(gwlb(0x0108).version(1))).isEqualTo(GeneveStatus.VERSION_UNSUPPORTED);
        assertThat(decode(gwlb(0x0108).protocolType(0x86dd))).isEqualTo(GeneveStatus.PROTOCOL_MISMATCH);
        assertThat(decode(gwlb(0x0108).payload(new byte[0]))).isEqualTo(GeneveStatus.PAYLOAD_EMPTY);
        assertThat(decode(gwlb(0x0108).flags(0x40).option(1, 0x80, ""))).isEqualTo(GeneveStatus.CRITICAL_OPTION_UNKNOWN);
    }

    @Test
    void rule2ShouldReadIpv6Inside() {
        byte[] ipv6 = PacketBuilder.ipv6().udp(1, 2, 3).build();

        assertThat(decode(gwlb(0x0108).protocolType(0x86dd).payload(ipv6))).isEqualTo(GeneveStatus.OK);
        assertThat(decode(gwlb(0x0108).payload(ipv6))).isEqualTo(GeneveStatus.PROTOCOL_MISMATCH);
    }

    @Test
    void rule2ShouldTakeTheCFlagAlone() {
        assertThat(decode(gwlb(0x0108).flags(0x40))).isEqualTo(GeneveStatus.OK);
    }

    @Test
    void rule2ShouldIgnoreReservedBits() {
        byte[] datagram = gwlb(0x0108).flags(0x3f).lastReserved(0xff).build();
        datagram[11] |= (byte) 0xe0;
        datagram[23] |= (byte) 0xa0;
        datagram[35] |= (byte) 0x20;

        assertThat(decode(datagram)).isEqualTo(GeneveStatus.OK);
        assertThat(decoder.options().endpointId()).isEqualTo(ENDPOINT);
        assertThat(decoder.options().flowCookie()).isEqualTo(COOKIE);
    }

    @Test
    void rule3ShouldCarryTheAttachmentId() {
        assertThat(decode(geneve().option(0x0108, 1, "0123456789abcdef").option(0x0108, 2, "8000000000000001")
                .option(0x0108, 3, "cafe0001"))).isEqualTo(GeneveStatus.OK);
        assertThat(decoder.options().attachmentId()).isEqualTo(0x8000000000000001L);
    }

    @Test
    void rule16ShouldReadAnotherClass() {
        byte[] datagram = gwlb(Gwlb.OPTION_CLASS_TENCENT).build();
        GwlbDecoder tencent = new GwlbDecoder(0x0167);

        assertThat(tencent.decode(ByteBuffer.wrap(datagram), 0, datagram.length)).isEqualTo(GeneveStatus.OK);
        assertThat(tencent.options().endpointId()).isEqualTo(ENDPOINT);
        assertThat(decode(datagram)).isEqualTo(GeneveStatus.OPTION_MISSING);
    }

    @Test
    void shouldAnswerAtEveryLengthThatADatagramCanBeCutTo() {
        byte[] datagram = gwlb(0x0108).build();

        for (int length = 0; length < datagram.length; length++) {
            GeneveStatus expected = length < 8 ? GeneveStatus.HEADER_TRUNCATED
                    : length < 40 ? GeneveStatus.OPTIONS_EXCEED_DATAGRAM : length == 40 ? GeneveStatus.PAYLOAD_EMPTY : GeneveStatus.OK;
            assertThat(decode(Arrays.copyOf(datagram, length))).as("length %d", length).isEqualTo(expected);
        }
    }

    @Test
    void shouldAnswerTheSameOnBothWaysWhateverBitIsFlipped() {
        byte[] datagram = gwlb(0x0108).build();

        for (int bit = 0; bit < 41 * 8; bit++) {
            byte[] flipped = datagram.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            decode(flipped);
        }
    }

    @Test
    void encoderShouldWriteWhatTheDecoderReads() {
        ByteBuffer buffer = ByteBuffer.allocate(60);

        int length = new GwlbHeaderEncoder().encode(buffer, 2, 0x0800, ENDPOINT, 7, COOKIE);

        assertThat(length).isEqualTo(40);
        assertThat(Hex.of(buffer, 2, length)).isEqualTo("0800080000000000" + "010801020123456789abcdef"
                + "010802020000000000000007" + "01080301cafe0001");
    }

    @Test
    void encoderShouldWriteAnotherClass() {
        ByteBuffer buffer = ByteBuffer.allocate(41).put(40, (byte) 0x60);
        new GwlbHeaderEncoder(Gwlb.OPTION_CLASS_TENCENT).encode(buffer, 0, 0x86dd, 1, 2, 3);

        assertThat(new GwlbDecoder(Gwlb.OPTION_CLASS_TENCENT).decode(buffer, 0, 41)).isEqualTo(GeneveStatus.OK);
    }

    @Test
    void encoderShouldRefuseWhatDoesNotFitAndWriteNothing() {
        ByteBuffer small = ByteBuffer.allocate(41);
        GwlbHeaderEncoder encoder = new GwlbHeaderEncoder();

        assertThatIllegalArgumentException().isThrownBy(() -> encoder.encode(small, 0, 0x10000, 1, 2, 3)).withMessageContaining("protocol type");
        assertThatIllegalArgumentException().isThrownBy(() -> encoder.encode(small, 0, -1, 1, 2, 3)).withMessageContaining("protocol type");
        assertThatThrownBy(() -> encoder.encode(small, 2, 0x0800, 1, 2, 3)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(Hex.of(small, 0, 41)).isEqualTo("00".repeat(41));
    }

    @Test
    void shouldRefuseAClassOutOfRange() {
        GenevePolicy policy = GenevePolicy.rfc8926();

        assertThatIllegalArgumentException().isThrownBy(() -> new GwlbDecoder(0x10000)).withMessageContaining("65535");
        assertThatIllegalArgumentException().isThrownBy(() -> new GwlbDecoder(-1, policy)).withMessageContaining("65535");
        assertThatIllegalArgumentException().isThrownBy(() -> new GwlbOptions(0x10000)).withMessageContaining("65535");
        assertThatIllegalArgumentException().isThrownBy(() -> new GwlbHeaderEncoder(-1)).withMessageContaining("65535");
    }

    @Test
    void shouldReadOptionsOfAHeaderThatWasValidatedWithAnotherPolicy() {
        byte[] datagram = gwlb(0x0108).vni(77).build();
        GeneveHeader header = new GeneveHeader().wrap(ByteBuffer.wrap(datagram), 0, datagram.length);
        GwlbOptions options = new GwlbOptions();

        assertThat(header.validate(GenevePolicy.rfc8926())).isEqualTo(GeneveStatus.OK);
        assertThat(options.read(header)).isEqualTo(GeneveStatus.OK);
        assertThat(options.endpointId()).isEqualTo(ENDPOINT);
    }
}

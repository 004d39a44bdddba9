package io.github.gwlb4j.geneve;

import static io.github.gwlb4j.testing.GeneveBuilder.geneve;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.testing.GeneveBuilder;
import io.github.gwlb4j.testing.Hex;
import io.github.gwlb4j.testing.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InnerPacketTest {
    private static final String ADDRESSES = "020000000001" + "8200000000ff";
    private static final byte[] IPV4 = PacketBuilder.ipv4().udp(5, 6, 7).build();
    private static final byte[] IPV6 = PacketBuilder.ipv6().udp(5, 6, 7).build();
    private final InnerPacket inner = new InnerPacket();

    private PacketStatus wrap(GeneveBuilder builder) {
        byte[] bytes = builder.build();
        GenevePolicy anything = GenevePolicy.builder().protocolTypes().acceptEmptyPayload(true).build();
        GeneveHeader header = new GeneveHeader().wrap(ByteBuffer.wrap(bytes), 0, bytes.length);
        assertThat(header.validate(anything)).isEqualTo(GeneveStatus.OK);
        return inner.wrap(header);
    }

    private PacketStatus wrapFrame(String headerHex, byte[] payload) {
        return wrap(geneve().protocolType(0x6558).payload(Hex.concat(Hex.bytes(headerHex), payload)));
    }

    @Test
    void shouldReadBareIp() {
        assertThat(wrap(geneve().payload(IPV4))).isEqualTo(PacketStatus.OK);
        assertThat(inner.ip().version()).isEqualTo(4);
        assertThat(inner.isEthernet()).isFalse();
        assertThat(wrap(geneve().protocolType(0x86dd).payload(IPV6))).isEqualTo(PacketStatus.OK);
        assertThat(inner.ip().version()).isEqualTo(6);
    }

    @ParameterizedTest
    @CsvSource({"0800, 4, 0, 0", "86dd, 6, 0, 0", "8100 0fff 0800, 4, 1, 4095", "88a8 e001 8100 0002 86dd, 6, 2, 1",
            "9100 0003 9100 0003 8100 0003 0800, 4, 3, 3", "0025 aaaa03000000 0800, 4, 0, 0", "8100 0005 0025 aaaa03000000 86dd, 6, 1, 5"})
    void shouldLookThroughEthernet(String types, int version, int vlanTags, int vlanId) {
        assertThat(wrapFrame(ADDRESSES + types, version == 4 ? IPV4 : IPV6)).isEqualTo(PacketStatus.OK);

        assertThat(inner.isEthernet()).isTrue();
        assertThat(inner.ip().version()).isEqualTo(version);
        assertThat(inner.ip().sourcePort()).isEqualTo(5);
        assertThat(inner.ethernet().destinationAddress()).isEqualTo(0x020000000001L);
        assertThat(inner.ethernet().sourceAddress()).isEqualTo(0x8200000000ffL);
        assertThat(inner.ethernet().vlanTags()).isEqualTo(vlanTags);
        assertThat(inner.ethernet().vlanId()).isEqualTo(vlanId);
        assertThat(inner.ethernet().payloadLength()).isEqualTo((version == 4 ? IPV4 : IPV6).length);
        assertThat(inner.ethernet().payloadOffset()).isEqualTo(inner.ip().offset());
    }

    @Test
    void shouldSayWhenAnEthernetFrameIsCut() {
        assertThat(wrapFrame("", new byte[0])).isEqualTo(PacketStatus.ETHERNET_TRUNCATED);
        assertThat(wrapFrame(ADDRESSES + "08", new byte[0])).isEqualTo(PacketStatus.ETHERNET_TRUNCATED);
        assertThat(wrapFrame(ADDRESSES + "8100 000108", new byte[0])).isEqualTo(PacketStatus.ETHERNET_TRUNCATED);
        assertThat(wrapFrame(ADDRESSES + "0800", new byte[0])).isEqualTo(PacketStatus.IP_HEADER_TRUNCATED);
    }

    @Test
    void shouldReadWhatIsThereOfACutPacketWhenToldTo() {
        byte[] cut = Arrays.copyOf(PacketBuilder.ipv4().tcp(1, 2, 0, "", 100).build(), 45);

        assertThat(wrap(geneve().payload(cut))).isEqualTo(PacketStatus.IP_LENGTH_EXCEEDS_DATA);
        byte[] bytes = geneve().payload(cut).build();
        assertThat(inner.wrapTruncated(new GeneveHeader().wrap(ByteBuffer.wrap(bytes), 0, bytes.length))).isEqualTo(PacketStatus.OK);
        assertThat(inner.ip().totalLength()).isEqualTo(45);
        assertThat(inner.ip().status()).isEqualTo(PacketStatus.OK);
    }

    @Test
    void shouldSayWhenThereIsNoIpInside() {
        assertThat(wrapFrame(ADDRESSES + "0806", new byte[28])).isEqualTo(PacketStatus.NOT_IP);
        assertThat(inner.ethernet().etherType()).isEqualTo(0x0806);
        assertThat(wrapFrame(ADDRESSES + "0026 424203", new byte[35])).isEqualTo(PacketStatus.NOT_IP);
        assertThat(inner.ethernet().etherType()).isZero();
        assertThat(wrapFrame(ADDRESSES + "0026 aaaa03000001 0800", IPV4)).isEqualTo(PacketStatus.NOT_IP);
        assertThat(wrapFrame(ADDRESSES + "05ff aaaa03000000 0800", IPV4)).isEqualTo(PacketStatus.NOT_IP);
        assertThat(wrap(geneve().protocolType(0x0806).payload(new byte[28]))).isEqualTo(PacketStatus.NOT_IP);
        assertThat(wrap(geneve().payload(new byte[0]))).isEqualTo(PacketStatus.IP_HEADER_TRUNCATED);
    }

    @Test
    void shouldSayWhenTheEtherTypeDoesNotFitTheVersion() {
        assertThat(wrapFrame(ADDRESSES + "0800", IPV6)).isEqualTo(PacketStatus.IP_VERSION_MISMATCH);
        assertThat(wrapFrame(ADDRESSES + "86dd", IPV4)).isEqualTo(PacketStatus.IP_VERSION_MISMATCH);
        assertThat(wrapFrame(ADDRESSES + "86dd", new byte[60])).isEqualTo(PacketStatus.IP_VERSION_UNKNOWN);
    }
}

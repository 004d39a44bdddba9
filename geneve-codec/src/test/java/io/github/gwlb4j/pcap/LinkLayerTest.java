package io.github.gwlb4j.pcap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinkLayerTest {

    private static final String MACS = "001b213cac30001b213cab64";

    private final LinkLayer link = new LinkLayer();

    private LinkLayer.Status parse(int linkType, byte[] frame) {
        ByteBuffer buffer = ByteBuffer.allocate(frame.length + 5).order(ByteOrder.LITTLE_ENDIAN);
        buffer.put(3, frame);
        return link.parse(linkType, buffer, 3, frame.length);
    }

    @ParameterizedTest
    @CsvSource({
        "1, '" + MACS + "0800', 14, 0x0800, 0, 0",
        "1, '" + MACS + "86dd', 14, 0x86dd, 0, 0",
        "1, '" + MACS + "8100 e005 0800', 18, 0x0800, 1, 5",
        "1, '" + MACS + "88a8 0064 8100 0fff 86dd', 22, 0x86dd, 2, 100",
        "1, '" + MACS + "9100 0001 8100 0002 8100 0003 0806', 26, 0x0806, 3, 1",
        "1, '" + MACS + "0026 aaaa03 000000 0800', 22, 0x0800, 0, 0",
        "113, '0004 0001 0006 fa163e23d342 0000 0800', 16, 0x0800, 0, 0",
        "113, '0000 0001 0006 fa163e23d342 0000 8100 0007 86dd', 20, 0x86dd, 1, 7",
        "276, '86dd 0000 00000002 0001 00 06 fa163e23d3420000', 20, 0x86dd, 0, 0",
        "101, '45', 0, 0x0800, 0, 0",
        "101, '60', 0, 0x86dd, 0, 0",
        "12, '46', 0, 0x0800, 0, 0",
        "14, '6f', 0, 0x86dd, 0, 0",
        "228, '45', 0, 0x0800, 0, 0",
        "229, '60', 0, 0x86dd, 0, 0",
        "0, '02000000', 4, 0x0800, 0, 0",
        "0, '00000002', 4, 0x0800, 0, 0",
        "108, '00000002', 4, 0x0800, 0, 0",
        "0, '0a000000', 4, 0x86dd, 0, 0",
        "0, '18000000', 4, 0x86dd, 0, 0",
        "0, '0000001c', 4, 0x86dd, 0, 0",
        "0, '1e000000', 4, 0x86dd, 0, 0",
        "108, '00000018', 4, 0x86dd, 0, 0"})
    void shouldFindTheNetworkLayer(int linkType, String frame, int offset, String etherType, int tags, int vlan) {
        byte[] bytes = CaptureBytes.hex(frame);

        assertThat(parse(linkType, bytes)).isEqualTo(LinkLayer.Status.OK);
        assertThat(link.networkOffset()).isEqualTo(3 + offset);
        assertThat(link.etherType()).isEqualTo(Integer.decode(etherType));
        assertThat(link.vlanTags()).isEqualTo(tags);
        assertThat(link.vlanId()).isEqualTo(vlan);
    }

    @ParameterizedTest
    @CsvSource({
        "1, '" + MACS + "8100 e005 88a8 0001 0800'",
        "1, '" + MACS + "0800'",
        "113, '0004 0001 0006 fa163e23d342 0000 0800'",
        "276, '86dd 0000 00000002 0001 00 06 fa163e23d3420000'",
        "101, '45'",
        "0, '02000000'",
        "108, '00000002'"})
    void shouldReportTruncationAtEveryByteOfTheHeader(int linkType, String frame) {
        byte[] bytes = CaptureBytes.hex(frame);

        for (int length = 0; length < bytes.length; length++) {
            assertThat(parse(linkType, java.util.Arrays.copyOf(bytes, length))).as("%d bytes", length)
                    .isEqualTo(LinkLayer.Status.TRUNCATED);
            assertThat(link.networkOffset() + link.vlanTags() + link.vlanId() + link.etherType()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, '" + MACS + "0026 424203', NO_ETHERTYPE",
        "1, '" + MACS + "05ff aaaa03 000000 0800', NO_ETHERTYPE",
        "1, '" + MACS + "0026 aaaa03 00000c 2000', NO_ETHERTYPE",
        "113, '0004 0001 0006 fa163e23d342 0000 0004 424203', NO_ETHERTYPE",
        "101, '55', NO_ETHERTYPE",
        "0, '07000000', NO_ETHERTYPE",
        "0, '00000000', NO_ETHERTYPE",
        "105, '45', UNSUPPORTED_LINK_TYPE",
        "-1, '45', UNSUPPORTED_LINK_TYPE"})
    void shouldTellWhyThereIsNoNetworkLayer(int linkType, String frame, LinkLayer.Status status) {
        assertThat(parse(linkType, CaptureBytes.hex(frame))).isEqualTo(status);
        assertThat(link.networkOffset()).isZero();
    }

    @Test
    void shouldRefuseARegionOutsideTheBuffer() {
        ByteBuffer buffer = ByteBuffer.allocate(20);

        assertThatThrownBy(() -> link.parse(1, buffer, 10, 11)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void shouldNameLinkTypes() {
        assertThat(LinkType.nameOf(LinkType.LINUX_SLL2)).isEqualTo("LINUX_SLL2");
        assertThat(LinkType.nameOf(LinkType.UDP_PAYLOAD)).isEqualTo("UDP payload");
        assertThat(LinkType.nameOf(147)).isEqualTo("LINKTYPE 147");
    }
}

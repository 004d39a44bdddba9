package io.github.gwlb4j.gwlb;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.GeneveHeaderEncoder;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;

/** One datagram for each reason to drop that lies in its bytes. */
public final class MalformedDatagrams {
    private MalformedDatagrams() {
    }

    public static Map<DropReason, byte[]> byReason() {
        byte[] good = TestPackets.geneve(TestPackets.dnsQuery());
        byte[] ipv6 = PacketBuilder.ipv6("fd00::1", "fd00::2").udp(40_000, 53).payload(64).build();
        Map<DropReason, byte[]> map = new EnumMap<>(DropReason.class);
        map.put(DropReason.HEADER_TRUNCATED, Arrays.copyOf(good, 7));
        map.put(DropReason.VERSION_UNSUPPORTED, changed(good, b -> b[0] |= 0x40));
        map.put(DropReason.OPTIONS_EXCEED_DATAGRAM, Arrays.copyOf(good, 39));
        map.put(DropReason.OPTION_EXCEEDS_HEADER, changed(good, b -> b[35] = 0x1f));
        map.put(DropReason.CRITICAL_OPTION_UNKNOWN, withExtraOption(true));
        map.put(DropReason.CRITICAL_OPTION_UNKNOWN_C_CLEAR, changed(withExtraOption(true), b -> b[1] = 0));
        map.put(DropReason.CONTROL_PACKET, changed(good, b -> b[1] = (byte) 0x80));
        map.put(DropReason.VNI_NOT_CONFIGURED, changed(good, b -> b[6] = 1));
        map.put(DropReason.PROTOCOL_UNKNOWN, changed(good, b -> {
            b[2] = 0x65;
            b[3] = 0x58;
        }));
        map.put(DropReason.PAYLOAD_EMPTY, Arrays.copyOf(good, 40));
        map.put(DropReason.PROTOCOL_MISMATCH, changed(good, b -> b[40] = 0x65));
        map.put(DropReason.OPTION_MISSING, changed(good, b -> b[10] = 9));
        map.put(DropReason.OPTION_LENGTH_WRONG, wrongOptionLength());
        map.put(DropReason.INNER_HEADER_TRUNCATED, Arrays.copyOf(good, 59));
        map.put(DropReason.INNER_HEADER_LENGTH_WRONG, changed(good, b -> b[40] = 0x44));
        map.put(DropReason.INNER_LENGTH_EXCEEDS_DATA, Arrays.copyOf(good, good.length - 1));
        map.put(DropReason.INNER_EXTENSION_HEADER_TRUNCATED, changed(TestPackets.geneve(ipv6), b -> {
            b[46] = 60;
            b[81] = (byte) 0xff;
        }));
        map.put(DropReason.INNER_EXTENSION_HEADERS_TOO_MANY, tooManyExtensionHeaders());
        return map;
    }

    static byte[] changed(byte[] datagram, Consumer<byte[]> change) {
        byte[] copy = datagram.clone();
        change.accept(copy);
        return copy;
    }

    private static byte[] withExtraOption(boolean isCritical) {
        byte[] inner = TestPackets.dnsQuery();
        ByteBuffer datagram = ByteBuffer.allocate(Gwlb.HEADER_LENGTH + 8 + inner.length);
        new GeneveHeaderEncoder().begin(datagram, 0, Geneve.PROTOCOL_IPV4, 0)
                .optionLong(Gwlb.OPTION_CLASS, Gwlb.TYPE_ENDPOINT_ID, TestPackets.ENDPOINT)
                .optionLong(Gwlb.OPTION_CLASS, Gwlb.TYPE_ATTACHMENT_ID, 0)
                .optionInt(Gwlb.OPTION_CLASS, Gwlb.TYPE_FLOW_COOKIE, TestPackets.COOKIE)
                .optionInt(0xff01, isCritical ? 0x81 : 1, 0);
        return datagram.put(Gwlb.HEADER_LENGTH + 8, inner).array();
    }

    private static byte[] wrongOptionLength() {
        byte[] inner = TestPackets.dnsQuery();
        ByteBuffer datagram = ByteBuffer.allocate(32 + inner.length);
        new GeneveHeaderEncoder().begin(datagram, 0, Geneve.PROTOCOL_IPV4, 0)
                .optionInt(Gwlb.OPTION_CLASS, Gwlb.TYPE_ENDPOINT_ID, 1)
                .optionInt(Gwlb.OPTION_CLASS, Gwlb.TYPE_ATTACHMENT_ID, 0)
                .optionInt(Gwlb.OPTION_CLASS, Gwlb.TYPE_FLOW_COOKIE, TestPackets.COOKIE);
        return datagram.put(32, inner).array();
    }

    private static byte[] tooManyExtensionHeaders() {
        int count = 17;
        byte[] chain = new byte[count * 8 + 8];
        for (int i = 0; i < count - 1; i++) {
            chain[i * 8] = 60;
        }
        chain[(count - 1) * 8] = 17;
        return TestPackets.geneve(PacketBuilder.ipv6("fd00::1", "fd00::2").protocol(60).payload(chain).build());
    }
}

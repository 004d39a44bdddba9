package io.github.gwlb4j.fuzz;

import io.github.gwlb4j.geneve.GeneveHeader;
import io.github.gwlb4j.geneve.GeneveHeaderEncoder;
import io.github.gwlb4j.geneve.GeneveOptionCursor;
import io.github.gwlb4j.geneve.GeneveOptionViews;
import io.github.gwlb4j.geneve.GenevePolicy;
import io.github.gwlb4j.geneve.GeneveStatus;
import io.github.gwlb4j.geneve.GeneveText;
import io.github.gwlb4j.geneve.InnerPacket;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.geneve.aws.GwlbDecoder;
import io.github.gwlb4j.geneve.aws.GwlbOptionView;
import io.github.gwlb4j.packet.PacketText;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.reference.SlowGeneve;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;

/**
 * Fuzz target: any bytes as a GENEVE datagram, decoded by the codec and by {@link SlowGeneve}, which must agree on everything.
 * The bytes lie at the very end of a buffer, so that a read behind them throws.
 */
public final class DatagramTarget {
    private static final SlowGeneve.Rules RFC_RULES = SlowGeneve.Rules.rfc8926();
    private static final SlowGeneve.Rules GWLB_RULES = SlowGeneve.Rules.gwlb(Gwlb.OPTION_CLASS);
    private static final GenevePolicy STRICT = GenevePolicy.builder().refuseReservedBits(true).build();
    private static final GeneveOptionViews VIEWS = GwlbOptionView.allOf(Gwlb.OPTION_CLASS);
    private static final GeneveHeader HEADER = new GeneveHeader();
    private static final GeneveOptionCursor CURSOR = new GeneveOptionCursor();
    private static final GwlbDecoder QUICK = new GwlbDecoder();
    private static final GwlbDecoder GENERAL = new GwlbDecoder(Gwlb.OPTION_CLASS, GwlbDecoder.policy(Gwlb.OPTION_CLASS));
    private static final InnerPacket INNER = new InnerPacket();

    private DatagramTarget() {
    }

    public static void fuzzerTestOneInput(byte[] input) {
        ByteBuffer buffer = Regions.atEnd(input);
        int offset = Regions.OFFSET;
        SlowGeneve slow = SlowGeneve.decode(input, RFC_RULES);
        GeneveStatus status = HEADER.wrap(buffer, offset, input.length).validate(GenevePolicy.rfc8926());
        same("status", slow.status, status.name());
        if (status == GeneveStatus.OK) {
            compareHeader(input, slow);
            compareInner(slow);
        }
        walkWhatIsThere(slow);
        compareGwlb(input, buffer, offset);
    }

    private static void compareHeader(byte[] input, SlowGeneve slow) {
        same("control", slow.isControl, HEADER.isControl());
        same("critical", slow.isCritical, HEADER.isCritical());
        same("protocol", slow.protocolType, HEADER.protocolType());
        same("vni", slow.vni, HEADER.vni());
        same("header length", slow.headerLength, HEADER.headerLength());
        same("payload length", slow.payload.length, HEADER.payloadLength());
        for (SlowGeneve.Option option : slow.options) {
            same("found", true, HEADER.find(option.optionClass, option.type, CURSOR));
            same("data", Arrays.toString(slow.find(option.optionClass, option.type)), Arrays.toString(data(CURSOR)));
        }
        same("reserved", slow.hasReservedBits, HEADER.validate(STRICT) == GeneveStatus.RESERVED_BITS_SET);
        encodeAgain(input, slow);
    }

    /** encode(decode(bytes)) = bytes, reserved bits aside, and verbatim copy with them. */
    private static void encodeAgain(byte[] input, SlowGeneve slow) {
        ByteBuffer copy = ByteBuffer.allocate(slow.headerLength);
        same("copied", slow.headerLength, GeneveHeaderEncoder.copyHeader(HEADER, copy, 0));
        byte[] expected = Arrays.copyOf(input, slow.headerLength);
        same("copy", Arrays.toString(expected), Arrays.toString(copy.array()));
        GeneveHeaderEncoder encoder = new GeneveHeaderEncoder().begin(copy, 0, HEADER.protocolType(), HEADER.vni()).control(HEADER.isControl());
        for (CURSOR.wrap(HEADER); CURSOR.next(); ) {
            encoder.option(CURSOR.optionClass(), CURSOR.type(), CURSOR.buffer(), CURSOR.dataOffset(), CURSOR.dataLength());
        }
        if (!slow.hasReservedBits && !slow.isCritical) { // a sender may set C without need; the encoder does not
            same("encoded", Arrays.toString(expected), Arrays.toString(copy.array()));
        }
    }

    private static void walkWhatIsThere(SlowGeneve slow) {
        int count = 0;
        for (CURSOR.wrap(HEADER); CURSOR.next(); count++) {
            data(CURSOR);
        }
        if (!slow.status.equals("OPTIONS_EXCEED_DATAGRAM") && !slow.status.equals("VERSION_UNSUPPORTED")) {
            same("options", slow.options.size(), count);
        }
        if (Regions.isSample(slow.payload)) {
            GeneveText.describe(HEADER, VIEWS);
        }
    }

    private static void compareInner(SlowGeneve slow) {
        PacketStatus status = INNER.wrap(HEADER);
        if (status == PacketStatus.OK) {
            if (Regions.isSample(slow.payload)) {
                PacketText.describe(INNER.ip());
            }
            same("inner version", slow.protocolType == 0x6558 ? INNER.ip().version() : slow.payload[0] >> 4, INNER.ip().version());
        }
    }

    private static void compareGwlb(byte[] input, ByteBuffer buffer, int offset) {
        SlowGeneve slow = SlowGeneve.decode(input, GWLB_RULES);
        String expected = slow.status.equals("OK") ? slow.gwlbStatus(Gwlb.OPTION_CLASS) : slow.status;
        for (GwlbDecoder decoder : new GwlbDecoder[] {QUICK, GENERAL}) {
            same("gwlb status", expected, decoder.decode(buffer, offset, input.length).name());
            if (expected.equals("OK")) {
                same("endpoint", SlowGeneve.number(slow.find(Gwlb.OPTION_CLASS, 1)), decoder.options().endpointId());
                same("attachment", SlowGeneve.number(slow.find(Gwlb.OPTION_CLASS, 2)), decoder.options().attachmentId());
                same("cookie", (int) SlowGeneve.number(slow.find(Gwlb.OPTION_CLASS, 3)), decoder.options().flowCookie());
            }
        }
    }

    private static byte[] data(GeneveOptionCursor cursor) {
        byte[] data = new byte[cursor.dataLength()];
        cursor.buffer().get(cursor.dataOffset(), data);
        return data;
    }

    private static void same(String what, Object expected, Object actual) {
        if (!Objects.equals(expected, actual)) {
            throw new AssertionError(what + ": reference says " + expected + ", codec says " + actual);
        }
    }
}

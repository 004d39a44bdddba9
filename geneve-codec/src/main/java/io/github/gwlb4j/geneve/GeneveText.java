package io.github.gwlb4j.geneve;

import io.github.gwlb4j.internal.Bytes;

/** GENEVE headers as text, for people; broken ones too. Cold path: allocates. Stateless; usable from any thread. */
public final class GeneveText {
    private GeneveText() {
    }

    /**
     * The header in one line.
     *
     * @param header wrapped around a datagram, validated or not
     * @return for example {@code geneve IPv4, VNI 0, 32 bytes of options, 60 bytes of payload}
     */
    public static String summary(GeneveHeader header) {
        if (header.datagramLength() < Geneve.BASE_HEADER_LENGTH) {
            return "geneve, " + header.datagramLength() + " bytes only";
        }
        return "geneve " + protocolName(header.protocolType()) + ", VNI " + header.vni() + ", " + header.optionsLength()
                + " bytes of options, " + Math.max(0, header.payloadLength()) + " bytes of payload" + flags(header);
    }

    /**
     * The header field by field: a line for the base header, then one for each whole option.
     *
     * @param header wrapped around a datagram, validated or not
     * @param views  options that are decoded by name; all others are shown in hex
     * @return lines, each ended by a line feed
     */
    public static String describe(GeneveHeader header, GeneveOptionViews views) {
        if (header.datagramLength() < Geneve.BASE_HEADER_LENGTH) {
            return summary(header) + "\n";
        }
        StringBuilder text = new StringBuilder(256);
        text.append(String.format("GENEVE version %d, options %d bytes%s, protocol 0x%04x (%s), VNI %d, payload %d bytes\n",
                header.version(), header.optionsLength(), flags(header), header.protocolType(), protocolName(header.protocolType()),
                header.vni(), Math.max(0, header.payloadLength())));
        GeneveOptionCursor option = new GeneveOptionCursor();
        int shown = 0;
        for (option.wrap(header); option.next(); ) {
            appendOption(text, option, views);
            shown += option.length();
        }
        if (shown < header.optionsLength()) {
            text.append("  the next option runs past the end: ").append(header.optionsLength() - shown).append(" bytes of Opt Len are left\n");
        }
        return text.toString();
    }

    private static void appendOption(StringBuilder text, GeneveOptionCursor option, GeneveOptionViews views) {
        text.append(String.format("  option class 0x%04x (%s) type 0x%02x%s, %d bytes: ", option.optionClass(),
                className(option.optionClass()), option.type(), option.isCritical() ? " critical" : "", option.dataLength()));
        GeneveOptionView view = views.viewOf(option);
        text.append(view == null ? dataHex(option) : view.describe()).append('\n');
    }

    /**
     * An option's data as hex digits.
     *
     * @param option stands on an option
     * @return two lower-case digits for each byte, without separators; empty for no data
     */
    public static String dataHex(GeneveOptionCursor option) {
        StringBuilder hex = new StringBuilder(2 * option.dataLength());
        for (int i = 0; i < option.dataLength(); i++) {
            int octet = Bytes.u8(option.buffer(), option.dataOffset() + i);
            hex.append(Character.forDigit(octet >> 4, 16)).append(Character.forDigit(octet & 0xf, 16));
        }
        return hex.toString();
    }

    /**
     * Who an option class belongs to (IANA "Geneve Option Class"), as far as it is known here.
     *
     * @param optionClass 0 to 65535
     * @return a short name
     */
    public static String className(int optionClass) {
        switch (optionClass) {
            case 0x0100: return "Linux";
            case 0x0101: return "Open vSwitch";
            case 0x0102: return "OVN";
            case 0x0103: return "INT";
            case 0x0104: return "VMware";
            case 0x0129: return "Oxide";
            case 0x0164: return "cPacket";
            case 0x0167: return "Tencent";
            default: break;
        }
        if (optionClass == 0x0105 || optionClass >= 0x0108 && optionClass <= 0x0110) {
            return "Amazon";
        }
        if (optionClass >= 0x0132 && optionClass <= 0x0135) {
            return "Google";
        }
        if (optionClass <= 0xff) {
            return "IETF";
        }
        return optionClass >= 0xff00 ? "experimental" : "unknown";
    }

    private static String protocolName(int protocolType) {
        switch (protocolType) {
            case Geneve.PROTOCOL_IPV4: return "IPv4";
            case Geneve.PROTOCOL_IPV6: return "IPv6";
            case Geneve.PROTOCOL_ETHERNET: return "Ethernet";
            case 0x0806: return "ARP";
            default: return String.format("0x%04x", protocolType);
        }
    }

    private static String flags(GeneveHeader header) {
        return (header.isControl() ? ", control (O)" : "") + (header.isCritical() ? ", critical (C)" : "");
    }
}

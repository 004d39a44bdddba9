package io.github.gwlb4j.pcap;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** What stands before the first packet of a capture file, little endian. */
final class PcapFileHeader {

    private static final int OPTION_APPLICATION = 4;
    private static final int OPTION_INTERFACE_NAME = 2;
    private static final int OPTION_TSRESOL = 9;
    private static final byte[] NANOSECONDS = {9};
    private static final int OPTIONS_ROOM = 8192;

    private PcapFileHeader() {
    }

    static byte[] of(PcapWriter.Format format, int linkType, int snapLength, String application, String interfaceName) {
        ByteBuffer header = ByteBuffer.allocate(OPTIONS_ROOM).order(ByteOrder.LITTLE_ENDIAN);
        if (format == PcapWriter.Format.PCAPNG) {
            sectionHeader(header, application);
            interfaceDescription(header, linkType, snapLength, interfaceName);
        } else {
            boolean nanos = format == PcapWriter.Format.PCAP_NANOS;
            header.putInt(nanos ? ClassicRecords.MAGIC_NANOS : ClassicRecords.MAGIC_MICROS);
            header.putShort((short) 2).putShort((short) 4);
            header.putLong(0);
            header.putInt(snapLength).putInt(linkType);
        }
        byte[] bytes = new byte[header.flip().remaining()];
        header.get(bytes);
        return bytes;
    }

    private static void sectionHeader(ByteBuffer header, String application) {
        int start = startBlock(header, PcapNgRecords.SECTION_HEADER);
        header.putInt(PcapNgRecords.BYTE_ORDER_MAGIC);
        header.putShort((short) 1).putShort((short) 0);
        // The length of the section is not known while it is written.
        header.putLong(-1);
        option(header, OPTION_APPLICATION, application.getBytes(StandardCharsets.UTF_8));
        endBlock(header, start);
    }

    private static void interfaceDescription(ByteBuffer header, int linkType, int snapLength, String name) {
        int start = startBlock(header, PcapNgRecords.INTERFACE_DESCRIPTION);
        header.putShort((short) linkType).putShort((short) 0);
        header.putInt(snapLength);
        option(header, OPTION_INTERFACE_NAME, name.getBytes(StandardCharsets.UTF_8));
        option(header, OPTION_TSRESOL, NANOSECONDS);
        endBlock(header, start);
    }

    private static int startBlock(ByteBuffer header, int type) {
        int start = header.position();
        header.putInt(type).putInt(0);
        return start;
    }

    private static void option(ByteBuffer header, int code, byte[] value) {
        if (value.length == 0) {
            return;
        }
        header.putShort((short) code).putShort((short) value.length).put(value);
        header.position(PcapNgOptions.padded(header.position()));
    }

    private static void endBlock(ByteBuffer header, int start) {
        header.putInt(PcapNgOptions.END);
        int length = header.position() + 4 - start;
        header.putInt(length);
        header.putInt(start + 4, length);
    }
}

package io.github.gwlb4j.testing;

import java.nio.ByteBuffer;

/** Builds GENEVE datagrams byte by byte, wrong ones too, without the codec under test. */
public final class GeneveBuilder {
    private int version;
    private int flags;
    private int protocolType = 0x0800;
    private int vni;
    private int lastReserved;
    private Integer optionsWords;
    private byte[] options = {};
    private byte[] payload = PacketBuilder.ipv4().udp(1000, 2000, 4).build();

    public static GeneveBuilder geneve() {
        return new GeneveBuilder();
    }

    /** What a Gateway Load Balancer sends. */
    public static GeneveBuilder gwlb(int optionClass) {
        return geneve().option(optionClass, 1, "0123456789abcdef").option(optionClass, 2, "0000000000000000")
                .option(optionClass, 3, "cafe0001");
    }

    public GeneveBuilder version(int value) {
        version = value;
        return this;
    }

    /** The second byte: O, C and six reserved bits. */
    public GeneveBuilder flags(int value) {
        flags = value;
        return this;
    }

    public GeneveBuilder protocolType(int value) {
        protocolType = value;
        return this;
    }

    public GeneveBuilder vni(int value) {
        vni = value;
        return this;
    }

    public GeneveBuilder lastReserved(int value) {
        lastReserved = value;
        return this;
    }

    /** A lie about the options' length, in 4-byte words. */
    public GeneveBuilder optionsWords(int value) {
        optionsWords = value;
        return this;
    }

    public GeneveBuilder option(int optionClass, int type, String dataHex) {
        byte[] data = Hex.bytes(dataHex);
        return rawOption(optionClass, type, data.length / 4, dataHex);
    }

    /** An option whose last header byte (3 reserved bits, length) is given. */
    public GeneveBuilder rawOption(int optionClass, int type, int lengthByte, String dataHex) {
        byte[] header = {(byte) (optionClass >> 8), (byte) optionClass, (byte) type, (byte) lengthByte};
        options = Hex.concat(options, header, Hex.bytes(dataHex));
        return this;
    }

    public GeneveBuilder payload(byte[] bytes) {
        payload = bytes;
        return this;
    }

    public byte[] build() {
        int words = optionsWords == null ? options.length / 4 : optionsWords;
        ByteBuffer header = ByteBuffer.allocate(8);
        header.put((byte) (version << 6 | words)).put((byte) flags).putShort((short) protocolType).putInt(vni << 8 | lastReserved);
        return Hex.concat(header.array(), options, payload);
    }
}

package io.github.gwlb4j.reference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * RFC 8926, section 3.4 and 3.5, read off the diagrams bit by bit into plain objects. Knows nothing of the codec but the
 * names of its answers; slow and plain on purpose, to be the codec's oracle.
 */
public final class SlowGeneve {
    /** One option. */
    public static final class Option {
        public final int optionClass;
        public final int type;
        public final boolean isCritical;
        public final int reserved;
        public final byte[] data;

        Option(int optionClass, int type, int reserved, byte[] data) {
            this.optionClass = optionClass;
            this.type = type;
            this.isCritical = type >= 128;
            this.reserved = reserved;
            this.data = data;
        }
    }

    /** What a receiver accepts. */
    public static final class Rules {
        public Predicate<Option> knows = option -> false;
        public Predicate<Integer> acceptsProtocol = type -> type == 0x0800 || type == 0x86dd || type == 0x6558;
        public Predicate<Integer> acceptsVni = vni -> true;

        public static Rules rfc8926() {
            return new Rules();
        }

        public static Rules gwlb(int optionClass) {
            Rules rules = new Rules();
            rules.knows = option -> option.optionClass == optionClass && option.type >= 1 && option.type <= 3;
            rules.acceptsProtocol = type -> type == 0x0800 || type == 0x86dd;
            rules.acceptsVni = vni -> vni == 0;
            return rules;
        }
    }

    public String status;
    public int version;
    public boolean isControl;
    public boolean isCritical;
    public int protocolType;
    public int vni;
    public int headerLength;
    public boolean hasReservedBits;
    public final List<Option> options = new ArrayList<>();
    public byte[] payload = {};

    public static SlowGeneve decode(byte[] datagram, Rules rules) {
        SlowGeneve decoded = new SlowGeneve();
        decoded.status = decoded.read(datagram);
        if (decoded.status.equals("OK")) {
            decoded.status = decoded.judge(rules);
        }
        return decoded;
    }

    private String read(byte[] datagram) {
        if (datagram.length < 8) {
            return "HEADER_TRUNCATED";
        }
        Bits bits = new Bits(datagram);
        version = bits.readInt(0, 2);
        if (version != 0) {
            return "VERSION_UNSUPPORTED";
        }
        headerLength = 8 + 4 * bits.readInt(2, 6);
        isControl = bits.read(8, 1) == 1;
        isCritical = bits.read(9, 1) == 1;
        protocolType = bits.readInt(16, 16);
        vni = bits.readInt(32, 24);
        hasReservedBits = bits.read(10, 6) != 0 || bits.read(56, 8) != 0;
        if (headerLength > datagram.length) {
            return "OPTIONS_EXCEED_DATAGRAM";
        }
        payload = Arrays.copyOfRange(datagram, headerLength, datagram.length);
        return readOptions(Arrays.copyOfRange(datagram, 8, headerLength));
    }

    private String readOptions(byte[] rest) {
        if (rest.length == 0) {
            return "OK";
        }
        Bits bits = new Bits(rest);
        int length = 4 + 4 * bits.readInt(27, 5);
        if (length > rest.length) {
            return "OPTION_EXCEEDS_HEADER";
        }
        Option option = new Option(bits.readInt(0, 16), bits.readInt(16, 8), bits.readInt(24, 3), Arrays.copyOfRange(rest, 4, length));
        options.add(option);
        hasReservedBits |= option.reserved != 0;
        return readOptions(Arrays.copyOfRange(rest, length, rest.length));
    }

    private String judge(Rules rules) {
        if (options.stream().anyMatch(option -> option.isCritical && !rules.knows.test(option))) {
            return isCritical ? "CRITICAL_OPTION_UNKNOWN" : "CRITICAL_OPTION_UNKNOWN_C_CLEAR";
        }
        if (isControl) {
            return "CONTROL_PACKET";
        }
        if (!rules.acceptsVni.test(vni)) {
            return "VNI_NOT_CONFIGURED";
        }
        if (!rules.acceptsProtocol.test(protocolType)) {
            return "PROTOCOL_UNKNOWN";
        }
        if (payload.length == 0) {
            return "PAYLOAD_EMPTY";
        }
        int ipVersion = new Bits(payload).readInt(0, 4);
        boolean isMismatch = protocolType == 0x0800 && ipVersion != 4 || protocolType == 0x86dd && ipVersion != 6;
        return isMismatch ? "PROTOCOL_MISMATCH" : "OK";
    }

    /** The data of the last option of a class and type, or null. */
    public byte[] find(int optionClass, int type) {
        byte[] found = null;
        for (Option option : options) {
            if (option.optionClass == optionClass && option.type == type) {
                found = option.data;
            }
        }
        return found;
    }

    /** What the Gateway Load Balancer's options say of a datagram whose status is OK. */
    public String gwlbStatus(int optionClass) {
        for (Option option : options) {
            int expected = option.type == 1 || option.type == 2 ? 8 : option.type == 3 ? 4 : option.data.length;
            if (option.optionClass == optionClass && option.data.length != expected) {
                return "OPTION_LENGTH_WRONG";
            }
        }
        return find(optionClass, 1) == null || find(optionClass, 3) == null ? "OPTION_MISSING" : "OK";
    }

    /** A number in network byte order. */
    public static long number(byte[] data) {
        return data == null ? 0 : new Bits(data).read(0, data.length * 8);
    }
}

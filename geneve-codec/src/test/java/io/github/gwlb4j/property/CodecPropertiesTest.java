package io.github.gwlb4j.property;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.geneve.GeneveHeader;
import io.github.gwlb4j.geneve.GeneveHeaderEncoder;
import io.github.gwlb4j.geneve.GeneveOptionCursor;
import io.github.gwlb4j.geneve.GenevePolicy;
import io.github.gwlb4j.geneve.GeneveStatus;
import io.github.gwlb4j.geneve.aws.GwlbDecoder;
import io.github.gwlb4j.geneve.aws.GwlbHeaderEncoder;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.PacketEditor;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.testing.Hex;
import io.github.gwlb4j.testing.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;

/** What holds for every header and packet; each case is made from a seed, which a failure names. */
class CodecPropertiesTest {
    private static final int CASES = 20_000;
    private static final GenevePolicy ANYTHING = GenevePolicy.builder().protocolTypes().acceptEmptyPayload(true)
            .acceptUnknownCriticalOptions(true).acceptControlPackets(true).build();

    private final IpPacket packet = new IpPacket();

    private static void forEachSeed(LongConsumer property) {
        for (long seed = 0; seed < CASES; seed++) {
            try {
                property.accept(seed);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    private record Option(int optionClass, int type, String data) {
    }

    private static List<Option> randomOptions(SplittableRandom random) {
        List<Option> options = new ArrayList<>();
        int left = 252 / 4;
        int wanted = random.nextInt(8) == 0 ? 63 : random.nextInt(6);
        while (options.size() < wanted && left > 0) {
            int words = random.nextInt(Math.min(31, left - 1) + 1) / (wanted > 6 ? 31 : 1);
            left -= words + 1;
            byte[] data = new byte[4 * words];
            random.nextBytes(data);
            options.add(new Option(random.nextInt(0x10000), random.nextInt(0x100), Hex.of(data)));
        }
        return options;
    }

    private static ByteBuffer encode(SplittableRandom random, List<Option> options, int protocolType, int vni, boolean control) {
        ByteBuffer buffer = ByteBuffer.allocate(280);
        GeneveHeaderEncoder encoder = new GeneveHeaderEncoder().begin(buffer, 7, protocolType, vni).control(control);
        for (Option option : options) {
            byte[] data = Hex.bytes(option.data());
            boolean isNumber = random.nextBoolean();
            if (isNumber && data.length == 4) {
                encoder.optionInt(option.optionClass(), option.type(), ByteBuffer.wrap(data).getInt());
            } else if (isNumber && data.length == 8) {
                encoder.optionLong(option.optionClass(), option.type(), ByteBuffer.wrap(data).getLong());
            } else {
                encoder.option(option.optionClass(), option.type(), ByteBuffer.wrap(data), 0, data.length);
            }
        }
        return buffer.limit(7 + encoder.headerLength());
    }

    @Test
    void decodingShouldGiveWhatWasEncoded() {
        GeneveHeader header = new GeneveHeader();
        GeneveOptionCursor cursor = new GeneveOptionCursor();
        forEachSeed(seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            List<Option> options = randomOptions(random);
            int protocolType = random.nextInt(0x10000);
            int vni = random.nextInt(0x1000000);
            boolean control = random.nextBoolean();
            ByteBuffer buffer = encode(random, options, protocolType, vni, control);

            assertThat(header.wrap(buffer, 7, buffer.limit() - 7).validate(ANYTHING)).isEqualTo(GeneveStatus.OK);
            assertThat(header.protocolType()).isEqualTo(protocolType);
            assertThat(header.vni()).isEqualTo(vni);
            assertThat(header.isControl()).isEqualTo(control);
            assertThat(header.isCritical()).isEqualTo(options.stream().anyMatch(option -> option.type() >= 0x80));
            List<Option> decoded = new ArrayList<>();
            for (cursor.wrap(header); cursor.next(); ) {
                decoded.add(new Option(cursor.optionClass(), cursor.type(), Hex.of(buffer, cursor.dataOffset(), cursor.dataLength())));
            }
            assertThat(decoded).isEqualTo(options);
        });
    }

    @Test
    void encodingShouldGiveWhatWasDecoded() {
        GeneveHeader header = new GeneveHeader();
        forEachSeed(seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            ByteBuffer original = encode(random, randomOptions(random), random.nextInt(0x10000), random.nextInt(0x1000000), random.nextBoolean());
            header.wrap(original, 7, original.limit() - 7);
            ByteBuffer again = ByteBuffer.allocate(260);

            GeneveHeaderEncoder encoder = new GeneveHeaderEncoder().begin(again, 0, header.protocolType(), header.vni()).control(header.isControl());
            GeneveOptionCursor cursor = new GeneveOptionCursor();
            for (cursor.wrap(header); cursor.next(); ) {
                encoder.option(cursor.optionClass(), cursor.type(), original, cursor.dataOffset(), cursor.dataLength());
            }

            assertThat(Hex.of(again, 0, encoder.headerLength())).isEqualTo(Hex.of(original, 7, original.limit() - 7));
        });
    }

    @Test
    void gwlbDecoderShouldGiveWhatItsEncoderWrote() {
        GwlbDecoder decoder = new GwlbDecoder();
        ByteBuffer buffer = ByteBuffer.allocate(41).put(40, (byte) 0x45);
        forEachSeed(seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            long endpoint = random.nextLong();
            long attachment = random.nextLong();
            int cookie = random.nextInt();
            new GwlbHeaderEncoder().encode(buffer, 0, 0x0800, endpoint, attachment, cookie);

            assertThat(decoder.decode(buffer, 0, 41)).isEqualTo(GeneveStatus.OK);
            assertThat(decoder.options().endpointId()).isEqualTo(endpoint);
            assertThat(decoder.options().attachmentId()).isEqualTo(attachment);
            assertThat(decoder.options().flowCookie()).isEqualTo(cookie);
        });
    }

    private static String randomAddress(SplittableRandom random, boolean isIpv4) {
        boolean isSparse = random.nextBoolean();
        if (isIpv4) {
            return random.nextInt(256) + "." + (isSparse ? 0 : random.nextInt(256)) + ".0." + random.nextInt(4);
        }
        return Integer.toHexString(random.nextInt(0x10000)) + ":" + (isSparse ? "0" : "ffff") + "::" + random.nextInt(4);
    }

    private static PacketBuilder builder(SplittableRandom random, boolean isIpv4) {
        PacketBuilder builder = isIpv4 ? PacketBuilder.ipv4() : PacketBuilder.ipv6();
        if (isIpv4 && random.nextInt(4) == 0) {
            builder.ipOptions("01010101");
        } else if (!isIpv4 && random.nextInt(4) == 0) {
            builder.extension(IpProtocol.DESTINATION_OPTIONS, "00 0000 00000000");
        }
        return builder.trafficClass(random.nextInt(256)).ttl(random.nextInt(256));
    }

    private static PacketBuilder withTransport(PacketBuilder builder, int kind, int from, int to, boolean isReply) {
        int source = isReply ? to : from;
        int destination = isReply ? from : to;
        switch (kind) {
            case 0: return builder.tcp(source, destination, 0x10, "", from % 40);
            case 1: return builder.udp(source, destination, from % 40);
            case 2: return builder.icmpEcho(isReply, from);
            case 3: return builder.udpLite(source, destination, 0, from % 40);
            case 4: return builder.dccp(source, destination, 0, from % 40);
            case 5: return builder.fragment(0, true).udp(source, destination, 8);
            case 6: return builder.fragment(8, false).payload(IpProtocol.UDP, new byte[from % 40]);
            default: return builder.payload(IpProtocol.GRE, new byte[from % 40]);
        }
    }

    private FlowKey keyOf(byte[] bytes) {
        assertThat(packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length)).isEqualTo(PacketStatus.OK);
        return new FlowKey().set(42, packet);
    }

    @Test
    void aPacketAndItsReplyShouldHaveOneFlowKey() {
        forEachSeed(seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            boolean isIpv4 = random.nextBoolean();
            int kind = random.nextInt(8);
            String one = randomAddress(random, isIpv4);
            String other = randomAddress(random, isIpv4);
            int from = random.nextInt(0x10000);
            int to = random.nextInt(0x10000);

            FlowKey request = keyOf(withTransport(builder(random, isIpv4).from(one).to(other), kind, from, to, false).build());
            FlowKey reply = keyOf(withTransport(builder(random, isIpv4).from(other).to(one), kind, from, to, true).build());

            assertThat(reply).isEqualTo(request).hasSameHashCodeAs(request);
            assertThat(reply.tunnelSourcePort()).isEqualTo(request.tunnelSourcePort()).isBetween(1, 65535);
            boolean hasDirection = !one.equals(other) || kind != 2 && kind < 5 && from != to;
            assertThat(reply.isForward() != request.isForward()).isEqualTo(hasDirection);
        });
    }

    @Test
    void anIcmpErrorShouldHaveTheFlowKeyOfWhatItQuotes() {
        forEachSeed(seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            boolean isIpv4 = random.nextBoolean();
            byte[] original = withTransport(builder(random, isIpv4).from(randomAddress(random, isIpv4)), random.nextInt(8),
                    random.nextInt(0x10000), random.nextInt(0x10000), false).build();
            int headerLength = keyOf(original) == null ? 0 : packet.headerLength();
            byte[] quote = Arrays.copyOf(original, Math.min(original.length, headerLength + 8 + random.nextInt(30)));
            byte[] error = (isIpv4 ? PacketBuilder.ipv4() : PacketBuilder.ipv6()).from(randomAddress(random, isIpv4))
                    .icmp(isIpv4 ? 3 : 1, 1, 0, quote).build();

            assertThat(keyOf(error)).isEqualTo(keyOf(original));
        });
    }

    @Test
    void anEditedPacketShouldHaveTheChecksumsOfOneBuiltAnew() {
        forEachSeed(seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            boolean isIpv4 = random.nextBoolean();
            int kind = random.nextInt(5);
            byte[] bytes = withTransport(builder(random, isIpv4), kind, random.nextInt(0x10000), random.nextInt(0x10000), false).build();
            assertThat(packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length)).isEqualTo(PacketStatus.OK);

            for (int edits = random.nextInt(1, 5); edits > 0; edits--) {
                edit(random, isIpv4);
            }

            assertThat(InternetChecksum.ofTransport(packet)).isZero();
            if (isIpv4) {
                assertThat(InternetChecksum.of(packet.buffer(), 0, packet.headerLength())).isZero();
            }
        });
    }

    private void edit(SplittableRandom random, boolean isIpv4) {
        int extreme = random.nextInt(3) == 0 ? random.nextInt(2) - 1 : random.nextInt();
        switch (random.nextInt(7)) {
            case 0: PacketEditor.setTtl(packet, extreme); break;
            case 1: PacketEditor.setDscp(packet, extreme & 0x3f); break;
            case 2: PacketEditor.setEcn(packet, extreme & 3); break;
            case 3: PacketEditor.setSourcePort(packet, extreme & 0xffff); break;
            case 4: PacketEditor.setDestinationPort(packet, extreme & 0xffff); break;
            case 5:
                assertThat(isIpv4 ? PacketEditor.setIpv4Source(packet, extreme) : PacketEditor.setIpv6Source(packet, extreme, random.nextLong())).isTrue();
                break;
            default:
                assertThat(isIpv4 ? PacketEditor.setIpv4Destination(packet, extreme) : PacketEditor.setIpv6Destination(packet, random.nextLong(), extreme)).isTrue();
                break;
        }
    }
}

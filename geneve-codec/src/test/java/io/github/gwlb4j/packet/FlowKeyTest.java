package io.github.gwlb4j.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.gwlb4j.testing.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FlowKeyTest {
    private static final long ENDPOINT = 0x0123456789abcdefL;

    private static FlowKey key(long endpoint, byte[] bytes) {
        IpPacket packet = new IpPacket();
        assertThat(packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length)).isEqualTo(PacketStatus.OK);
        return new FlowKey().set(endpoint, packet);
    }

    private static FlowKey key(PacketBuilder builder) {
        return key(ENDPOINT, builder.build());
    }

    private static PacketBuilder there(boolean isIpv4) {
        return isIpv4 ? PacketBuilder.ipv4().from("10.0.0.1").to("10.0.0.2") : PacketBuilder.ipv6().from("fd00::1").to("fd00::2");
    }

    private static PacketBuilder back(boolean isIpv4) {
        return isIpv4 ? PacketBuilder.ipv4().from("10.0.0.2").to("10.0.0.1") : PacketBuilder.ipv6().from("fd00::2").to("fd00::1");
    }

    private static void assertSameFlow(FlowKey one, FlowKey other) {
        assertThat(one).isEqualTo(other).hasSameHashCodeAs(other);
        assertThat(one.isSameFlow(other)).isTrue();
        assertThat(one.hash64()).isEqualTo(other.hash64());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldBeTheSameForBothDirections(boolean isIpv4) {
        FlowKey request = key(there(isIpv4).tcp(4711, 443, TcpHeader.SYN, "", 0));
        FlowKey reply = key(back(isIpv4).tcp(443, 4711, TcpHeader.ACK, "", 10));

        assertSameFlow(request, reply);
        assertThat(request.isForward()).isTrue();
        assertThat(reply.isForward()).isFalse();
        assertThat(request.protocol()).isEqualTo(IpProtocol.TCP);
        assertThat(request.endpointId()).isEqualTo(ENDPOINT);
    }

    @Test
    void shouldTellAHostsConversationWithItselfByItsPorts() {
        FlowKey request = key(PacketBuilder.ipv4().from("10.0.0.1").to("10.0.0.1").udp(1, 2, 0));
        FlowKey reply = key(PacketBuilder.ipv4().from("10.0.0.1").to("10.0.0.1").udp(2, 1, 0));

        assertSameFlow(request, reply);
        assertThat(request.isForward()).isNotEqualTo(reply.isForward());
    }

    @Test
    void shouldDifferInEachPart() {
        Set<FlowKey> keys = new HashSet<>();
        keys.add(key(PacketBuilder.ipv4().udp(1, 2, 0)));
        keys.add(key(ENDPOINT + 1, PacketBuilder.ipv4().udp(1, 2, 0).build()));
        keys.add(key(PacketBuilder.ipv4().udp(1, 3, 0)));
        keys.add(key(PacketBuilder.ipv4().udp(3, 2, 0)));
        keys.add(key(PacketBuilder.ipv4().udp(2, 1, 0)));
        keys.add(key(PacketBuilder.ipv4().tcp(1, 2, 0, "", 0)));
        keys.add(key(PacketBuilder.ipv4().from("10.0.0.7").udp(1, 2, 0)));
        keys.add(key(PacketBuilder.ipv4().to("10.0.0.7").udp(1, 2, 0)));
        keys.add(key(PacketBuilder.ipv4().payload(IpProtocol.GRE, new byte[8])));
        keys.add(key(PacketBuilder.ipv4().fragment(0, true).udp(1, 2, 0)));
        keys.add(key(PacketBuilder.ipv6().udp(1, 2, 0)));
        keys.add(key(PacketBuilder.ipv6().from("2001:db8:1::1").udp(1, 2, 0)));
        keys.add(key(PacketBuilder.ipv6().from("2001:db8::2").udp(1, 2, 0)));
        keys.add(key(PacketBuilder.ipv6().to("2001:db8:1::1").udp(1, 2, 0)));
        keys.add(key(PacketBuilder.ipv6().to("2001:db8::2").udp(1, 2, 0)));

        assertThat(keys).hasSize(15);
    }

    @Test
    void shouldNotTakeAnIpv6AddressForTheIpv4AddressInIt() {
        assertThat(key(PacketBuilder.ipv6().from("::10.0.0.1").to("::192.168.7.9").udp(1, 2, 0)))
                .isNotEqualTo(key(PacketBuilder.ipv4().from("10.0.0.1").to("192.168.7.9").udp(1, 2, 0)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldTellEchoesByTheirIdentifier(boolean isIpv4) {
        assertSameFlow(key(there(isIpv4).icmpEcho(false, 7)), key(back(isIpv4).icmpEcho(true, 7)));
        assertThat(key(there(isIpv4).icmpEcho(false, 7))).isNotEqualTo(key(there(isIpv4).icmpEcho(false, 8)));
    }

    @Test
    void shouldTellExtendedEchoesAndTimestampsByTheirIdentifier() {
        assertSameFlow(key(there(true).icmp(42, 0, 0x00070101, new byte[0])), key(back(true).icmp(43, 0, 0x00070100, new byte[0])));
        assertThat(key(there(true).icmp(13, 0, 0x00070000, new byte[12]))).isNotEqualTo(key(there(true).icmp(13, 0, 0x00080000, new byte[12])));
        assertThat(key(there(false).icmp(160, 0, 0x00070101, new byte[0]))).isNotEqualTo(key(there(false).icmp(160, 0, 0x00080101, new byte[0])));
    }

    @Test
    void shouldNotReadAnIdentifierWhereThereIsNone() {
        assertThat(key(there(false).icmp(135, 0, 0x00070000, new byte[16]))).isEqualTo(key(there(false).icmp(136, 0, 0x60000000, new byte[16])));
        assertThat(key(there(true).payload(IpProtocol.ICMP, new byte[] {8, 0, 0, 0}))).isEqualTo(key(there(true).icmp(9, 0, 5, new byte[0])));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldGiveAnIcmpErrorTheFlowOfThePacketItQuotes(boolean isIpv4) {
        byte[] original = there(isIpv4).tcp(4711, 443, TcpHeader.ACK, "", 900).build();
        PacketBuilder error = (isIpv4 ? PacketBuilder.ipv4().from("99.0.0.1").to("10.0.0.1") : PacketBuilder.ipv6().from("fd99::1").to("fd00::1"))
                .icmp(isIpv4 ? 3 : 2, 0, 1400, Arrays.copyOf(original, isIpv4 ? 28 : 48));

        FlowKey flow = key(ENDPOINT, original);

        assertSameFlow(key(error), flow);
        assertThat(key(error).isForward()).isNotEqualTo(flow.isForward());
    }

    @Test
    void shouldGiveAnErrorAboutAnEchoTheFlowOfTheEcho() {
        byte[] echo = there(true).icmpEcho(false, 7).build();

        assertSameFlow(key(PacketBuilder.ipv4().from("99.0.0.1").to("10.0.0.1").icmp(11, 0, 0, echo)), key(ENDPOINT, echo));
    }

    @Test
    void shouldGiveAnErrorThatQuotesNothingReadableAFlowOfItsOwn() {
        FlowKey error = key(back(true).icmp(3, 1, 0, new byte[4]));
        FlowKey otherVersion = key(back(true).icmp(3, 1, 0, PacketBuilder.ipv6().udp(1, 2, 0).build()));

        assertThat(error.protocol()).isEqualTo(IpProtocol.ICMP);
        assertSameFlow(error, key(there(true).icmp(3, 1, 0, new byte[4])));
        assertSameFlow(error, otherVersion);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldGiveAllFragmentsOneFlowWithoutPorts(boolean isIpv4) {
        FlowKey first = key(there(isIpv4).fragment(0, true).udp(1, 2, 8));
        FlowKey middle = key(there(isIpv4).fragment(16, true).payload(IpProtocol.UDP, new byte[8]));
        FlowKey last = key(there(isIpv4).fragment(24, false).payload(IpProtocol.UDP, new byte[3]));

        assertSameFlow(first, middle);
        assertSameFlow(first, last);
        assertSameFlow(first, key(back(isIpv4).fragment(0, true).udp(2, 1, 8)));
        assertThat(first.isFragment()).isTrue();
        assertThat(first).isNotEqualTo(key(there(isIpv4).udp(1, 2, 8)));
        assertThat(first).isNotEqualTo(key(there(isIpv4).fragment(0, true).tcp(1, 2, 0, "", 4)));
    }

    @Test
    void shouldGiveIpv6FragmentsOneFlowWhenExtensionHeadersAreInTheFragmentedPart() {
        FlowKey first = key(PacketBuilder.ipv6().extension(IpProtocol.FRAGMENT, "00 0001 00000001")
                .extension(IpProtocol.DESTINATION_OPTIONS, "00 0000 00000000").udp(1, 2, 8));
        FlowKey last = key(PacketBuilder.ipv6().fragment(24, false).payload(IpProtocol.DESTINATION_OPTIONS, new byte[8]));

        assertSameFlow(first, last);
    }

    @Test
    void shouldGiveAFragmentedIcmpErrorTheFlowOfItsFragments() {
        byte[] original = there(true).udp(1, 2, 100).build();

        FlowKey first = key(back(true).fragment(0, true).icmp(3, 1, 0, original));
        FlowKey last = key(back(true).fragment(136, false).payload(IpProtocol.ICMP, new byte[8]));

        assertSameFlow(first, last);
    }

    private static FlowKey keyByPorts(PacketBuilder builder) {
        byte[] bytes = builder.build();
        IpPacket packet = new IpPacket();
        assertThat(packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length)).isEqualTo(PacketStatus.OK);
        return new FlowKey().setByPorts(ENDPOINT, packet);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldGiveLaterFragmentsTheFlowOfTheFirstInBothDirections(boolean isIpv4) {
        FlowKey whole = key(there(isIpv4).udp(7, 2, 8));
        for (boolean isThere : new boolean[] {true, false}) {
            FlowKey first = keyByPorts(isThere ? there(isIpv4).fragment(0, true).udp(7, 2, 8) : back(isIpv4).fragment(0, true).udp(2, 7, 8));
            byte[] last = (isThere ? there(isIpv4) : back(isIpv4)).fragment(16, false).payload(IpProtocol.UDP, new byte[3]).build();
            IpPacket packet = new IpPacket();
            packet.wrap(ByteBuffer.wrap(last), 0, last.length);

            FlowKey later = new FlowKey().setByPortsOf(ENDPOINT, packet, first.protocol(), first.packetPorts());

            assertSameFlow(later, whole);
            assertSameFlow(first, whole);
            assertThat(later.isForward()).isEqualTo(isThere);
            assertThat(later.reverse().isForward()).isNotEqualTo(isThere);
            assertSameFlow(later, whole);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldGiveAnErrorAboutAFirstFragmentTheFlowOfItsPorts(boolean isIpv4) {
        byte[] original = there(isIpv4).fragment(0, true).udp(7, 2, 100).build();
        PacketBuilder error = (isIpv4 ? PacketBuilder.ipv4().from("99.0.0.1").to("10.0.0.1") : PacketBuilder.ipv6().from("fd99::1").to("fd00::1"))
                .icmp(isIpv4 ? 11 : 3, 1, 0, original);

        assertSameFlow(keyByPorts(error), key(there(isIpv4).udp(7, 2, 100)));
        assertSameFlow(key(error), key(ENDPOINT, original));
    }

    @Test
    void shouldTakeThePortsOfAFirstFragmentWhenToldTo() {
        IpPacket packet = new IpPacket();
        byte[] first = there(true).fragment(0, true).udp(1, 2, 8).build();
        packet.wrap(ByteBuffer.wrap(first), 0, first.length);
        assertSameFlow(new FlowKey().setByPorts(ENDPOINT, packet), key(there(true).udp(1, 2, 8)));
        byte[] last = there(true).fragment(16, false).payload(IpProtocol.UDP, new byte[8]).build();
        packet.wrap(ByteBuffer.wrap(last), 0, last.length);
        assertSameFlow(new FlowKey().setByPorts(ENDPOINT, packet), key(ENDPOINT, last));
    }

    @Test
    void shouldTellItsPartsInTheOrderOfTheEnds() {
        FlowKey reply = key(back(false).tcp(443, 4711, TcpHeader.ACK, "", 0));

        assertThat(reply.firstHigh()).isEqualTo(0xfd00_0000_0000_0000L).isEqualTo(reply.secondHigh());
        assertThat(reply.firstLow()).isEqualTo(1);
        assertThat(reply.secondLow()).isEqualTo(2);
        assertThat(reply.ports()).isEqualTo(4711 << 16 | 443);
        assertThat(reply.packetPorts()).isEqualTo(443 << 16 | 4711);
        assertThat(reply.kind()).isEqualTo(key(there(false).tcp(1, 2, 0, "", 0)).kind()).isNotEqualTo(key(there(true).tcp(1, 2, 0, "", 0)).kind());
        assertThat(key(there(true).tcp(4711, 443, 0, "", 0)).packetPorts()).isEqualTo(4711 << 16 | 443);
    }

    @Test
    void shouldTreatAnAtomicFragmentAsAWholePacket() {
        assertSameFlow(key(PacketBuilder.ipv6().fragment(0, false).udp(1, 2, 8)), key(PacketBuilder.ipv6().udp(1, 2, 8)));
    }

    @Test
    void shouldTakeFlowAndDirectionOfAnotherKeyAndBeSetAgain() {
        FlowKey key = key(there(true).udp(1, 2, 0));
        FlowKey other = key(ENDPOINT + 1, back(false).udp(7, 8, 0).build());

        assertThat(key.set(other.copy())).isEqualTo(other).hasToString(other.toString());
        assertThat(key.isForward()).isEqualTo(other.isForward());
        assertThat(key.endpointId()).isEqualTo(ENDPOINT + 1);
        assertThat(key.hash64()).isEqualTo(other.hash64());
        assertThatIllegalStateException().isThrownBy(() -> other.copy().set(key));
    }

    @Test
    void shouldCopyIntoAKeyThatCannotBeSet() {
        IpPacket packet = new IpPacket();
        byte[] bytes = PacketBuilder.ipv4().udp(1, 2, 0).build();
        packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length);
        FlowKey key = new FlowKey().set(ENDPOINT, packet);
        FlowKey copy = key.copy();

        assertSameFlow(copy, key);
        assertThat(copy.isForward()).isEqualTo(key.isForward());
        assertThatIllegalStateException().isThrownBy(() -> copy.set(1, packet)).withMessageContaining("copy");
        key.set(1, packet);
        assertThat(copy).isNotEqualTo(key);
        assertThat(copy).isNotEqualTo("something else");
    }

    @Test
    void shouldSpreadNeighbours() {
        Set<Integer> buckets = new HashSet<>();
        for (int port = 0; port < 4096; port++) {
            buckets.add(key(PacketBuilder.ipv4().udp(port, 443, 0)).hashCode() & 0xffff);
        }
        assertThat(buckets).hasSizeGreaterThan(3700); // of 4096 balls in 65536 bins 3969 bins are hit, on average
    }

    @ParameterizedTest
    @ValueSource(strings = {"IPv4 address", "IPv6 address", "IPv6 network", "port", "endpoint"})
    void shouldSpreadFlowsThatDifferInOneThingWhateverTheSeed(String what) {
        List<FlowKey> row = new ArrayList<>();
        for (int n = 0; n < 3000; n++) {
            PacketBuilder flow = switch (what) {
                case "IPv4 address" -> PacketBuilder.ipv4().from("10.0." + n / 256 + "." + n % 256).to("192.168.0.1");
                case "IPv6 address" -> PacketBuilder.ipv6().from("fd00::" + Integer.toHexString(n)).to("fd00:1::1");
                case "IPv6 network" -> PacketBuilder.ipv6().from("fd00:" + Integer.toHexString(n) + "::1").to("fd00:1::1");
                default -> there(true);
            };
            row.add(key(what.equals("endpoint") ? ENDPOINT + n : ENDPOINT, flow.udp(what.equals("port") ? 1024 + n : 4711, 443, 0).build()));
        }
        Random seeds = new Random(1);
        for (int i = 0; i < 2000; i++) {
            long seed = seeds.nextLong();
            int[] bySet = new int[120];
            int[] byTag = new int[120];
            for (FlowKey key : row) {
                long hash = key.hash64(seed);
                bySet[(int) ((hash & 0xffff_ffffL) * 120 >>> 32)]++;
                byTag[(int) ((hash >>> 32) * 120 >>> 32)]++;
            }
            // 25 on average; by chance alone 70 comes once in 10^12 rounds.
            assertThat(Arrays.stream(bySet).max().orElse(0)).as("lower half, seed %x", seed).isLessThan(70);
            assertThat(Arrays.stream(byTag).max().orElse(0)).as("upper half, seed %x", seed).isLessThan(70);
        }
    }

    @Test
    void shouldTellPeopleWhatItIs() {
        assertThat(key(PacketBuilder.ipv4().tcp(4711, 443, 0, "", 0))).hasToString("tcp 10.0.0.1:4711 <-> 192.168.7.9:443");
        assertThat(key(PacketBuilder.ipv6().udp(4711, 443, 0))).hasToString("udp [2001:db8::1]:4711 <-> [2001:db8:0:1::abcd]:443");
        assertThat(key(PacketBuilder.ipv4().icmpEcho(false, 7))).hasToString("icmp 10.0.0.1 <-> 192.168.7.9");
        assertThat(key(PacketBuilder.ipv4().fragment(8, true).payload(17, new byte[8]))).hasToString("udp fragment 10.0.0.1 <-> 192.168.7.9");
    }
}

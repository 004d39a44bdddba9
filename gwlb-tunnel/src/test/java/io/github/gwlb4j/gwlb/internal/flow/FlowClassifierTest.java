package io.github.gwlb4j.gwlb.internal.flow;

import static io.github.gwlb4j.gwlb.internal.flow.TestFlows.ENDPOINT;
import static io.github.gwlb4j.gwlb.internal.flow.TestFlows.seconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IcmpHeader;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.simulator.packet.Fragmenter;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FlowClassifierTest {
    private static final int V6_TIME_EXCEEDED = 3;

    private final FragmentRecords fragments = new FragmentRecords(64, FragmentRecords.DEFAULT_TIMEOUT_NS);
    private final FlowClassifier classifier = new FlowClassifier(fragments);
    /** As another worker would. */
    private final FlowClassifier other = new FlowClassifier(fragments);
    private long nowNs = Long.MAX_VALUE - seconds(10);

    private static PacketBuilder there(int version) {
        return version == 4 ? PacketBuilder.ipv4("10.0.0.1", "10.0.0.2") : PacketBuilder.ipv6("fd00::1", "fd00::2");
    }

    private static PacketBuilder back(int version) {
        return version == 4 ? PacketBuilder.ipv4("10.0.0.2", "10.0.0.1") : PacketBuilder.ipv6("fd00::2", "fd00::1");
    }

    private static PacketBuilder routerToClient(int version) {
        return version == 4 ? PacketBuilder.ipv4("99.0.0.9", "10.0.0.1") : PacketBuilder.ipv6("fd99::9", "fd00::1");
    }

    private static byte[] timeExceeded(int version, byte[] about) {
        return routerToClient(version).icmpError(version == 4 ? IcmpHeader.TIME_EXCEEDED : V6_TIME_EXCEEDED, 0, about).build();
    }

    private FlowKey classify(FlowClassifier by, byte[] bytes) {
        return classify(by, ENDPOINT, bytes);
    }

    private FlowKey classify(FlowClassifier by, long endpointId, byte[] bytes) {
        IpPacket packet = new IpPacket();
        assertThat(packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length)).isEqualTo(PacketStatus.OK);
        by.classify(endpointId, packet, nowNs);
        return by.key().copy();
    }

    private FlowKey datagramThere(int version) {
        return classify(classifier, there(version).udp(4711, 53).payload(10).build());
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void shouldGiveEveryFragmentTheFlowOfTheWholeInEitherDirectionOnAnyWorker(int version) {
        FlowKey flow = datagramThere(version);
        for (boolean isThere : new boolean[] {true, false}) {
            byte[] whole = isThere ? there(version).udp(4711, 53).payload(20_000).build() : back(version).udp(53, 4711).payload(20_000).build();
            List<byte[]> parts = Fragmenter.split(whole, 1280, 77);
            assertThat(parts).hasSizeGreaterThan(10);

            assertThat(classify(classifier, parts.get(0))).isEqualTo(flow);
            assertThat(classifier.signal()).isEqualTo(FlowSignal.DATA);
            for (byte[] later : parts.subList(1, parts.size())) {
                FlowKey key = classify(other, later);
                assertThat(key).isEqualTo(flow);
                assertThat(key.isForward()).isEqualTo(isThere);
                assertThat(other.signal()).isEqualTo(FlowSignal.RELATED);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void shouldGiveTheFragmentsOfAPingTheFlowOfItsIdentifier(int version) {
        FlowKey flow = classify(classifier, there(version).icmpEchoRequest(7, 1).payload(10).build());
        List<byte[]> parts = Fragmenter.split(there(version).icmpEchoRequest(7, 2).payload(5000).build(), 1280, 78);

        assertThat(parts).allSatisfy(part -> assertThat(classify(classifier, part)).isEqualTo(flow));
    }

    @Test
    void shouldKeepFragmentsApartByIdentificationDirectionAndEndpoint() {
        byte[] query = there(4).udp(4711, 53).payload(3000).build();
        byte[] otherQuery = there(4).udp(4712, 53).payload(3000).build();
        byte[] reply = back(4).udp(1, 2).payload(3000).build();
        classify(classifier, Fragmenter.split(query, 1280, 1).get(0));
        classify(classifier, Fragmenter.split(otherQuery, 1280, 2).get(0));
        classify(classifier, Fragmenter.split(reply, 1280, 1).get(0));
        classify(classifier, ENDPOINT + 1, Fragmenter.split(otherQuery, 1280, 1).get(0));

        assertThat(classify(classifier, Fragmenter.split(query, 1280, 1).get(1))).isEqualTo(classify(other, query));
        assertThat(classify(classifier, Fragmenter.split(otherQuery, 1280, 2).get(1))).isEqualTo(classify(other, otherQuery));
        assertThat(classify(classifier, Fragmenter.split(reply, 1280, 1).get(1))).isEqualTo(classify(other, reply));
        assertThat(classify(classifier, ENDPOINT + 1, Fragmenter.split(query, 1280, 1).get(1)))
                .isEqualTo(classify(other, ENDPOINT + 1, otherQuery));
    }

    @Test
    void shouldLetTheNewestFirstFragmentCountWhenAnIdentificationIsUsedAgain() {
        byte[] query = there(4).udp(4711, 53).payload(3000).build();
        byte[] next = there(4).udp(4712, 53).payload(3000).build();
        classify(classifier, Fragmenter.split(query, 1280, 1).get(0));
        nowNs += seconds(1);
        classify(classifier, Fragmenter.split(next, 1280, 1).get(0));

        assertThat(classify(classifier, Fragmenter.split(query, 1280, 1).get(1))).isEqualTo(classify(other, next));
        assertThat(fragments.displaced()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"59, true", "61, false"})
    void shouldForgetAFirstFragmentAfterItsTimeout(int afterS, boolean isKnown) {
        byte[] query = there(4).udp(4711, 53).payload(3000).build();
        List<byte[]> parts = Fragmenter.split(query, 1280, 1);
        classify(classifier, parts.get(0));
        nowNs += seconds(afterS);

        assertThat(classify(classifier, parts.get(1)).isFragment()).isEqualTo(!isKnown);
    }

    @Test
    void shouldKeyALaterFragmentWithoutItsFirstTheSameOnBothSides() {
        byte[] later = Fragmenter.split(there(4).udp(4711, 53).payload(3000).build(), 1280, 1).get(1);

        FlowKey key = classify(classifier, later);

        assertThat(key.isFragment()).isTrue();
        assertThat(classifier.signal()).isEqualTo(FlowSignal.DATA);
        assertThat(classify(other, later)).isEqualTo(key);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void shouldGiveAnErrorTheFlowAndTheOppositeDirectionOfThePacketItQuotes(int version) {
        FlowKey flow = datagramThere(version);

        FlowKey error = classify(classifier, timeExceeded(version, there(version).udp(4711, 53).payload(10).build()));

        assertThat(error).isEqualTo(flow);
        assertThat(error.isForward()).isFalse();
        assertThat(classifier.signal()).isEqualTo(FlowSignal.RELATED);
    }

    @ParameterizedTest
    @CsvSource({"4, 0", "4, 1", "6, 0", "6, 1"})
    void shouldGiveAnErrorTheFlowOfTheFragmentItQuotes(int version, int part) {
        FlowKey flow = datagramThere(version);
        List<byte[]> parts = Fragmenter.split(there(version).udp(4711, 53).payload(3000).build(), 1280, 1);
        classify(classifier, parts.get(0));

        FlowKey error = classify(other, timeExceeded(version, parts.get(part)));

        assertThat(error).isEqualTo(flow);
        assertThat(error.isForward()).isFalse();
        assertThat(other.signal()).isEqualTo(FlowSignal.RELATED);
    }

    @Test
    void shouldGiveAnErrorThatQuotesNothingAFlowOfItsOwn() {
        FlowKey key = classify(classifier, timeExceeded(4, new byte[0]));

        assertThat(key.protocol()).isEqualTo(1);
        assertThat(classifier.signal()).isEqualTo(FlowSignal.DATA);
    }

    @ParameterizedTest
    @CsvSource({"2, TCP_SYN", "18, TCP_SYN", "16, DATA", "17, TCP_FIN", "4, TCP_RST", "20, TCP_RST", "25, TCP_FIN"})
    void shouldReadTcpsSignalFromItsFlags(int flags, FlowSignal signal) {
        classify(classifier, there(4).tcp(1, 2).flags(flags).build());

        assertThat(classifier.signal()).isEqualTo(signal);
        assertThat(TcpHeader.SYN | TcpHeader.ACK).isEqualTo(18);
    }

    @Test
    void shouldStayBoundedAndCountWhenFirstFragmentsFlood() {
        for (int id = 0; id < 1000; id++) {
            classify(classifier, Fragmenter.split(there(4).udp(id, 53).payload(3000).build(), 1280, id).get(0));
        }
        int known = 0;
        for (int id = 0; id < 1000; id++) {
            byte[] whole = there(4).udp(id, 53).payload(3000).build();
            FlowKey key = classify(classifier, Fragmenter.split(whole, 1280, id).get(1));
            if (!key.isFragment()) {
                assertThat(key).isEqualTo(classify(other, whole));
                known++;
            }
        }
        assertThat(known).isLessThanOrEqualTo(64).isEqualTo((int) (1000 - fragments.displaced()));
    }

    @Test
    void shouldRefuseSettingsThatCannotWork() {
        assertThatIllegalArgumentException().isThrownBy(() -> new FragmentRecords(0, seconds(1))).withMessageContaining("must be 1 to");
        assertThatIllegalArgumentException().isThrownBy(() -> new FragmentRecords(1, 1)).withMessageContaining("10 ms");
    }
}

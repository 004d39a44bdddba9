package io.github.gwlb4j.gwlb.internal.flow;

import static io.github.gwlb4j.gwlb.internal.flow.TestFlows.ENDPOINT;
import static io.github.gwlb4j.gwlb.internal.flow.TestFlows.assertFound;
import static io.github.gwlb4j.gwlb.internal.flow.TestFlows.assertUnknown;
import static io.github.gwlb4j.gwlb.internal.flow.TestFlows.seconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.gwlb4j.gwlb.FlowTableStats;
import io.github.gwlb4j.packet.IpProtocol;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FlowTableTest {
    private static final long START = Long.MAX_VALUE - seconds(60); // so that the tests see the clock wrap around
    private static final boolean THERE = true;
    private static final boolean BACK = false;

    private final TestFlows flows = new TestFlows();
    private long nowNs = START;

    private static FlowTable table() {
        return new FlowTable(FlowTableConfig.defaults(100));
    }

    private RememberResult remember(FlowTable table, int flow, boolean isThere, int stamp) {
        return table.remember(flows.udp(flow, isThere), FlowSignal.DATA, flows.path(stamp), nowNs);
    }

    private RememberResult rememberTcp(FlowTable table, int flow, boolean isThere, FlowSignal signal, int stamp) {
        return table.remember(flows.tcp(flow, isThere), signal, flows.path(stamp), nowNs);
    }

    @Test
    void shouldGiveTheReplyTheWayOfTheRequest() {
        FlowTable table = table();

        assertThat(remember(table, 1, THERE, 77)).isEqualTo(RememberResult.INSERTED);

        assertFound(table, flows.udp(1, BACK), nowNs, 77);
        assertFound(table, flows.udp(1, THERE), nowNs, 77);
        assertUnknown(table, flows.udp(2, BACK), nowNs);
    }

    @Test
    void shouldTellFlowsOfTwoEndpointsApartWhenAllElseIsEqual() {
        FlowTable table = table();
        remember(table, 1, THERE, 77);

        assertUnknown(table, flows.key(ENDPOINT + 1, IpProtocol.UDP, 1, BACK), nowNs);
        table.remember(flows.key(ENDPOINT + 1, IpProtocol.UDP, 1, THERE), FlowSignal.DATA, flows.path(78), nowNs);

        assertFound(table, flows.key(ENDPOINT + 1, IpProtocol.UDP, 1, BACK), nowNs, 78);
        assertFound(table, flows.udp(1, BACK), nowNs, 77);
        assertUnknown(table, flows.tcp(1, BACK), nowNs);
    }

    @Test
    void shouldUseTheNewestHeaderOfTheOwnDirectionElseOfTheOther() {
        FlowTable table = table();
        remember(table, 1, THERE, 1);
        assertFound(table, flows.udp(1, BACK), nowNs, 1);

        assertThat(remember(table, 1, BACK, 2)).isEqualTo(RememberResult.UPDATED);
        assertFound(table, flows.udp(1, THERE), nowNs, 1);
        assertFound(table, flows.udp(1, BACK), nowNs, 2);

        assertThat(remember(table, 1, THERE, 3)).isEqualTo(RememberResult.UPDATED);
        assertFound(table, flows.udp(1, THERE), nowNs, 3);
        assertFound(table, flows.udp(1, BACK), nowNs, 2);
    }

    @Test
    void shouldSayUnchangedWhenNothingIsNewAndShareOnePathBetweenDirections() {
        FlowTable table = table();
        remember(table, 1, THERE, 1);

        assertThat(remember(table, 1, THERE, 1)).isEqualTo(RememberResult.UNCHANGED);
        assertThat(remember(table, 1, BACK, 1)).isEqualTo(RememberResult.UPDATED);
        assertThat(remember(table, 1, BACK, 1)).isEqualTo(RememberResult.UNCHANGED);

        assertThat(table.stats().overflowInUse()).isZero();
        assertThat(table.stats().flows()).isEqualTo(1);
    }

    @Test
    void shouldGiveOverflowPathsBackWhenDirectionsAgreeAgainOrTheFlowExpires() {
        FlowTable table = table();
        remember(table, 1, THERE, 1);
        remember(table, 1, BACK, 2);
        assertThat(table.stats().overflowInUse()).isEqualTo(1);

        remember(table, 1, THERE, 2);
        remember(table, 1, BACK, 3);
        assertThat(table.stats().overflowInUse()).isEqualTo(1);
        remember(table, 1, THERE, 3);
        remember(table, 1, BACK, 3);
        assertFound(table, flows.udp(1, THERE), nowNs, 3);
        assertThat(table.stats().overflowInUse()).isLessThanOrEqualTo(1);

        assertThat(table.expire(nowNs + seconds(122), Integer.MAX_VALUE)).isEqualTo(1);
        assertThat(table.stats().overflowInUse()).isZero();
        assertThat(table.stats().flows()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 12, 36, 40, 44, 100, 256, 260})
    void shouldKeepHeadersOfEveryLength(int length) {
        FlowTable table = table();

        assertThat(table.remember(flows.udp(1, THERE), FlowSignal.DATA, flows.path(5, length), nowNs)).isEqualTo(RememberResult.INSERTED);
        assertThat(table.remember(flows.udp(1, BACK), FlowSignal.DATA, flows.path(6, length), nowNs)).isEqualTo(RememberResult.UPDATED);
        assertThat(table.remember(flows.udp(1, THERE), FlowSignal.DATA, flows.path(5, length), nowNs)).isEqualTo(RememberResult.UNCHANGED);

        assertFound(table, flows.udp(1, THERE), nowNs, 5, length);
        assertFound(table, flows.udp(1, BACK), nowNs, 6, length);
        assertThat(table.stats().overflowInUse()).isEqualTo(length > 40 ? 2 : 1);
    }

    @Test
    void shouldNoticeWhenTheLastWordOfTheHeaderChanges() {
        FlowTable table = table();
        remember(table, 1, THERE, 1);
        ReturnPath changed = flows.path(1);
        changed.header().putInt(changed.headerOffset() + 36, 4711);

        assertThat(table.remember(flows.udp(1, THERE), FlowSignal.DATA, changed, nowNs)).isEqualTo(RememberResult.UPDATED);
    }

    @Test
    void shouldRefuseAHeaderThatNoHeaderCanBe() {
        FlowTable table = table();
        ReturnPath tooLong = flows.path(5, 264);

        assertThat(table.remember(flows.udp(1, THERE), FlowSignal.DATA, tooLong, nowNs)).isEqualTo(RememberResult.NO_HEADER_ROOM);
        remember(table, 1, THERE, 1);
        assertThat(table.remember(flows.udp(1, THERE), FlowSignal.DATA, flows.path(5, 264), nowNs)).isEqualTo(RememberResult.NO_HEADER_ROOM);
        assertFound(table, flows.udp(1, THERE), nowNs, 1);
    }

    @Test
    void shouldGoOnWithWhatItHasWhenTheOverflowPathsAreUsedUp() {
        FlowTable table = new FlowTable(FlowTableConfig.defaults(100).withHeaderRoom(40, 1));
        assertThat(table.remember(flows.udp(9, THERE), FlowSignal.DATA, flows.path(9, 44), nowNs)).isEqualTo(RememberResult.INSERTED);

        assertThat(table.remember(flows.udp(8, THERE), FlowSignal.DATA, flows.path(8, 44), nowNs)).isEqualTo(RememberResult.NO_HEADER_ROOM);
        remember(table, 1, THERE, 1);
        assertThat(remember(table, 1, BACK, 2)).isEqualTo(RememberResult.NO_HEADER_ROOM);
        assertThat(table.remember(flows.udp(1, THERE), FlowSignal.DATA, flows.path(3, 44), nowNs)).isEqualTo(RememberResult.NO_HEADER_ROOM);

        assertUnknown(table, flows.udp(8, BACK), nowNs);
        assertFound(table, flows.udp(1, BACK), nowNs, 1);
        assertFound(table, flows.udp(9, BACK), nowNs, 9, 44);
        assertThat(table.stats().noHeaderRoom()).isEqualTo(3);

        assertThat(remember(table, 1, BACK, 1)).isEqualTo(RememberResult.UPDATED);
        assertThat(remember(table, 1, BACK, 4)).as("the newest counts for both").isEqualTo(RememberResult.UPDATED);
        assertFound(table, flows.udp(1, THERE), nowNs, 4);
    }

    @Test
    void shouldKeepLongerHeadersInlineWhenSet() {
        FlowTable table = new FlowTable(FlowTableConfig.defaults(100).withHeaderRoom(260, 0));

        table.remember(flows.udp(1, THERE), FlowSignal.DATA, flows.path(5, 260), nowNs);

        assertFound(table, flows.udp(1, BACK), nowNs, 5, 260);
    }

    @ParameterizedTest
    @CsvSource({"8", "36", "40", "44", "260"})
    void shouldCopyTheHeaderToTheFrontOfAPacket(int length) {
        FlowTable table = table();
        table.remember(flows.udp(1, THERE), FlowSignal.DATA, flows.path(5, length), nowNs);
        ByteBuffer arena = ByteBuffer.allocate(400);
        ReturnPath found = new ReturnPath().headerInFrontOf(arena, 300);

        table.find(flows.udp(1, BACK), found, nowNs);

        assertThat(found.headerOffset()).isEqualTo(300 - length);
        assertThat(arena.getInt(300 - length)).isEqualTo(Integer.reverseBytes(5));
        assertThat(arena.get(300 - length - 1)).isZero();
        assertThat(arena.get(300)).isZero();
        assertThat(TestFlows.isWhole(found, 5)).isTrue();
    }

    @Test
    void shouldReadTheSlotsOfKnownFlowsWhenTheyAreFetched() {
        FlowTable table = table();
        long nothing = fetchTwo(table);
        remember(table, 1, THERE, 5);
        long one = fetchTwo(table);
        remember(table, 1, THERE, 6);
        long changed = fetchTwo(table);
        remember(table, 2, THERE, 7);

        assertThat(one).as("a tag and a slot").isNotEqualTo(nothing);
        assertThat(changed).as("its version and path").isNotEqualTo(one);
        assertThat(fetchTwo(table)).as("another tag and slot, behind or in front of the first").isNotEqualTo(changed);
        assertThat(table.fetch(new long[2], 0)).isZero();
        assertFound(table, flows.udp(1, BACK), nowNs, 6);
        assertFound(table, flows.udp(2, BACK), nowNs, 7);
    }

    private long fetchTwo(FlowTable table) {
        return table.fetch(new long[] {flows.udp(1, THERE).hash64(), flows.udp(2, THERE).hash64()}, 2);
    }

    @ParameterizedTest
    @CsvSource({"TCP, 350", "UDP, 120"})
    void shouldForgetAFlowAfterItsProtocolsTimeoutAndNeverBefore(String protocol, int timeoutS) {
        FlowTable table = table();
        int number = protocol.equals("TCP") ? IpProtocol.TCP : IpProtocol.UDP;
        table.remember(flows.key(ENDPOINT, number, 1, THERE), FlowSignal.DATA, flows.path(1), nowNs);
        long seenNs = nowNs;

        nowNs = seenNs + seconds(timeoutS);
        assertThat(table.expire(nowNs, Integer.MAX_VALUE)).isZero();
        nowNs = seenNs + seconds(timeoutS + 2);
        assertUnknown(table, flows.key(ENDPOINT, number, 1, BACK), nowNs);

        assertThat(table.stats().flows()).isEqualTo(1);
        assertThat(table.expire(nowNs, Integer.MAX_VALUE)).isEqualTo(1);
        assertThat(table.stats().flows()).isZero();
        assertThat(table.stats().expired()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldLiveOnWhilePacketsOfEitherDirectionOnlyComeInOrOnlyGoOut(boolean isComingIn) {
        FlowTable table = table();
        remember(table, 1, THERE, 1);
        for (int i = 0; i < 20; i++) {
            nowNs += seconds(100);
            if (isComingIn) {
                assertThat(remember(table, 1, THERE, 1)).isEqualTo(RememberResult.UNCHANGED);
            } else {
                assertFound(table, flows.udp(1, BACK), nowNs, 1);
            }
            assertThat(table.expire(nowNs, Integer.MAX_VALUE)).isZero();
        }
    }

    @Test
    void shouldNotForgetAFlowEarlyWhenItsLastPacketCameWithinTheSecondThatIsNotNoted() {
        FlowTable table = table();
        remember(table, 1, THERE, 1);
        nowNs += seconds(1) - 2_000_000;
        remember(table, 1, THERE, 1);
        nowNs += seconds(120);

        assertFound(table, flows.udp(1, BACK), nowNs, 1);
    }

    @Test
    void shouldBeginAnewWhenAnExpiredFlowComesBackBeforeTheSweep() {
        FlowTable table = table();
        remember(table, 1, THERE, 1);
        remember(table, 1, BACK, 2);
        nowNs += seconds(200);

        assertThat(remember(table, 1, THERE, 3)).isEqualTo(RememberResult.INSERTED);

        assertFound(table, flows.udp(1, BACK), nowNs, 3);
        assertThat(table.stats().flows()).isEqualTo(1);
        assertThat(table.stats().overflowInUse()).isZero();
    }

    @Test
    void shouldShortenTheTimeoutAfterFinsOfBothDirectionsOnly() {
        FlowTable table = table();
        rememberTcp(table, 1, THERE, FlowSignal.TCP_FIN, 1);
        nowNs += seconds(300);
        assertFound(table, flows.tcp(1, BACK), nowNs, 1);

        rememberTcp(table, 1, BACK, FlowSignal.TCP_FIN, 1);
        rememberTcp(table, 1, THERE, FlowSignal.DATA, 1); // the last ACK opens nothing
        nowNs += seconds(32);
        assertUnknown(table, flows.tcp(1, BACK), nowNs);
    }

    @Test
    void shouldShortenTheTimeoutAfterAResetUnlessTheConnectionGoesOn() {
        FlowTable table = table();
        rememberTcp(table, 1, THERE, FlowSignal.DATA, 1);
        rememberTcp(table, 1, BACK, FlowSignal.TCP_RST, 1);
        rememberTcp(table, 2, THERE, FlowSignal.TCP_RST, 2);
        rememberTcp(table, 2, BACK, FlowSignal.DATA, 2);
        nowNs += seconds(32);

        assertUnknown(table, flows.tcp(1, BACK), nowNs);
        assertFound(table, flows.tcp(2, BACK), nowNs, 2);
    }

    @Test
    void shouldForgetBothHeadersWhenAClosedConnectionsPortsAreUsedAgain() {
        FlowTable table = table();
        rememberTcp(table, 1, THERE, FlowSignal.TCP_FIN, 1);
        rememberTcp(table, 1, BACK, FlowSignal.TCP_FIN, 2);

        assertThat(rememberTcp(table, 1, THERE, FlowSignal.TCP_SYN, 3)).isEqualTo(RememberResult.UPDATED);

        assertFound(table, flows.tcp(1, BACK), nowNs, 3);
        nowNs += seconds(300);
        assertFound(table, flows.tcp(1, BACK), nowNs, 3);
        assertThat(table.stats().flows()).isEqualTo(1);
    }

    @Test
    void shouldNotLetAFragmentOrErrorReplaceTheFlowsHeaderButKeepAnUnknownOnes() {
        FlowTable table = table();
        remember(table, 1, THERE, 1);
        nowNs += seconds(100);

        assertThat(table.remember(flows.udp(1, THERE), FlowSignal.RELATED, flows.path(2), nowNs)).isEqualTo(RememberResult.UNCHANGED);
        assertThat(table.remember(flows.udp(1, BACK), FlowSignal.RELATED, flows.path(2), nowNs)).isEqualTo(RememberResult.UNCHANGED);
        assertThat(table.remember(flows.udp(2, THERE), FlowSignal.RELATED, flows.path(2), nowNs)).isEqualTo(RememberResult.INSERTED);

        nowNs += seconds(100);
        assertFound(table, flows.udp(1, BACK), nowNs, 1);
        assertFound(table, flows.udp(2, BACK), nowNs, 2);
    }

    @Test
    void shouldExpireStepByStepWithinItsBudget() {
        FlowTable table = new FlowTable(FlowTableConfig.defaults(1000));
        for (int i = 0; i < 500; i++) {
            assertThat(remember(table, i, THERE, i)).isEqualTo(RememberResult.INSERTED);
        }
        nowNs += seconds(122);
        int sets = table.stats().slots() / 56;
        int removed = 0;
        for (int call = 0; call < sets / 2; call++) {
            int now = table.expire(nowNs, 100); // two sets of 56
            assertThat(now).isLessThanOrEqualTo(112);
            removed += now;
        }
        assertThat(sets).isEqualTo(24);
        assertThat(removed).isEqualTo(500);
        assertThat(table.stats().flows()).isZero();
    }

    @Test
    void shouldHoldAllFlowsItIsMadeForNearlyAlways() {
        int max = 100_000;
        FlowTable table = new FlowTable(FlowTableConfig.defaults(max));
        for (int i = 0; i < max; i++) {
            remember(table, i, THERE, i);
        }
        assertThat(table.stats().full()).as("refused by chance").isLessThan(max / 1000);
        for (int i = 0, missing = 0; i < max; i++) {
            ReturnPath found = new ReturnPath();
            if (table.find(flows.udp(i, BACK), found, nowNs) == FindResult.FOUND) {
                assertThat(TestFlows.isWhole(found, i)).isTrue();
            } else {
                assertThat(++missing).isLessThanOrEqualTo((int) table.stats().full());
            }
        }
    }

    @Test
    void shouldTakeTheBytesThatItsDocumentationSaysForAFlow() {
        int max = 100_000;

        FlowTableStats stats = new FlowTable(FlowTableConfig.defaults(max)).stats();

        assertThat((double) stats.memoryBytes() / max).isBetween(180.0, 183.0);
        assertThat(stats.slots()).isBetween(max * 4 / 3, max * 4 / 3 + 112);
    }

    @Test
    void shouldRefuseSettingsThatCannotWorkAndSayWhich() {
        FlowTableConfig config = FlowTableConfig.defaults(10);
        assertThatIllegalArgumentException().isThrownBy(() -> FlowTableConfig.defaults(0)).withMessageContaining("maxFlows is 0");
        assertThatIllegalArgumentException().isThrownBy(() -> config.withHeaderRoom(264, 0)).withMessageContaining("inlineHeaderBytes");
        assertThatIllegalArgumentException().isThrownBy(() -> config.withHeaderRoom(40, -1)).withMessageContaining("overflowPaths");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config.withTimeouts(seconds(1), seconds(1), seconds(2), seconds(1))).withMessageContaining("closingTimeoutNs");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FlowTable(FlowTableConfig.defaults(12_000_000).withHeaderRoom(260, 0)))
                .withMessageContaining("lower maxFlows");
    }
}

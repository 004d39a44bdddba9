package io.github.gwlb4j.gwlb.internal.flow;

import static io.github.gwlb4j.gwlb.internal.flow.TestFlows.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.packet.FlowKey;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table against a map that says the same in the simplest way. */
class FlowTableModelTest {
    private static final int STEPS = 60_000;

    /** What the table should know of a flow. Times in seconds: the clock moves by ten of them or not at all. */
    private static final class Known {
        private final Integer[] stamp = new Integer[2];
        private final boolean[] hasFin = new boolean[2];
        private boolean isReset;
        private long lastSeenS;

        private boolean isClosing() {
            return isReset || hasFin[0] && hasFin[1];
        }

        private void apply(FlowSignal signal, int direction) {
            switch (signal) {
                case TCP_SYN -> {
                    isReset = false;
                    hasFin[0] = false;
                    hasFin[1] = false;
                }
                case TCP_FIN -> {
                    isReset = false;
                    hasFin[direction] = true;
                }
                case TCP_RST -> isReset = true;
                case DATA -> isReset = false;
                default -> {
                }
            }
        }

        private String state() {
            return isReset + " " + hasFin[0] + " " + hasFin[1];
        }
    }

    private final Map<Integer, Known> model = new HashMap<>();
    private final TestFlows flows = new TestFlows();
    private long nowS;

    private static boolean isTcp(int flow) {
        return flow % 2 == 0;
    }

    private FlowKey key(int flow, int direction) {
        return isTcp(flow) ? flows.tcp(flow, direction == 0) : flows.udp(flow, direction == 0);
    }

    private Known live(int flow) {
        Known known = model.get(flow);
        if (known == null) {
            return null;
        }
        int timeoutS = !isTcp(flow) ? 120 : known.isClosing() ? 30 : 350;
        return nowS - known.lastSeenS > timeoutS ? null : known;
    }

    private RememberResult rememberInModel(int flow, int direction, FlowSignal signal, int stamp) {
        Known known = live(flow);
        if (known == null || signal == FlowSignal.TCP_SYN && known.isClosing()) {
            Known fresh = new Known();
            fresh.apply(signal, direction);
            fresh.stamp[direction] = stamp;
            fresh.lastSeenS = nowS;
            model.put(flow, fresh);
            return known == null ? RememberResult.INSERTED : RememberResult.UPDATED;
        }
        known.lastSeenS = nowS;
        if (signal == FlowSignal.RELATED) {
            return RememberResult.UNCHANGED;
        }
        String before = known.state();
        known.apply(signal, direction);
        boolean isNew = known.stamp[direction] == null || known.stamp[direction] != stamp;
        known.stamp[direction] = stamp;
        return isNew || !before.equals(known.state()) ? RememberResult.UPDATED : RememberResult.UNCHANGED;
    }

    private static int lengthOf(int stamp) {
        return stamp % 3 == 0 ? 40 : 8 + stamp % 64 * 4;
    }

    @ParameterizedTest
    @CsvSource({"1, 112, 1", "1, 60, 2", "300, 300, 3", "300, 20, 4", "5000, 3000, 5"})
    void shouldAnswerAsAMapWould(int maxFlows, int flowCount, int seed) {
        FlowTable table = new FlowTable(FlowTableConfig.defaults(maxFlows).withHeaderRoom(40, 2 * flowCount + 1));
        Random random = new Random(seed);
        ReturnPath found = new ReturnPath();
        FlowSignal[] tcpSignals = FlowSignal.values();
        FlowSignal[] otherSignals = {FlowSignal.DATA, FlowSignal.RELATED};
        for (int step = 0; step < STEPS; step++) {
            nowS += random.nextInt(flowCount) == 0 ? 10 * random.nextInt(8) : 0;
            long nowNs = Long.MAX_VALUE - seconds(10) + seconds(nowS);
            int flow = random.nextInt(flowCount);
            int direction = random.nextInt(2);
            if (random.nextInt(50) == 0) {
                table.expire(nowNs, random.nextInt(200));
            } else if (random.nextBoolean()) {
                int stamp = random.nextInt(8);
                FlowSignal[] signals = isTcp(flow) ? tcpSignals : otherSignals;
                FlowSignal signal = signals[random.nextInt(signals.length)];
                assertThat(table.remember(key(flow, direction), signal, flows.path(stamp, lengthOf(stamp)), nowNs))
                        .as("step %d", step).isEqualTo(rememberInModel(flow, direction, signal, stamp));
            } else {
                Known known = live(flow);
                assertThat(table.find(key(flow, direction), found, nowNs))
                        .as("step %d", step).isEqualTo(known != null ? FindResult.FOUND : FindResult.UNKNOWN);
                if (known != null) {
                    known.lastSeenS = nowS;
                    int stamp = known.stamp[direction] != null ? known.stamp[direction] : known.stamp[1 - direction];
                    assertThat(TestFlows.stampOf(found)).as("step %d", step).isEqualTo(stamp);
                    assertThat(found.headerLength()).isEqualTo(lengthOf(stamp));
                    assertThat(TestFlows.isWhole(found, stamp)).isTrue();
                }
            }
        }
        table.expire(Long.MAX_VALUE - seconds(10) + seconds(nowS + 1000), Integer.MAX_VALUE);
        assertThat(table.stats().flows()).isZero();
        assertThat(table.stats().overflowInUse()).isZero();
        assertThat(table.stats().full()).isZero();
    }
}

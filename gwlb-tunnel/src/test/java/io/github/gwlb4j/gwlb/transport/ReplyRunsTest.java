package io.github.gwlb4j.gwlb.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReplyRunsTest {
    private static final int LOCAL = 0x0a00_0001;
    private static final long NODE = 0x0a00_0002L;

    private final DatagramBatch batch = new DatagramBatch(ByteBuffer.allocateDirect(1), 300, 0);
    private final ReplyRuns runs = new ReplyRuns();

    private void datagram(int length, int local, long node, int port) {
        batch.addAt(0, length, local, 0, node, port);
    }

    private void flow(int port, int... lengths) {
        Arrays.stream(lengths).forEach(length -> datagram(length, LOCAL, NODE, port));
    }

    /** All flows, in each all runs, in each all datagrams. */
    private List<List<List<Integer>>> sorted() {
        runs.begin(batch);
        for (int i = 0; i < batch.size(); i++) {
            runs.add(i);
        }
        List<List<List<Integer>>> flows = new ArrayList<>();
        for (int n = 0; n < runs.flowCount(); n++) {
            List<List<Integer>> flow = new ArrayList<>();
            for (int run = runs.flow(n); run != ReplyRuns.NONE; run = runs.nextRun(run)) {
                List<Integer> datagrams = new ArrayList<>();
                for (int i = run; i != ReplyRuns.NONE; i = runs.next(i)) {
                    datagrams.add(i);
                }
                assertThat(runs.count(run)).isEqualTo(datagrams.size());
                flow.add(datagrams);
            }
            assertThat(runs.longestRun(runs.flow(n))).isEqualTo(flow.stream().mapToInt(List::size).max().orElseThrow());
            assertThat(runs.longestDatagram(runs.flow(n)))
                    .isEqualTo(flow.stream().flatMap(List::stream).mapToInt(batch::length).max().orElseThrow());
            flows.add(flow);
        }
        return flows;
    }

    @Test
    void shouldEndARunBehindAShorterDatagramAndBeforeALongerOne() {
        flow(1, 100, 100, 7, 7, 100, 100, 101, 101);
        assertThat(sorted()).isEqualTo(List.of(List.of(List.of(0, 1, 2), List.of(3), List.of(4, 5), List.of(6, 7))));
    }

    @Test
    void shouldFindRunsOverTheDatagramsOfOtherFlows() {
        flow(1, 50);
        flow(2, 60);
        flow(1, 50);
        datagram(50, LOCAL, NODE + 1, 1);
        datagram(50, LOCAL + 1, NODE, 1);
        flow(2, 60);
        flow(1, 50);
        assertThat(sorted()).isEqualTo(List.of(List.of(List.of(0, 2, 6)), List.of(List.of(1, 5)), List.of(List.of(3)), List.of(List.of(4))));
    }

    @Test
    void shouldStartARunWhereTheTosByteChanges() {
        flow(1, 50, 50, 50, 50, 50, 50);
        batch.setTrafficClass(1, 0);
        batch.setTrafficClass(2, 3);
        batch.setTrafficClass(3, 3);
        batch.setReceivedTrafficClass(5, 9);
        assertThat(sorted()).isEqualTo(List.of(List.of(List.of(0, 1), List.of(2, 3), List.of(4, 5))));
    }

    @Test
    void shouldTakeAtMost64DatagramsAnd65507Bytes() {
        for (int i = 0; i < 130; i++) {
            flow(1, 20);
        }
        flow(2, 32_753, 32_753, 1, 1);
        flow(3, 32_754, 32_754);
        List<List<List<Integer>>> flows = sorted();
        assertThat(flows.get(0)).extracting(List::size).containsExactly(64, 64, 2);
        assertThat(flows.get(1)).extracting(List::size).containsExactly(3, 1);
        assertThat(flows.get(2)).extracting(List::size).containsExactly(1, 1);
    }

    @Test
    void shouldKeepEmptyDatagramsAlone() {
        flow(1, 0, 0, 5, 0, 5, 5);
        assertThat(sorted()).isEqualTo(List.of(List.of(List.of(0), List.of(1), List.of(2), List.of(3), List.of(4, 5))));
    }

    @Test
    void shouldKeepFlowsApartAndInOrderWhateverTheirNumbersHashTo() {
        Random random = new Random(1);
        for (int round = 0; round < 200; round++) {
            batch.clear();
            int ports = 1 + random.nextInt(300);
            for (int i = 0; i < 300; i++) {
                datagram(40 + random.nextInt(2), LOCAL + random.nextInt(2), NODE + random.nextInt(2), random.nextInt(ports));
            }
            List<List<List<Integer>>> flows = sorted();
            assertThat(flows.stream().flatMap(List::stream).flatMap(List::stream).sorted()).hasSize(300).doesNotHaveDuplicates();
            assertThat(flows.stream().map(flow -> key(flow.get(0).get(0)))).doesNotHaveDuplicates();
            for (List<List<Integer>> flow : flows) {
                List<Integer> inOrder = flow.stream().flatMap(List::stream).toList();
                assertThat(inOrder).isSorted().allMatch(i -> key(i).equals(key(inOrder.get(0))));
            }
        }
    }

    private List<Number> key(int i) {
        return List.of(batch.origin(i), batch.peerLow(i), batch.peerPort(i));
    }
}

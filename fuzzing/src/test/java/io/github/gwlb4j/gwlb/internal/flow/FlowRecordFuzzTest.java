package io.github.gwlb4j.gwlb.internal.flow;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.gwlb4j.fuzzing.Fuzzer;
import io.github.gwlb4j.linux.Syscalls;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Any bytes as records of flows, as a saved table and a process that hands over have them: refused, or taken and written again the same. */
public class FlowRecordFuzzTest {
    private static final long ENDPOINT = 0x0123_4567_89ab_cdefL;
    private static final int MOST_BYTES = 8192;
    private static final FlowTable TABLE = new FlowTable(FlowTableConfig.defaults(50));

    @Test
    void shouldTakeOnlyRecordsThatItWouldWrite() {
        assumeTrue(Syscalls.unavailableCause() == null, "needs Linux: " + Syscalls.unavailableCause());
        Fuzzer.of("flow-records", FlowRecordFuzzTest::fuzzerTestOneInput).seed(records(8, 1)).seed(records(40, 5)).seed(records(260, 2)).maxLength(MOST_BYTES)
                .maxAllocatedBytes(1 << 20).run(8_000);
    }

    /** Flows with headers of that length; every second has a way of its own back. */
    private static byte[] records(int headerLength, int count) {
        FlowTable table = new FlowTable(FlowTableConfig.defaults(50));
        for (int i = 0; i < count; i++) {
            table.remember(key("10.0.0.1", "192.0.2.1", i), FlowSignal.DATA, path(headerLength, i), 0);
            if (i % 2 == 0) {
                table.remember(key("192.0.2.1", "10.0.0.1", i), FlowSignal.DATA, path(headerLength, i + 100), 0);
            }
        }
        ByteBuffer out = ByteBuffer.allocate(MOST_BYTES);
        FlowSnapshot snapshot = table.snapshot(false);
        while (!snapshot.isDone()) {
            snapshot.fill(out, 0);
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    private static FlowKey key(String source, String destination, int identifier) {
        byte[] bytes = PacketBuilder.ipv4(source, destination).icmpEchoRequest(identifier, 1).build();
        IpPacket packet = new IpPacket();
        packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length);
        return new FlowKey().set(ENDPOINT, packet);
    }

    private static ReturnPath path(int headerLength, int stamp) {
        ByteBuffer header = ByteBuffer.allocate(headerLength).put(0, (byte) ((headerLength - 8) / Integer.BYTES)).putInt(headerLength - Integer.BYTES, stamp);
        return new ReturnPath().header(header, 0, headerLength).peer(0, 0x0a00_0001L, 60_000 + stamp, 0x0a00_0002);
    }

    /** Also Jazzer's entry. */
    public static void fuzzerTestOneInput(byte[] input) {
        ByteBuffer in = ByteBuffer.wrap(input);
        ByteBuffer out = ByteBuffer.allocate(FlowRecord.MAX_BYTES);
        FlowRecord record = new FlowRecord();
        int start = 0;
        while (record.read(in)) {
            record.write(out.clear());
            if (!Arrays.equals(input, start, in.position(), out.array(), 0, out.position())) {
                throw new AssertionError("written as " + Arrays.toString(Arrays.copyOf(out.array(), out.position())));
            }
            start = in.position();
            record.addAge(start);
            TABLE.restore(record, System.nanoTime());
        }
    }
}

package io.github.gwlb4j.tun.offload;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.gwlb4j.tun.GatherBatch;
import io.github.gwlb4j.tun.PacketBatch;
import io.github.gwlb4j.tun.TunOffload;

/** The rule behind the coalescer's rules: split(coalesce(packets)) = packets, in order within each flow. */
class OffloadPropertyTest {

    private static final int MAX_PACKETS = 64;

    private final SegmentCoalescer coalescer = new SegmentCoalescer(MAX_PACKETS, TunOffload.ALL);

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldGiveTheSamePacketsBackForAnyMix(boolean isFrontFree) {
        long merged = 0;
        long total = 0;
        for (int seed = 0; seed < 10_000; seed++) {
            List<byte[]> packets = new PacketMix(seed, 0).next(MAX_PACKETS);
            List<byte[]> result = splitAll(coalescer.coalesce(Packets.batch(packets.toArray(new byte[0][])), 0, packets.size(), isFrontFree), seed);
            assertThat(byFlow(result)).as("seed %d", seed).isEqualTo(byFlow(packets));
            assertOrderAroundPacketsOfAnyFlow(packets, result, seed);
            for (int i = 0; i < packets.size(); i++) {
                merged += coalescer.outcome(i) == CoalesceOutcome.MERGED ? 1 : 0;
            }
            total += packets.size();
        }
        assertThat((double) merged / total).as("share of packets that were merged, else the property says nothing").isBetween(0.2, 0.9);
    }

    private List<byte[]> splitAll(GatherBatch plan, int seed) {
        List<byte[]> result = new ArrayList<>();
        SegmentSplitter splitter = new SegmentSplitter();
        PacketBatch frame = new PacketBatch(1, 70_000);
        PacketBatch out = new PacketBatch(MAX_PACKETS, 200_000);
        for (int message = 0; message < plan.count(); message++) {
            frame.clear();
            frame.add(0, plan.copyTo(message, frame.buffer(), 0));
            out.clear();
            SplitStatus status = splitter.begin(frame, 0);
            assertThat(status).as("seed %d, message %d", seed, message).isEqualTo(SplitStatus.OK);
            assertThat(splitter.copyTo(out)).isEqualTo(coalescer.packetsIn(message));
            for (int i = 0; i < out.count(); i++) {
                result.add(Packets.bytes(out, i));
            }
        }
        return result;
    }

    /** Packets as text, in order, for each flow as far as a bystander can tell it. */
    private static Map<String, List<String>> byFlow(List<byte[]> packets) {
        Map<String, List<String>> flows = new LinkedHashMap<>();
        for (byte[] packet : packets) {
            flows.computeIfAbsent(flowOf(packet), key -> new ArrayList<>()).add(HexFormat.of().formatHex(packet));
        }
        // The order of flows among each other is free.
        return new TreeMap<>(flows);
    }

    private static String flowOf(byte[] packet) {
        int version = packet.length < 20 ? 0 : packet[0] >> 4;
        if (version == 4 && packet[0] == 0x45 && packet.length >= 24) {
            return "4/" + packet[9] + HexFormat.of().formatHex(packet, 12, 24);
        }
        if (version == 6 && packet.length >= 44) {
            return "6/" + packet[6] + HexFormat.of().formatHex(packet, 8, 44);
        }
        return "none";
    }

    /** What came before a fragment must come before it still, whatever flow it belonged to; and likewise behind it. */
    private static void assertOrderAroundPacketsOfAnyFlow(List<byte[]> packets, List<byte[]> result, int seed) {
        for (int i = 0; i < packets.size(); i++) {
            byte[] packet = packets.get(i);
            boolean fragment = packet.length > 40 && packet[0] == 0x45 && (packet[9] == 6 || packet[9] == 17) && packet[6] == 0x20;
            if (fragment) {
                List<String> before = flowPackets(packets.subList(0, i));
                int place = placeOf(result, packet);
                assertThat(flowPackets(result.subList(0, place))).as("seed %d, before packet %d", seed, i)
                        .containsExactlyInAnyOrderElementsOf(before);
            }
        }
    }

    private static List<String> flowPackets(List<byte[]> packets) {
        return packets.stream().filter(p -> p.length > 60 && (p[0] == 0x45 && (p[9] == 6 || p[9] == 17) || p[0] >> 4 == 6 && (p[6] == 6 || p[6] == 17)))
                .map(p -> HexFormat.of().formatHex(p)).toList();
    }

    private static int placeOf(List<byte[]> result, byte[] packet) {
        for (int i = 0; i < result.size(); i++) {
            if (Arrays.equals(result.get(i), packet)) {
                return i;
            }
        }
        throw new AssertionError("packet lost");
    }
}

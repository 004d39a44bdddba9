package io.github.gwlb4j.fuzz;

import io.github.gwlb4j.pcap.OuterUdp;
import io.github.gwlb4j.pcap.PacketSource;
import io.github.gwlb4j.pcap.PcapFormatException;
import io.github.gwlb4j.pcap.PcapPacket;
import java.io.ByteArrayInputStream;
import java.io.IOException;

/** Fuzz target: any bytes as a capture file, and its packets as outer datagrams. Damage is one exception, never another. */
public final class CaptureTarget {
    private static final int MAX_PACKETS = 64;
    private static final PcapPacket PACKET = new PcapPacket();
    private static final OuterUdp OUTER = new OuterUdp();

    private CaptureTarget() {
    }

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        try (PacketSource source = PacketSource.open(new ByteArrayInputStream(input), "fuzz", 6081)) {
            for (int i = 0; i < MAX_PACKETS && source.next(PACKET); i++) {
                OUTER.parse(PACKET);
                OUTER.verifyChecksum();
                PACKET.comment();
                if (OUTER.payloadOffset() + OUTER.capturedPayloadLength() > PACKET.data().limit()) {
                    throw new AssertionError("payload reaches behind the packet");
                }
            }
        } catch (PcapFormatException expected) {
            // what damage is told by
        }
    }
}

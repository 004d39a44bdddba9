package io.github.gwlb4j.benchmarks.soak;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.geneve.aws.GwlbHeaderEncoder;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.simulator.lab.LabSite;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Datagrams that an appliance must drop, a few a second; and now and then one that its handler drops by verdict. */
final class BadDatagrams implements AutoCloseable {
    private static final long PAUSE_MS = 50;
    private static final int SOURCE_PORT = 60_001;
    /** Why they are dropped. Nothing else is sent that is dropped for one of these. */
    static final Set<String> REASONS = Stream.of(DropReason.HEADER_TRUNCATED, DropReason.VERSION_UNSUPPORTED, DropReason.OPTIONS_EXCEED_DATAGRAM,
            DropReason.CONTROL_PACKET, DropReason.VNI_NOT_CONFIGURED, DropReason.PROTOCOL_UNKNOWN, DropReason.PAYLOAD_EMPTY, DropReason.OPTION_MISSING,
            DropReason.INNER_HEADER_TRUNCATED, DropReason.INNER_HEADER_LENGTH_WRONG, DropReason.INNER_LENGTH_EXCEEDS_DATA)
            .map(Enum::name).collect(Collectors.toUnmodifiableSet());

    private final LabSite site;
    private final List<byte[]> datagrams;
    private final LoadThread thread;
    private int next;
    private volatile long sent;

    BadDatagrams(LabSite site) throws Exception {
        this.site = site;
        byte[] inner = PacketBuilder.ipv4("10.20.0.2", "10.30.0.2").udp(40_000, 53).payload(64).build();
        ByteBuffer buffer = ByteBuffer.allocate(Gwlb.HEADER_LENGTH + inner.length);
        new GwlbHeaderEncoder().encode(buffer, 0, Geneve.PROTOCOL_IPV4, site.endpointId(), 0, 1);
        byte[] good = buffer.put(Gwlb.HEADER_LENGTH, inner).array();
        datagrams = List.of(new byte[0], Arrays.copyOf(good, 7), Arrays.copyOf(good, 39), Arrays.copyOf(good, Gwlb.HEADER_LENGTH),
                Arrays.copyOf(good, Gwlb.HEADER_LENGTH + 19), Arrays.copyOf(good, good.length - 1),
                changed(good, bytes -> bytes[0] |= 0x40), changed(good, bytes -> bytes[1] = (byte) 0x80),
                changed(good, bytes -> bytes[6] = 1), changed(good, bytes -> bytes[2] = 0x65), changed(good, bytes -> bytes[10] = 9),
                changed(good, bytes -> bytes[40] = 0x44));
        thread = LoadThread.start("soak-bad-datagrams", site.client(), this::send);
    }

    private static byte[] changed(byte[] datagram, Consumer<byte[]> change) {
        byte[] copy = datagram.clone();
        change.accept(copy);
        return copy;
    }

    private void send() throws InterruptedException {
        if (next % 20 == 0) {
            site.injectFromClient(PacketBuilder.ipv4("10.20.0.2", "10.30.0.2").udp(40_000, SoakHandler.DISCARD_PORT).payload(64).build());
        } else {
            site.injectDatagram(datagrams.get(next % datagrams.size()), SOURCE_PORT);
            sent++;
        }
        next++;
        Thread.sleep(PAUSE_MS);
    }

    /** Those for each of which a drop reason of {@link #REASONS} must rise. */
    long sent() {
        return sent;
    }

    @Override
    public void close() {
        thread.close();
    }
}

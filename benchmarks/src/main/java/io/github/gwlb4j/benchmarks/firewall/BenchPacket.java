package io.github.gwlb4j.benchmarks.firewall;

import io.github.gwlb4j.geneve.GeneveHeader;
import io.github.gwlb4j.geneve.aws.GwlbOptions;
import io.github.gwlb4j.gwlb.Flow;
import io.github.gwlb4j.gwlb.GwlbPacket;
import io.github.gwlb4j.gwlb.InjectStatus;
import io.github.gwlb4j.gwlb.ReplaceStatus;
import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.TunnelStats;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.PacketStatus;
import java.nio.ByteBuffer;
import java.time.Instant;

/** A TCP packet of one flow as a handler sees it, its flow found and its key computed already: what the library does costs nothing here. */
final class BenchPacket implements GwlbPacket, Flow, Tunnel {
    private static final int SERVER = 0xc000_0201;
    private static final int LENGTH = 40;

    private final ByteBuffer bytes;
    private final int offset;
    private final IpPacket inner = new IpPacket();
    private final FlowKey key = new FlowKey();
    private Object attachment;
    private boolean isLive = true;

    /**
     * A segment without data.
     *
     * @param bytes  holds the packet
     * @param offset where
     * @param client number of the client, below 2^24
     */
    BenchPacket(ByteBuffer bytes, int offset, int client, int flags, boolean isFromClient) {
        this.bytes = bytes;
        this.offset = offset;
        int address = 0x0a00_0000 | client;
        int ports = isFromClient ? 40_000 << 16 | 443 : 443 << 16 | 40_000;
        bytes.putInt(offset, 0x4500_0000 | LENGTH).putInt(offset + 8, 64 << 24 | IpProtocol.TCP << 16);
        bytes.putInt(offset + 12, isFromClient ? address : SERVER).putInt(offset + 16, isFromClient ? SERVER : address);
        bytes.putInt(offset + 20, ports).putInt(offset + 32, (0x50 << 8 | flags) << 16 | 0xffff);
        bytes.putShort(offset + 10, (short) InternetChecksum.of(bytes, offset, 20));
        wrap();
        bytes.putShort(offset + 36, (short) InternetChecksum.ofTransport(inner));
    }

    private void wrap() {
        if (inner.wrap(bytes, offset, LENGTH) != PacketStatus.OK) {
            throw new IllegalStateException(inner.toString());
        }
        key.set(1, inner);
    }

    /** The same connection's state for this direction's packets. */
    void share(BenchPacket other) {
        attachment = other.attachment;
    }

    /** As a new flow. */
    void restart() {
        isLive = true;
    }

    @Override
    public Tunnel tunnel() {
        return this;
    }

    @Override
    public GeneveHeader header() {
        throw new UnsupportedOperationException();
    }

    @Override
    public GwlbOptions options() {
        throw new UnsupportedOperationException();
    }

    @Override
    public IpPacket inner() {
        return inner;
    }

    @Override
    public FlowKey flowKey() {
        return key;
    }

    @Override
    public Flow flow() {
        return isLive ? this : null;
    }

    @Override
    public InjectStatus inject(ByteBuffer packet, int at, int length) {
        return InjectStatus.QUEUED;
    }

    @Override
    public ReplaceStatus replaceInner(ByteBuffer packet, int at, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long receivedNs() {
        return 1;
    }

    @Override
    public FlowKey key() {
        return key;
    }

    @Override
    public boolean isInitiatorForward() {
        return key.isForward();
    }

    @Override
    public Object attachment() {
        return attachment;
    }

    @Override
    public void attach(Object object) {
        attachment = object;
    }

    @Override
    public long firstSeenNs() {
        return 1;
    }

    @Override
    public long lastSeenNs() {
        return 1;
    }

    @Override
    public long packets(boolean isForward) {
        return 1;
    }

    @Override
    public long bytes(boolean isForward) {
        return LENGTH;
    }

    @Override
    public void setTimeoutNs(long timeoutNs) {
        // nothing expires here
    }

    @Override
    public void forget() {
        isLive = false;
        attachment = null;
    }

    @Override
    public long endpointId() {
        return 1;
    }

    @Override
    public TunnelMode mode() {
        return TunnelMode.INLINE;
    }

    @Override
    public String name() {
        return "benchmark";
    }

    @Override
    public Instant createdAt() {
        return Instant.EPOCH;
    }

    @Override
    public TunnelStats stats() {
        throw new UnsupportedOperationException();
    }
}

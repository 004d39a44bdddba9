package io.github.gwlb4j.gwlb.capture;

import io.github.gwlb4j.geneve.aws.GwlbOptions;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.packet.FilterExpression;
import io.github.gwlb4j.packet.IpPacket;
import java.util.Objects;

/**
 * What a {@link CaptureFilter} sees of a packet, and what the packet's comment says: the packet and what became of it.
 *
 * <p>Belongs to one worker's thread, which fills it anew for packet after packet, starting with {@link #begin}.
 */
public final class CapturedPacket implements FilterExpression.Subject {
    private CaptureDirection direction = CaptureDirection.RECEIVED;
    private CaptureVerdict verdict;
    private DropReason reason;
    private boolean hasEndpoint;
    private long endpointId;
    private boolean hasAttachment;
    private long attachmentId;
    private boolean hasFlowCookie;
    private int flowCookie;
    private IpPacket inner;
    private String note;

    /** Makes a view of no packet. */
    public CapturedPacket() {
    }

    /**
     * Forgets the last packet.
     *
     * @param direction which way the next one went
     * @return this
     */
    public CapturedPacket begin(CaptureDirection direction) {
        this.direction = Objects.requireNonNull(direction, "direction");
        verdict = null;
        reason = null;
        hasEndpoint = false;
        hasAttachment = false;
        hasFlowCookie = false;
        inner = null;
        note = null;
        return this;
    }

    /**
     * What became of it.
     *
     * @param verdict what
     * @param reason  why it was dropped; null if the handler did, or if it was not dropped
     * @return this
     */
    public CapturedPacket verdict(CaptureVerdict verdict, DropReason reason) {
        this.verdict = verdict;
        this.reason = reason;
        return this;
    }

    /**
     * Where it came through, as its GENEVE header says.
     *
     * @param options read out; copied
     * @return this
     */
    public CapturedPacket tunnel(GwlbOptions options) {
        hasEndpoint = options.hasEndpointId();
        endpointId = options.endpointId();
        hasAttachment = options.hasAttachmentId();
        attachmentId = options.attachmentId();
        hasFlowCookie = options.hasFlowCookie();
        flowCookie = options.flowCookie();
        return this;
    }

    /**
     * Where it came through.
     *
     * @param endpointId of the tunnel
     * @param flowCookie of the packet's GENEVE header
     * @return this
     */
    public CapturedPacket tunnel(long endpointId, int flowCookie) {
        this.hasEndpoint = true;
        this.endpointId = endpointId;
        this.hasAttachment = false;
        this.hasFlowCookie = true;
        this.flowCookie = flowCookie;
        return this;
    }

    /**
     * The inner packet.
     *
     * @param inner wrapped with {@code OK}; null if it is not well-formed. Kept until the next {@link #begin}
     * @return this
     */
    public CapturedPacket inner(IpPacket inner) {
        this.inner = inner;
        return this;
    }

    /**
     * What the handler said about it.
     *
     * @param note a few words; null for none
     * @return this
     */
    public CapturedPacket note(String note) {
        this.note = note;
        return this;
    }

    /**
     * Which way it went.
     *
     * @return never null
     */
    public CaptureDirection direction() {
        return direction;
    }

    /**
     * What became of it.
     *
     * @return null if that is not known
     */
    public CaptureVerdict verdict() {
        return verdict;
    }

    /**
     * Why it was dropped.
     *
     * @return null if the handler dropped it, and if it was not dropped
     */
    public DropReason reason() {
        return reason;
    }

    @Override
    public boolean hasEndpoint() {
        return hasEndpoint;
    }

    @Override
    public long endpointId() {
        return endpointId;
    }

    /**
     * Whether its attachment is known.
     *
     * @return true if {@link #attachmentId} is it
     */
    public boolean hasAttachment() {
        return hasAttachment;
    }

    /**
     * The attachment that the packet came through.
     *
     * @return its id; any number if it is not known
     */
    public long attachmentId() {
        return attachmentId;
    }

    /**
     * Whether its flow cookie is known.
     *
     * @return true if {@link #flowCookie} is it
     */
    public boolean hasFlowCookie() {
        return hasFlowCookie;
    }

    /**
     * The load balancer's cookie of the packet's flow.
     *
     * @return 32 bits; any number if it is not known
     */
    public int flowCookie() {
        return flowCookie;
    }

    @Override
    public IpPacket inner() {
        return inner;
    }

    /**
     * What the handler said about it.
     *
     * @return null if it said nothing
     */
    public String note() {
        return note;
    }
}

package io.github.gwlb4j.firewall.log;

import io.github.gwlb4j.firewall.rules.Action;
import io.github.gwlb4j.firewall.rules.Rule;
import io.github.gwlb4j.geneve.aws.GwlbOptions;
import io.github.gwlb4j.gwlb.GwlbPacket;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;

/**
 * One decision in a queue, written over again and again. Belongs to the worker while it is filled, then to the writing thread: the
 * queue hands it over.
 */
final class Decision {
    /** A name in DNS form is no longer (RFC 1035, 2.3.4). */
    static final int MAX_NAME_CHARS = 255;
    static final int NONE = -1;

    long timeMs;
    boolean hasEndpoint;
    long endpointId;
    boolean hasAttachment;
    long attachmentId;
    boolean hasCookie;
    int flowCookie;
    int version;
    long sourceHigh;
    long sourceLow;
    long destinationHigh;
    long destinationLow;
    int protocol;
    /** {@link #NONE} if the packet has no ports and its flow's are not known. */
    int sourcePort;
    int destinationPort;
    /** {@link #NONE} if there is no ICMP header to read. */
    int icmpType;
    int icmpCode;
    boolean isFragment;
    int bytes;
    /** Null if no rule had a part in it. */
    Rule rule;
    Action action;
    DecisionCause cause;
    final char[] name = new char[MAX_NAME_CHARS];
    int nameLength;
    long suppressed;

    void set(GwlbPacket packet, FlowKey key) {
        GwlbOptions options = packet.options();
        hasEndpoint = options.hasEndpointId();
        endpointId = options.endpointId();
        hasAttachment = options.hasAttachmentId();
        attachmentId = options.attachmentId();
        hasCookie = options.hasFlowCookie();
        flowCookie = options.flowCookie();
        IpPacket inner = packet.inner();
        version = inner.version();
        sourceHigh = inner.sourceHigh();
        sourceLow = inner.sourceLow();
        destinationHigh = inner.destinationHigh();
        destinationLow = inner.destinationLow();
        protocol = inner.protocol();
        isFragment = inner.isFragment();
        bytes = inner.totalLength();
        setPorts(inner, key);
        boolean hasIcmp = inner.hasIcmpHeader();
        icmpType = hasIcmp ? inner.buffer().get(inner.transportOffset()) & 0xff : NONE;
        icmpCode = hasIcmp ? inner.buffer().get(inner.transportOffset() + 1) & 0xff : NONE;
    }

    /** A later fragment has no ports, but its flow's are known once its first one was seen. */
    private void setPorts(IpPacket inner, FlowKey key) {
        if (inner.hasPorts()) {
            sourcePort = inner.sourcePort();
            destinationPort = inner.destinationPort();
        } else if (key != null && inner.fragmentOffset() != 0 && !key.isFragment() && IpProtocol.hasPorts(protocol)) {
            sourcePort = key.packetPorts() >>> 16;
            destinationPort = key.packetPorts() & 0xffff;
        } else {
            sourcePort = NONE;
            destinationPort = NONE;
        }
    }

    void setName(CharSequence text) {
        nameLength = text == null ? 0 : Math.min(text.length(), MAX_NAME_CHARS);
        for (int i = 0; i < nameLength; i++) {
            name[i] = text.charAt(i);
        }
    }
}

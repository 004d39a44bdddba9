package io.github.gwlb4j.simulator.lab;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.geneve.aws.GwlbHeaderEncoder;
import java.nio.ByteBuffer;

/** One inner flow, both directions: its source port, its cookie and with it the header of all its packets. Not thread-safe. */
final class Flow {
    /** After a change of the cookie, packets may be on their way that carry the old one. */
    private static final long OLD_COOKIE_VALID_NS = 1_000_000_000;
    private static final GwlbHeaderEncoder ENCODER = new GwlbHeaderEncoder();

    private final LabSite site;
    private final int ipVersion;
    private final int sourcePort;
    private byte[] header;
    private int cookie;
    private byte[] oldHeader;
    private int oldCookie;
    private long oldHeaderUntilNs;

    Flow(LabSite site, int ipVersion, int sourcePort, int cookie) {
        this.site = site;
        this.ipVersion = ipVersion;
        this.sourcePort = sourcePort;
        this.cookie = cookie;
        this.header = encode(cookie);
    }

    private byte[] encode(int flowCookie) {
        byte[] bytes = new byte[Gwlb.HEADER_LENGTH];
        int protocol = ipVersion == 6 ? Geneve.PROTOCOL_IPV6 : Geneve.PROTOCOL_IPV4;
        ENCODER.encode(ByteBuffer.wrap(bytes), 0, protocol, site.endpointId(), 0, flowCookie);
        return bytes;
    }

    void changeCookie(int newCookie, long nowNs) {
        oldHeader = header;
        oldCookie = cookie;
        oldHeaderUntilNs = nowNs + OLD_COOKIE_VALID_NS;
        cookie = newCookie;
        header = encode(newCookie);
    }

    LabSite site() {
        return site;
    }

    int sourcePort() {
        return sourcePort;
    }

    int cookie() {
        return cookie;
    }

    /** The cookie before the last change; the present one if there was none. */
    int oldCookie() {
        return oldHeader == null ? cookie : oldCookie;
    }

    byte[] header() {
        return header;
    }

    /** Whether a returned packet may carry a header: the present one, or for a short time the one before. */
    boolean hasHeader(ByteBuffer buffer, int offset, long nowNs) {
        return isEqual(header, buffer, offset)
                || oldHeader != null && nowNs - oldHeaderUntilNs < 0 && isEqual(oldHeader, buffer, offset);
    }

    private static boolean isEqual(byte[] header, ByteBuffer buffer, int offset) {
        return ByteBuffer.wrap(header).mismatch(buffer.slice(offset, header.length)) < 0;
    }
}

package io.github.gwlb4j.gwlb;

/** What became of a packet that the handler wants to send, see {@link Flow#inject} and {@link GwlbPacket#inject}. */
public enum InjectStatus {
    /** It is sent soon; if the system does not take it, {@link ApplianceStats.Extras#injectFailures()} says so. */
    QUEUED,
    /** Not a sound IP packet, outside its buffer, or of another IP version than the GENEVE header says. */
    MALFORMED,
    /** Longer than {@link GwlbApplianceBuilder#tunnelMtu}: the load balancer would drop it. */
    TOO_LARGE,
    /** As many packets wait to be sent as {@link GwlbApplianceBuilder#injectQueue} allows. */
    QUEUE_FULL,
    /** The flow has ended. */
    FLOW_ENDED
}

package io.github.gwlb4j.gwlb;

/** What became of an inner packet that the handler wants to replace, see {@link GwlbPacket#replaceInner}. */
public enum ReplaceStatus {
    /** {@link GwlbPacket#inner()} is the new packet now. */
    REPLACED,
    /** Not a sound IP packet, outside its buffer, or of another IP version than the GENEVE header says. Nothing has changed. */
    MALFORMED,
    /** Longer than {@link GwlbApplianceBuilder#tunnelMtu}. Nothing has changed. */
    TOO_LARGE,
    /** Too much of this batch has grown, see {@link GwlbApplianceBuilder#rewriteBytes}. Nothing has changed. */
    NO_ROOM
}

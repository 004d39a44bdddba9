package io.github.gwlb4j.pcap;

import java.io.IOException;

/** A source that, once its content has turned out to be damaged, says so each time: there is no way to go on behind it. */
abstract class DamageableSource implements PacketSource {
    private PcapFormatException damage;

    /** Makes one whose content is sound so far. */
    DamageableSource() {
    }

    @Override
    public final boolean next(PcapPacket packet) throws IOException {
        if (damage != null) {
            throw damage;
        }
        try {
            if (read(packet)) {
                return true;
            }
        } catch (PcapFormatException e) {
            damage = e;
            packet.clear();
            throw e;
        }
        packet.clear();
        return false;
    }

    /** Reads the next packet; false at the end. */
    abstract boolean read(PcapPacket packet) throws IOException;
}

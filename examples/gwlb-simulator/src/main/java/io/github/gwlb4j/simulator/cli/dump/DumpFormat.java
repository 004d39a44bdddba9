package io.github.gwlb4j.simulator.cli.dump;

import java.io.IOException;

/** How datagrams are written. */
interface DumpFormat {
    /** Writes one datagram. */
    void datagram(CapturedDatagram datagram) throws IOException;

    /** Writes what there is to say at the end, also of a capture that ends in the middle. */
    void end(DumpTotals totals) throws IOException;
}

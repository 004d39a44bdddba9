package io.github.gwlb4j.simulator.cli.dump;

import io.github.gwlb4j.geneve.GeneveOptionViews;
import io.github.gwlb4j.geneve.GeneveText;
import io.github.gwlb4j.geneve.aws.GwlbOptionView;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketText;
import io.github.gwlb4j.pcap.OuterUdp;
import java.io.PrintWriter;

/** Datagrams for people: a few lines each, totals at the end. */
final class TextFormat implements DumpFormat {
    private final PrintWriter out;
    private final int port;
    private final GeneveOptionViews views;

    TextFormat(PrintWriter out, DumpRules rules) {
        this.out = out;
        this.port = rules.port();
        this.views = GwlbOptionView.allOf(rules.optionClass());
    }

    @Override
    public void datagram(CapturedDatagram datagram) {
        String reason = datagram.reason();
        out.print("frame " + datagram.frame() + ": " + datagram.status() + (reason == null ? "" : " (" + reason + ")")
                + outerText(datagram.outer()) + "\n");
        printIndented(GeneveText.describe(datagram.header(), views));
        IpPacket inner = datagram.inner();
        if (inner != null) {
            printIndented(PacketText.describe(inner));
        } else if (datagram.innerEtherType() >= 0) {
            printIndented(String.format("Ethernet frame without IP, type 0x%04x\n", datagram.innerEtherType()));
        }
    }

    private static String outerText(OuterUdp outer) {
        if (!outer.hasUdpHeader()) {
            return "";
        }
        String ports = "UDP " + outer.sourcePort() + " > " + outer.destinationPort();
        return ", " + (outer.sourceAddress() == null ? "" : outer.sourceAddress() + " > " + outer.destinationAddress() + ", ") + ports;
    }

    private void printIndented(String lines) {
        lines.lines().forEach(line -> out.print("  " + line + "\n"));
    }

    @Override
    public void end(DumpTotals totals) {
        out.print(totals.packets() + " packets, " + totals.datagrams() + " of them UDP to port " + port + "\n");
        totals.byStatus().forEach((status, count) -> out.printf("%8d  %s\n", count, status));
        totals.others().forEach((what, count) -> out.printf("%8d  not dumped: %s\n", count, what));
        out.flush();
    }
}

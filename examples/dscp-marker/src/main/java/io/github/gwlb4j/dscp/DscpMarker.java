package io.github.gwlb4j.dscp;

import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.GwlbPacket;
import io.github.gwlb4j.gwlb.PacketHandler;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.packet.Cidr;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketEditor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;

/** Marks packets with a DSCP (RFC 2474) by network. The first mark decides whose network the source or the destination is in. */
public final class DscpMarker implements PacketHandler {
    /**
     * A network and the mark that its packets get.
     *
     * @param network of the packet's source or destination
     * @param dscp    0 to 63
     */
    record Mark(Cidr network, int dscp) {
        /** Reads {@code 10.0.0.0/8=46}. */
        static Mark parse(String text) {
            String[] parts = text.split("=", 2);
            if (parts.length < 2 || !parts[1].matches("\\d|[1-5]\\d|6[0-3]")) {
                throw new IllegalArgumentException("'" + text + "' is not a NETWORK=DSCP such as 10.0.0.0/8=46, with a DSCP from 0 to 63");
            }
            return new Mark(Cidr.parse(parts[0]), Integer.parseInt(parts[1]));
        }

        boolean isFor(IpPacket packet) {
            return network.contains(packet.version(), packet.sourceHigh(), packet.sourceLow())
                    || network.contains(packet.version(), packet.destinationHigh(), packet.destinationLow());
        }
    }

    private final Mark[] marks;

    DscpMarker(List<Mark> marks) {
        this.marks = marks.toArray(new Mark[0]);
    }

    @Override
    public Verdict onPacket(GwlbPacket packet) {
        for (Mark mark : marks) {
            if (mark.isFor(packet.inner())) {
                PacketEditor.setDscp(packet.inner(), mark.dscp()); // keeps the header checksum right, and ECN as it is
                break;
            }
        }
        return Verdict.FORWARD;
    }

    static GwlbAppliance start(InetSocketAddress listen, List<Mark> marks) throws IOException {
        return GwlbAppliance.builder().listen(listen).handler(worker -> new DscpMarker(marks)).build().start();
    }

    /**
     * Runs until it is killed.
     *
     * @param args the address to listen on, then the marks, for example {@code 0.0.0.0 10.16.0.0/16=46 2001:db8::/32=10}
     * @throws InterruptedException never: nobody interrupts the main thread
     */
    public static void main(String[] args) throws InterruptedException {
        if (args.length < 2) {
            System.err.println("usage: dscp-marker LISTEN-ADDRESS NETWORK=DSCP..., for example: dscp-marker 0.0.0.0 10.16.0.0/16=46");
            System.exit(2);
        }
        try (GwlbAppliance appliance = start(new InetSocketAddress(args[0], 6081), Arrays.stream(args).skip(1).map(Mark::parse).toList())) {
            appliance.awaitClose();
        } catch (IllegalArgumentException | IOException e) {
            System.err.println("dscp-marker: " + e.getMessage());
            System.exit(2);
        }
    }
}

package io.github.gwlb4j.firewall;

import static io.github.gwlb4j.firewall.Attack.CLIENT_6;
import static io.github.gwlb4j.firewall.Attack.PORT;
import static io.github.gwlb4j.firewall.Attack.SERVER_6;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.clientHello;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.extension;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.join;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.u16;

import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.util.Arrays;

/** What is tried with IPv6 extension headers, and such headers. */
final class ExtensionHeaderEvasions {
    private static final int ACK = TcpHeader.ACK;
    private static final int DESTINATION_OPTIONS = IpProtocol.DESTINATION_OPTIONS;
    private static final byte[] EVIL = clientHello("www.evil.example");

    private final EvasionCases table;

    ExtensionHeaderEvasions(EvasionCases table) {
        this.table = table;
    }

    void add() {
        table.begin("Extension headers of IPv6");
        table.add("hop-by-hop options before an allowed port", "passes", a -> a.send(ipv6(9000, IpProtocol.HOP_BY_HOP, optionsHeader(IpProtocol.TCP, 8))));
        table.addWithDenyList("hop-by-hop and destination options before a denied port", "dropped (rule)", a -> a.send(ipv6(23, IpProtocol.HOP_BY_HOP,
                join(optionsHeader(DESTINATION_OPTIONS, 24), optionsHeader(IpProtocol.TCP, 64)))));
        table.addWithDenyList("a routing header before a denied port", "dropped (rule)",
                a -> a.send(ipv6(23, IpProtocol.ROUTING, new byte[] {IpProtocol.TCP, 0, 4, 0, 0, 0, 0, 0})));
        table.addWithDenyList("an authentication header before a denied port", "dropped (rule)",
                a -> a.send(ipv6(23, IpProtocol.AUTHENTICATION, join(new byte[] {IpProtocol.TCP, 4, 0, 0, 0, 0, 0, 1}, new byte[16]))));
        table.addWithDenyList("an atomic fragment header before a denied port", "dropped (rule)",
                a -> a.send(ipv6(23, IpProtocol.FRAGMENT, new byte[] {IpProtocol.TCP, 0, 0, 0, 0, 0, 0, 9})));
        table.addWithDenyList("16 headers before a denied port", "dropped (rule)", a -> a.send(ipv6(23, DESTINATION_OPTIONS, chain(16))));
        table.addWithDenyList("17 headers", "dropped (inner packet: too many IPv6 extension headers)",
                a -> a.send(ipv6(9000, DESTINATION_OPTIONS, chain(17))));
        table.addWithDenyList("a header that is longer than the packet", "dropped (inner packet: IPv6 extension header is truncated)", a -> a.send(ipv6(9000, DESTINATION_OPTIONS,
                new byte[] {IpProtocol.TCP, (byte) 255, 0, 0, 0, 0, 0, 0})));
        table.addWithDenyList("fragmented, with further headers behind the fragment header: the first does not pass, the rest alone is nothing",
                "dropped (fragment), then passes", a -> {
            byte[] behind = join(optionsHeader(IpProtocol.TCP, 8), Arrays.copyOfRange(syn6(9000), 40, 60), new byte[20]);
            a.send(fragment6(DESTINATION_OPTIONS, 0, true, Arrays.copyOf(behind, 40)));
            a.send(fragment6(DESTINATION_OPTIONS, 40, false, Arrays.copyOfRange(behind, 40, 48)));
        });
        table.addWithDenyList("a denied server name behind extension headers", "passes, then dropped (name)", ExtensionHeaderEvasions::helloBehindHeaders);
    }

    private static void helloBehindHeaders(Attack attack) {
        byte[] header = optionsHeader(IpProtocol.TCP, 16);
        attack.send(withHeader(tcp6(TcpHeader.SYN, 1, 0, new byte[0]), DESTINATION_OPTIONS, header));
        attack.send(PacketBuilder.ipv6(SERVER_6, CLIENT_6).tcp(443, PORT).flags(TcpHeader.SYN | ACK).sequence(9, 2).build());
        attack.send(withHeader(tcp6(ACK, 2, 10, new byte[0]), DESTINATION_OPTIONS, header));
        attack.send(withHeader(tcp6(ACK, 2, 10, EVIL), DESTINATION_OPTIONS, header));
    }

    private static byte[] tcp6(int flags, int sequence, int acknowledgment, byte[] data) {
        return PacketBuilder.ipv6(CLIENT_6, SERVER_6).tcp(PORT, 443).flags(flags).sequence(sequence, acknowledgment).payload(data).build();
    }

    /** A SYN with headers between IPv6's and TCP's; the last of them says TCP. */
    static byte[] ipv6(int port, int firstHeader, byte[] headers) {
        return withHeader(syn6(port), firstHeader, headers);
    }

    static byte[] syn6(int port) {
        return PacketBuilder.ipv6(CLIENT_6, SERVER_6).tcp(PORT, port).flags(TcpHeader.SYN).build();
    }

    /** A fragment of an IPv6 packet, made by hand; its fragment header says what comes next. */
    static byte[] fragment6(int next, int offset, boolean hasMore, byte[] data) {
        byte[] header = join(new byte[] {(byte) next, 0}, u16(offset | (hasMore ? 1 : 0)), new byte[] {0, 0, 0, 9});
        return withHeader(join(Arrays.copyOf(syn6(9000), 40), data), IpProtocol.FRAGMENT, header);
    }

    private static byte[] withHeader(byte[] packet, int firstHeader, byte[] headers) {
        byte[] longer = join(Arrays.copyOf(packet, 40), headers, Arrays.copyOfRange(packet, 40, packet.length));
        longer[4] = (byte) (longer.length - 40 >> 8);
        longer[5] = (byte) (longer.length - 40);
        longer[6] = (byte) firstHeader;
        return longer;
    }

    /** Hop-by-hop or destination options: nothing but padding (PadN). */
    static byte[] optionsHeader(int next, int length) {
        byte[] header = new byte[length];
        header[0] = (byte) next;
        header[1] = (byte) (length / 8 - 1);
        header[2] = 1;
        header[3] = (byte) (length - 4);
        return header;
    }

    private static byte[] chain(int count) {
        byte[] all = new byte[0];
        for (int i = 1; i <= count; i++) {
            all = join(all, optionsHeader(i == count ? IpProtocol.TCP : DESTINATION_OPTIONS, 8));
        }
        return all;
    }
}

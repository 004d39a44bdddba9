package io.github.gwlb4j.firewall;

import static io.github.gwlb4j.firewall.Attack.CLIENT;
import static io.github.gwlb4j.firewall.Attack.CLIENT_6;
import static io.github.gwlb4j.firewall.Attack.PORT;
import static io.github.gwlb4j.firewall.Attack.SERVER;
import static io.github.gwlb4j.firewall.Attack.SERVER_6;
import static io.github.gwlb4j.firewall.ExtensionHeaderEvasions.fragment6;
import static io.github.gwlb4j.firewall.ExtensionHeaderEvasions.ipv6;
import static io.github.gwlb4j.firewall.ExtensionHeaderEvasions.optionsHeader;
import static io.github.gwlb4j.firewall.ExtensionHeaderEvasions.syn6;
import static io.github.gwlb4j.firewall.NameEvasions.query;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.ascii;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.clientHello;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.join;

import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.simulator.packet.Fragmenter;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.util.Arrays;
import java.util.List;

/** What is tried with fragments, checksums, packets that die on the way, and the flags and order of TCP. */
final class TransportEvasions {
    private static final int ACK = TcpHeader.ACK;
    private static final int DESTINATION_OPTIONS = IpProtocol.DESTINATION_OPTIONS;
    private static final byte[] GOOD = clientHello("www.good.example");
    private static final byte[] EVIL = clientHello("www.evil.example");

    private final EvasionCases table;

    TransportEvasions(EvasionCases table) {
        this.table = table;
    }

    void add() {
        addFragments();
        addChecksums();
        addDecoys();
        addFlags();
    }

    // ---- fragments

    private void addFragments() {
        table.begin("Fragments");
        table.add("a datagram to an allowed port, in order", "passes", a -> udp(9000, 60).forEach(a::send));
        table.add("a datagram to a port that is not allowed", "dropped (rule), then dropped (fragment)", a -> udp(9001, 60).forEach(a::send));
        table.add("a later fragment before the first", "dropped (fragment), then passes", a -> {
            List<byte[]> fragments = udp(9000, 60);
            a.send(fragments.get(1)).send(fragments.get(0)).send(fragments.get(2));
        });
        table.addWithDenyList("a later fragment before the first, of what may be denied", "dropped (fragment), then dropped (rule)", a -> {
            List<byte[]> fragments = fragments(tcp(23, new byte[100]), 60);
            a.send(fragments.get(1)).send(fragments.get(0));
        });
        table.add("a fragment that overlaps the one before", "passes, then dropped (fragment)", a -> {
            List<byte[]> fragments = udp(9000, 60);
            a.send(fragments.get(0)).send(atOffset(fragments.get(1), 8)).send(fragments.get(1)).send(fragments.get(2));
        });
        table.add("the same fragment twice", "passes, then dropped (fragment), then passes", a -> {
            List<byte[]> fragments = udp(9000, 60);
            a.send(fragments.get(0)).send(fragments.get(1)).send(fragments.get(1)).send(fragments.get(2));
        });
        table.add("a second first fragment, with other ports", "passes, then dropped (fragment), then passes", a -> {
            List<byte[]> fragments = udp(9000, 60);
            a.send(fragments.get(0)).send(udp(23, 60).get(0)).send(fragments.get(1));
        });
        table.add("a first fragment of 8 bytes of TCP: ports, no flags", "dropped (fragment)", a -> fragments(tcp(9000, new byte[40]), 28).subList(0, 1).forEach(a::send));
        table.add("a fragment at offset 8, which would write the TCP flags", "passes, then dropped (fragment)", a -> {
            List<byte[]> fragments = fragments(tcp(9000, new byte[100]), 60);
            a.send(fragments.get(0)).send(atOffset(fragments.get(1), 8));
        });
        table.add("fragments that make up more than 65,535 bytes", "passes, then dropped (fragment)", a -> {
            List<byte[]> fragments = udp(9000, 60);
            a.send(fragments.get(0)).send(atOffset(fragments.get(2), 65_528));
        });
        table.add("two last fragments with different ends", "passes, then dropped (fragment)", a -> {
            List<byte[]> fragments = udp(9000, 60);
            a.send(fragments.get(0)).send(fragments.get(2)).send(atOffset(fragments.get(2), 400)).send(fragments.get(1));
        });
        table.add("IPv6: a fragment that overlaps the one before", "passes, then dropped (fragment)", a -> {
            List<byte[]> fragments = fragments(PacketBuilder.ipv6(CLIENT_6, SERVER_6).udp(PORT, 9000).payload(200).build(), 128);
            byte[] overlapping = fragments.get(1).clone();
            overlapping[43] = (byte) (16 | overlapping[43] & 7);
            a.send(fragments.get(0)).send(overlapping).send(fragments.get(1));
        });
        table.add("IPv6: an atomic fragment, which is a whole packet", "passes", a -> a.send(ipv6(9000, IpProtocol.FRAGMENT, new byte[] {IpProtocol.TCP, 0, 0, 0, 0, 0, 0, 9})));
        table.add("IPv6: a first fragment without the TCP header", "dropped (fragment)", a -> {
            byte[] behind = join(optionsHeader(IpProtocol.TCP, 8), Arrays.copyOfRange(syn6(9000), 40, 60));
            a.send(fragment6(DESTINATION_OPTIONS, 0, true, Arrays.copyOf(behind, 8)));
            a.send(fragment6(DESTINATION_OPTIONS, 8, false, Arrays.copyOfRange(behind, 8, 28)));
        });
        table.add("a ClientHello in IP fragments", "dropped (fragment)", a -> {
            a.open(443);
            fragments(a.segment(0, ACK, GOOD, 64), 200).forEach(a::send);
        });
    }

    private static List<byte[]> udp(int port, int maxLength) {
        return fragments(PacketBuilder.ipv4(CLIENT, SERVER).udp(PORT, port).payload(100).build(), maxLength);
    }

    private static byte[] tcp(int port, byte[] data) {
        return PacketBuilder.ipv4(CLIENT, SERVER).tcp(PORT, port).flags(TcpHeader.SYN).payload(data).build();
    }

    static List<byte[]> fragments(byte[] packet, int maxLength) {
        return Fragmenter.split(packet, maxLength, 4711);
    }

    private static byte[] atOffset(byte[] fragment, int bytes) {
        byte[] moved = fragment.clone();
        moved[6] = (byte) (moved[6] & 0xe0 | bytes >> 3 >> 8);
        moved[7] = (byte) (bytes >> 3);
        return Attack.withIpv4Checksum(moved);
    }

    // ---- checksums

    private void addChecksums() {
        table.begin("Checksums");
        table.add("a decoy with an allowed name and a wrong TCP checksum, then the true name", "dropped (bad-checksum), then dropped (name)",
                a -> a.open(443).dataWithBadChecksum(0, GOOD).data(0, EVIL));
        table.add("the same with a wrong IPv4 header checksum", "dropped (bad-checksum), then dropped (name)",
                a -> a.open(443).dataWithBadIpChecksum(0, GOOD).data(0, EVIL));
        table.add("a SYN with a wrong checksum", "dropped (bad-checksum)", a -> {
            byte[] syn = tcp(9000, new byte[0]);
            syn[36] ^= 1;
            a.send(syn);
        });
        table.add("a reset with a wrong checksum, which would end the firewall's connection only", "dropped (bad-checksum), then dropped (name)", a -> {
            a.open(443);
            byte[] reset = a.segment(0, TcpHeader.RST, new byte[0], 64);
            reset[36] ^= 1;
            a.send(reset).data(0, EVIL);
        });
        table.add("a DNS query with a wrong UDP checksum", "dropped (bad-checksum)", a -> {
            byte[] query = query("www.good.example");
            query[27] ^= 1;
            a.send(query);
        });
        table.add("a DNS query without a UDP checksum, which IPv4 allows", "passes, then dropped (name)",
                a -> a.send(withoutChecksum(query("www.good.example"))).send(withoutChecksum(query("www.evil.example"))));
    }

    private static byte[] withoutChecksum(byte[] udp) {
        udp[26] = 0;
        udp[27] = 0;
        return udp;
    }

    // ---- decoys that die on the way

    private void addDecoys() {
        table.begin("Decoys that do not reach the server (low TTL)");
        table.add("a ClientHello with an allowed name, then the true one in its place", "passes, then dropped (invalid-state)",
                a -> a.open(443).dyingData(0, GOOD, ACK).data(0, EVIL).data(0, EVIL));
        table.add("the same, the true one in two halves", "passes, then dropped (invalid-state)", a -> a.open(443).dyingData(0, GOOD, ACK)
                .data(0, Arrays.copyOf(EVIL, 100)).data(100, Arrays.copyOfRange(EVIL, 100, EVIL.length)));
        table.add("only the bytes of the name, before the rest comes", "passes, then dropped (unknown-name)", a -> {
            int at = nameAt();
            a.open(443).dyingData(at, ascii("good"), ACK).data(0, EVIL).data(0, GOOD);
        });
        table.add("data in the SYN (TCP Fast Open), then other data", "dropped (invalid-state), then dropped (name)", a -> a.toPort(443)
                .dyingData(0, GOOD, TcpHeader.SYN).open(443).data(0, EVIL));
        table.add("the same, with a sequence number so that the server seems to acknowledge it", "passes, then dropped (invalid-state), then passes, then dropped (name)",
                a -> a.toPort(443).dyingData(-GOOD.length, new byte[0], TcpHeader.SYN).dyingData(-GOOD.length, GOOD, TcpHeader.SYN)
                        .data(0, new byte[0], TcpHeader.SYN).serverAnswers().data(0, EVIL));
        table.add("a reset, then the true name", "passes, then dropped (name)", a -> a.open(443).dyingData(0, new byte[0], TcpHeader.RST).data(0, EVIL));
        table.add("a FIN, then the true name", "passes, then dropped (unknown-name)",
                a -> a.open(443).dyingData(0, new byte[0], ACK | TcpHeader.FIN).data(0, EVIL));
        table.add("a SYN with another sequence number before the true one, so that data seems to lie elsewhere", "passes, then dropped (name)",
                a -> a.toPort(443).dyingData(-500_000, new byte[0], TcpHeader.SYN).data(0, new byte[0], TcpHeader.SYN).serverAnswers()
                        .data(0, EVIL));
        table.add("a SYN with another sequence number after the true one", "passes, then dropped (name)",
                a -> a.toPort(443).data(0, new byte[0], TcpHeader.SYN).dyingData(500_000, new byte[0], TcpHeader.SYN).serverAnswers()
                        .data(0, EVIL));
        table.add("a reset and a SYN with another sequence number, then an allowed name there, then the true name", "passes, then dropped (invalid-state)",
                a -> a.open(443).dyingData(0, new byte[0], TcpHeader.RST).dyingData(500_000, new byte[0], TcpHeader.SYN)
                        .dyingData(500_000, GOOD, ACK).data(0, EVIL));
        table.add("a ClientHello with an allowed name, then so many other connections that this one is read no longer, then the true name",
                "passes, then dropped (invalid-state)",
                a -> a.open(443).dyingData(0, GOOD, ACK).distract(EvasionLab.MAX_UNDECIDED).data(0, EVIL));
        table.add("half a ClientHello, then so many other connections that this one is read no longer, then the rest",
                "passes, then dropped (unknown-name)", a -> a.open(443).data(0, Arrays.copyOf(EVIL, 100)).distract(EvasionLab.MAX_UNDECIDED)
                        .data(100, Arrays.copyOfRange(EVIL, 100, EVIL.length)));
        table.add("an allowed request in a SYN with another sequence number, then the true SYN", "dropped (invalid-state), then passes, then dropped (name)",
                a -> a.toPort(80).dyingData(-500_000, ascii("GET / HTTP/1.1\r\nHost: good.example\r\n\r\n"), TcpHeader.SYN)
                        .data(0, new byte[0], TcpHeader.SYN).serverAnswers().data(0, ascii("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")));
        table.add("an allowed name that the server has acknowledged; later data is the connection's own affair", "passes",
                a -> a.open(443).data(0, GOOD).serverAcknowledges(GOOD.length).data(GOOD.length, new byte[50]));
    }

    private static int nameAt() {
        int at = 0;
        while (!Arrays.equals(Arrays.copyOfRange(EVIL, at, at + 4), ascii("evil"))) {
            at++;
        }
        return at;
    }

    // ---- flags and order of TCP

    private void addFlags() {
        table.begin("TCP flags and sequence numbers");
        int[] impossible = {0, TcpHeader.FIN, TcpHeader.SYN | TcpHeader.FIN, TcpHeader.SYN | TcpHeader.RST,
            TcpHeader.FIN | TcpHeader.PSH | TcpHeader.URG, 0xff};
        table.add("scans with impossible flags: none, FIN, SYN+FIN, SYN+RST, FIN+PSH+URG, all", "dropped (invalid-state)", a -> {
            for (int flags : impossible) {
                a.toPort(9000).send(a.segment(0, flags, new byte[0], 64));
            }
        });
        table.add("SYN+ACK to nobody", "dropped (mid-stream)", a -> a.toPort(9000).send(a.segment(0, TcpHeader.SYN | ACK, new byte[0], 64)));
        table.add("data without a handshake, to a port that needs a name", "dropped (mid-stream)", a -> a.toPort(443).data(0, EVIL));
        table.add("data after the SYN alone, to an allowed port", "passes",
                a -> a.toPort(9000).data(0, new byte[0], TcpHeader.SYN).data(0, new byte[10]));
        table.add("urgent data, which the server takes out of the stream", "dropped (unknown-name)",
                a -> a.open(443).data(0, GOOD, ACK | TcpHeader.URG));
        table.add("two copies of a byte that differ", "passes, then dropped (unknown-name)", a -> a.open(443)
                .data(0, Arrays.copyOf(GOOD, 50)).data(49, new byte[] {(byte) ~GOOD[49]}));
        table.add("data far ahead, while the name is not known", "dropped (invalid-state)", a -> a.open(443).data(100_000, new byte[1000]));
        table.add("data before the first byte, which the server has", "passes, then dropped (name)", a -> a.open(443).data(-400, new byte[400]).data(0, EVIL));
        table.add("data behind a FIN", "passes, then dropped (unknown-name)", a -> a.open(443).data(0, new byte[0], ACK | TcpHeader.FIN).data(0, EVIL));
        table.add("the server speaks first, on a port that needs a name", "dropped (unknown-name)", a -> a.open(443).serverSays(0, ascii("220 hello\r\n")));
    }
}

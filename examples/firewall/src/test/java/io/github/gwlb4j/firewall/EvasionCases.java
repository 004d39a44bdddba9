package io.github.gwlb4j.firewall;

import static io.github.gwlb4j.firewall.Attack.CLIENT;
import static io.github.gwlb4j.firewall.Attack.CLIENT_6;
import static io.github.gwlb4j.firewall.Attack.PORT;
import static io.github.gwlb4j.firewall.Attack.SERVER;
import static io.github.gwlb4j.firewall.Attack.SERVER_6;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.ascii;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.clientHello;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.dnsQuery;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.extension;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.helloWithExtensions;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.inRecordsOf;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.join;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.serverName;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.u16;
import static io.github.gwlb4j.firewall.inspect.ClientBytes.withLength;

import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.simulator.packet.Fragmenter;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** What people try in order to get past a firewall, and what must become of it. */
final class EvasionCases {
    /** Allowed: names under good.example on the web and in DNS, and port 9000. */
    static final List<String> ALLOW_LIST = List.of(
            "allow tcp to any port 80,443 domain .good.example",
            "allow any to any port 53 domain .good.example",
            "allow any to any port 9000",
            "default deny");
    /** Everything is allowed but TCP port 23 and the names under evil.example. */
    static final List<String> DENY_LIST = List.of(
            "deny tcp port 23",
            "deny any domain .evil.example",
            "default allow");

    private static final int ACK = TcpHeader.ACK;
    private static final int DESTINATION_OPTIONS = IpProtocol.DESTINATION_OPTIONS;
    private static final byte[] GOOD = clientHello("www.good.example");
    private static final byte[] EVIL = clientHello("www.evil.example");

    private final List<Case> cases = new ArrayList<>();
    private String group;

    /** One line of the table. */
    record Case(String group, String what, String verdict, List<String> rules, Consumer<Attack> script) {
        @Override
        public String toString() {
            return group + ": " + what;
        }
    }

    private EvasionCases() {
    }

    static List<Case> all() {
        EvasionCases table = new EvasionCases();
        table.addFragments();
        table.addChecksums();
        table.addDecoys();
        table.addFlags();
        table.addServerNames();
        table.addHosts();
        table.addDns();
        table.addExtensionHeaders();
        return table.cases;
    }

    private void add(String what, String verdict, Consumer<Attack> script) {
        cases.add(new Case(group, what, verdict, ALLOW_LIST, script));
    }

    private void addWithDenyList(String what, String verdict, Consumer<Attack> script) {
        cases.add(new Case(group, what, verdict, DENY_LIST, script));
    }

    // ---- fragments

    private void addFragments() {
        group = "Fragments";
        add("a datagram to an allowed port, in order", "passes", a -> udp(9000, 60).forEach(a::send));
        add("a datagram to a port that is not allowed", "dropped (rule), then dropped (fragment)", a -> udp(9001, 60).forEach(a::send));
        add("a later fragment before the first", "dropped (fragment), then passes", a -> {
            List<byte[]> fragments = udp(9000, 60);
            a.send(fragments.get(1)).send(fragments.get(0)).send(fragments.get(2));
        });
        addWithDenyList("a later fragment before the first, of what may be denied", "dropped (fragment), then dropped (rule)", a -> {
            List<byte[]> fragments = fragments(tcp(23, new byte[100]), 60);
            a.send(fragments.get(1)).send(fragments.get(0));
        });
        add("a fragment that overlaps the one before", "passes, then dropped (fragment)", a -> {
            List<byte[]> fragments = udp(9000, 60);
            a.send(fragments.get(0)).send(atOffset(fragments.get(1), 8)).send(fragments.get(1)).send(fragments.get(2));
        });
        add("the same fragment twice", "passes, then dropped (fragment), then passes", a -> {
            List<byte[]> fragments = udp(9000, 60);
            a.send(fragments.get(0)).send(fragments.get(1)).send(fragments.get(1)).send(fragments.get(2));
        });
        add("a second first fragment, with other ports", "passes, then dropped (fragment), then passes", a -> {
            List<byte[]> fragments = udp(9000, 60);
            a.send(fragments.get(0)).send(udp(23, 60).get(0)).send(fragments.get(1));
        });
        add("a first fragment of 8 bytes of TCP: ports, no flags", "dropped (fragment)", a -> fragments(tcp(9000, new byte[40]), 28).subList(0, 1).forEach(a::send));
        add("a fragment at offset 8, which would write the TCP flags", "passes, then dropped (fragment)", a -> {
            List<byte[]> fragments = fragments(tcp(9000, new byte[100]), 60);
            a.send(fragments.get(0)).send(atOffset(fragments.get(1), 8));
        });
        add("fragments that make up more than 65,535 bytes", "passes, then dropped (fragment)", a -> {
            List<byte[]> fragments = udp(9000, 60);
            a.send(fragments.get(0)).send(atOffset(fragments.get(2), 65_528));
        });
        add("two last fragments with different ends", "passes, then dropped (fragment)", a -> {
            List<byte[]> fragments = udp(9000, 60);
            a.send(fragments.get(0)).send(fragments.get(2)).send(atOffset(fragments.get(2), 400)).send(fragments.get(1));
        });
        add("IPv6: a fragment that overlaps the one before", "passes, then dropped (fragment)", a -> {
            List<byte[]> fragments = fragments(PacketBuilder.ipv6(CLIENT_6, SERVER_6).udp(PORT, 9000).payload(200).build(), 128);
            byte[] overlapping = fragments.get(1).clone();
            overlapping[43] = (byte) (16 | overlapping[43] & 7);
            a.send(fragments.get(0)).send(overlapping).send(fragments.get(1));
        });
        add("IPv6: an atomic fragment, which is a whole packet", "passes", a -> a.send(ipv6(9000, IpProtocol.FRAGMENT, new byte[] {IpProtocol.TCP, 0, 0, 0, 0, 0, 0, 9})));
        add("IPv6: a first fragment without the TCP header", "dropped (fragment)", a -> {
            byte[] behind = join(optionsHeader(IpProtocol.TCP, 8), Arrays.copyOfRange(syn6(9000), 40, 60));
            a.send(fragment6(DESTINATION_OPTIONS, 0, true, Arrays.copyOf(behind, 8)));
            a.send(fragment6(DESTINATION_OPTIONS, 8, false, Arrays.copyOfRange(behind, 8, 28)));
        });
        add("a ClientHello in IP fragments", "dropped (fragment)", a -> {
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

    private static List<byte[]> fragments(byte[] packet, int maxLength) {
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
        group = "Checksums";
        add("a decoy with an allowed name and a wrong TCP checksum, then the true name", "dropped (bad-checksum), then dropped (name)",
                a -> a.open(443).dataWithBadChecksum(0, GOOD).data(0, EVIL));
        add("the same with a wrong IPv4 header checksum", "dropped (bad-checksum), then dropped (name)",
                a -> a.open(443).dataWithBadIpChecksum(0, GOOD).data(0, EVIL));
        add("a SYN with a wrong checksum", "dropped (bad-checksum)", a -> {
            byte[] syn = tcp(9000, new byte[0]);
            syn[36] ^= 1;
            a.send(syn);
        });
        add("a reset with a wrong checksum, which would end the firewall's connection only", "dropped (bad-checksum), then dropped (name)", a -> {
            a.open(443);
            byte[] reset = a.segment(0, TcpHeader.RST, new byte[0], 64);
            reset[36] ^= 1;
            a.send(reset).data(0, EVIL);
        });
        add("a DNS query with a wrong UDP checksum", "dropped (bad-checksum)", a -> {
            byte[] query = query("www.good.example");
            query[27] ^= 1;
            a.send(query);
        });
        add("a DNS query without a UDP checksum, which IPv4 allows", "passes, then dropped (name)",
                a -> a.send(withoutChecksum(query("www.good.example"))).send(withoutChecksum(query("www.evil.example"))));
    }

    private static byte[] withoutChecksum(byte[] udp) {
        udp[26] = 0;
        udp[27] = 0;
        return udp;
    }

    // ---- decoys that die on the way

    private void addDecoys() {
        group = "Decoys that do not reach the server (low TTL)";
        add("a ClientHello with an allowed name, then the true one in its place", "passes, then dropped (invalid-state)",
                a -> a.open(443).dyingData(0, GOOD, ACK).data(0, EVIL).data(0, EVIL));
        add("the same, the true one in two halves", "passes, then dropped (invalid-state)", a -> a.open(443).dyingData(0, GOOD, ACK)
                .data(0, Arrays.copyOf(EVIL, 100)).data(100, Arrays.copyOfRange(EVIL, 100, EVIL.length)));
        add("only the bytes of the name, before the rest comes", "passes, then dropped (unknown-name)", a -> {
            int at = nameAt();
            a.open(443).dyingData(at, ascii("good"), ACK).data(0, EVIL).data(0, GOOD);
        });
        add("data in the SYN (TCP Fast Open), then other data", "passes, then dropped (invalid-state)", a -> a.toPort(443)
                .dyingData(0, GOOD, TcpHeader.SYN).serverAnswers().data(0, EVIL));
        add("a reset, then the true name", "passes, then dropped (name)", a -> a.open(443).dyingData(0, new byte[0], TcpHeader.RST).data(0, EVIL));
        add("a FIN, then the true name", "passes, then dropped (unknown-name)",
                a -> a.open(443).dyingData(0, new byte[0], ACK | TcpHeader.FIN).data(0, EVIL));
        add("a SYN with another sequence number before the true one, so that data seems to lie elsewhere", "passes, then dropped (name)",
                a -> a.toPort(443).dyingData(-500_000, new byte[0], TcpHeader.SYN).data(0, new byte[0], TcpHeader.SYN).serverAnswers()
                        .data(0, EVIL));
        add("a SYN with another sequence number after the true one", "passes, then dropped (name)",
                a -> a.toPort(443).data(0, new byte[0], TcpHeader.SYN).dyingData(500_000, new byte[0], TcpHeader.SYN).serverAnswers()
                        .data(0, EVIL));
        add("a ClientHello with an allowed name, then so many other connections that this one is read no longer, then the true name",
                "passes, then dropped (invalid-state)",
                a -> a.open(443).dyingData(0, GOOD, ACK).distract(EvasionLab.MAX_UNDECIDED).data(0, EVIL));
        add("half a ClientHello, then so many other connections that this one is read no longer, then the rest",
                "passes, then dropped (unknown-name)", a -> a.open(443).data(0, Arrays.copyOf(EVIL, 100)).distract(EvasionLab.MAX_UNDECIDED)
                        .data(100, Arrays.copyOfRange(EVIL, 100, EVIL.length)));
        add("an allowed request in a SYN with another sequence number, then the true SYN", "passes, then dropped (unknown-name)",
                a -> a.toPort(80).dyingData(-500_000, ascii("GET / HTTP/1.1\r\nHost: good.example\r\n\r\n"), TcpHeader.SYN)
                        .data(0, new byte[0], TcpHeader.SYN).serverAnswers().data(0, ascii("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")));
        add("an allowed name that the server has acknowledged; later data is the connection's own affair", "passes",
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
        group = "TCP flags and sequence numbers";
        int[] impossible = {0, TcpHeader.FIN, TcpHeader.SYN | TcpHeader.FIN, TcpHeader.SYN | TcpHeader.RST,
            TcpHeader.FIN | TcpHeader.PSH | TcpHeader.URG, 0xff};
        add("scans with impossible flags: none, FIN, SYN+FIN, SYN+RST, FIN+PSH+URG, all", "dropped (invalid-state)", a -> {
            for (int flags : impossible) {
                a.toPort(9000).send(a.segment(0, flags, new byte[0], 64));
            }
        });
        add("SYN+ACK to nobody", "dropped (mid-stream)", a -> a.toPort(9000).send(a.segment(0, TcpHeader.SYN | ACK, new byte[0], 64)));
        add("data without a handshake, to a port that needs a name", "dropped (mid-stream)", a -> a.toPort(443).data(0, EVIL));
        add("data after the SYN alone, to an allowed port", "passes",
                a -> a.toPort(9000).data(0, new byte[0], TcpHeader.SYN).data(0, new byte[10]));
        add("urgent data, which the server takes out of the stream", "dropped (unknown-name)",
                a -> a.open(443).data(0, GOOD, ACK | TcpHeader.URG));
        add("two copies of a byte that differ", "passes, then dropped (unknown-name)", a -> a.open(443)
                .data(0, Arrays.copyOf(GOOD, 50)).data(49, new byte[] {(byte) ~GOOD[49]}));
        add("data far ahead, while the name is not known", "dropped (invalid-state)", a -> a.open(443).data(100_000, new byte[1000]));
        add("data before the first byte, which the server has", "passes, then dropped (name)", a -> a.open(443).data(-400, new byte[400]).data(0, EVIL));
        add("data behind a FIN", "passes, then dropped (unknown-name)", a -> a.open(443).data(0, new byte[0], ACK | TcpHeader.FIN).data(0, EVIL));
        add("the server speaks first, on a port that needs a name", "dropped (unknown-name)", a -> a.open(443).serverSays(0, ascii("220 hello\r\n")));
    }

    // ---- server names in TLS

    private void addServerNames() {
        group = "Server names in TLS";
        add("an allowed name, split at every byte", "passes", a -> {
            a.open(443);
            for (int i = 0; i < GOOD.length; i++) {
                a.data(i, Arrays.copyOfRange(GOOD, i, i + 1));
            }
        });
        add("another name, split at every byte", "passes, then dropped (name)", a -> {
            a.open(443);
            for (int i = 0; i < EVIL.length; i++) {
                a.data(i, Arrays.copyOfRange(EVIL, i, i + 1));
            }
        });
        add("another name, its segments in reversed order", "passes, then dropped (name)", a -> {
            a.open(443);
            for (int i = EVIL.length - 1; i >= 0; i -= 100) {
                a.data(Math.max(0, i - 99), Arrays.copyOfRange(EVIL, Math.max(0, i - 99), i + 1));
            }
        });
        add("another name, over many TLS records", "dropped (name)", a -> a.open(443).data(0, inRecordsOf(9, EVIL)));
        add("an allowed name in upper case, with a dot at its end", "passes", a -> hello(a, serverName("WWW.GOOD.EXAMPLE.")));
        addWithDenyList("a denied name in upper case, with a dot at its end", "dropped (name)", a -> hello(a, serverName("WWW.EVIL.EXAMPLE.")));
        addWithDenyList("a denied name on another port", "dropped (name)", a -> a.open(8443).data(0, EVIL));
        add("a name that only ends like an allowed one", "dropped (name)", a -> hello(a, serverName("notgood.example")));
        add("an allowed name behind a NUL", "dropped (unknown-name)", a -> hello(a, serverName("evil.example\0.good.example")));
        add("two server names in one list", "dropped (unknown-name)", a -> hello(a, extension(0, join(u16(26),
                new byte[] {0}, u16(12), ascii("good.example"), new byte[] {0}, u16(8), ascii("evil.com")))));
        add("the extension twice", "dropped (unknown-name)", a -> hello(a, serverName("good.example"), serverName("evil.example")));
        add("no server name", "dropped (unknown-name)", a -> hello(a));
        add("no server name, but an encrypted ClientHello", "dropped (unknown-name)", a -> hello(a, extension(0xfe0d, new byte[100])));
        add("encrypted ClientHello: the outer name counts", "passes", a -> hello(a, serverName("good.example"), extension(0xfe0d, new byte[100])));
        add("a second ClientHello with another name, as after HelloRetryRequest", "passes, then dropped (invalid-state)", a -> a.open(443)
                .data(0, GOOD).serverAcknowledges(GOOD.length).data(GOOD.length, join(new byte[] {20, 3, 3, 0, 1, 1}, EVIL)));
        add("a second ClientHello with the same name", "passes", a -> a.open(443)
                .data(0, GOOD).serverAcknowledges(GOOD.length).data(GOOD.length, join(new byte[] {20, 3, 3, 0, 1, 1}, GOOD)));
        add("an address as name", "dropped (name)", a -> hello(a, serverName("192.0.2.1")));
        add("an SSLv2 ClientHello", "dropped (unknown-name)", a -> a.open(443).data(0, join(new byte[] {(byte) 0x80, 46, 1, 3, 1}, new byte[43])));
        add("another protocol on the port", "dropped (unknown-name)", a -> a.open(443).data(0, ascii("SSH-2.0-OpenSSH_9.6\r\n")));
        add("the start of a ClientHello, and then 16 KiB of nothing", "passes, then dropped (unknown-name)", a -> {
            byte[] endless = inRecordsOf(1, join(new byte[5], new byte[] {1, 0, 0x3f, 0}, new byte[0x3f00]));
            a.open(443);
            for (int at = 0; at <= 16 * 1024; at += 1024) {
                a.data(at, Arrays.copyOfRange(endless, at, at + 1024));
            }
        });
    }

    private static void hello(Attack attack, byte[]... extensions) {
        attack.open(443).data(0, helloWithExtensions(extensions));
    }

    // ---- hosts in HTTP

    private void addHosts() {
        group = "Hosts in HTTP";
        addHost("an allowed host with a port, in upper case, a dot at its end", "passes", "GET / HTTP/1.1|Host: WWW.Good.Example.:80");
        addHost("another host", "dropped (name)", "GET / HTTP/1.1|Host: evil.example");
        addHost("two Host lines", "dropped (unknown-name)", "GET / HTTP/1.1|Host: good.example|Host: evil.example");
        addHost("a folded line", "dropped (unknown-name)", "GET / HTTP/1.1|Host: good.example|X: y| Host: evil.example");
        addHost("a space before the colon", "dropped (unknown-name)", "GET / HTTP/1.1|Host : evil.example|Host: good.example");
        addHost("a request target with another host than Host", "dropped (unknown-name)", "GET http://evil.example/ HTTP/1.1|Host: good.example");
        addHost("user information before the host", "dropped (unknown-name)", "GET / HTTP/1.1|Host: good.example@evil.example");
        addHost("CONNECT to another host", "dropped (name)", "CONNECT evil.example:443 HTTP/1.1|Host: evil.example");
        addHost("a bare carriage return in a line", "dropped (unknown-name)", "GET / HTTP/1.1|X: y\rHost: evil.example|Host: good.example");
        addHost("empty lines before the request", "dropped (name)", "||GET / HTTP/1.1|Host: evil.example");
        addHost("no Host", "dropped (unknown-name)", "GET / HTTP/1.0|X: y");
        addHost("HTTP/2 without TLS", "dropped (unknown-name)", "PRI * HTTP/2.0||SM");
    }

    private void addHost(String what, String verdict, String head) {
        add(what, verdict, a -> a.open(80).data(0, ascii(head.replace("|", "\r\n") + "\r\n\r\n")));
    }

    // ---- questions in DNS

    private void addDns() {
        group = "Questions in DNS";
        add("an allowed name in mixed letter case (0x20)", "passes", a -> a.send(query("wWw.GOOD.eXample")));
        add("another name", "dropped (name)", a -> a.send(query("www.evil.example")));
        add("an allowed name first, another one in the same flow", "passes, then dropped (name), then passes",
                a -> a.send(query("good.example")).send(query("evil.example")).send(query("www.good.example")));
        add("two questions", "dropped (unknown-name)", a -> a.send(udp53(dnsQuery(1, "good.example", "evil.example"))));
        add("a compression pointer in the question", "dropped (unknown-name)",
                a -> a.send(udp53(with(join(dnsQuery(1), new byte[] {4}, ascii("evil"), new byte[] {(byte) 0xc0, 12, 0, 1, 0, 1}), 5, 1))));
        add("a dot inside a label", "dropped (unknown-name)", a -> a.send(udp53(
                with(join(dnsQuery(1), new byte[] {12}, ascii("good.example"), new byte[] {0, 0, 1, 0, 1}), 5, 1))));
        add("a response instead of a query", "dropped (unknown-name)", a -> a.send(udp53(with(dnsQuery(1, "good.example"), 2, 0x80))));
        add("a query in IP fragments", "dropped (fragment)", a -> fragments(udp53(join(dnsQuery(1, "good.example"), new byte[100])), 100).forEach(a::send));
        add("over TCP, split at every byte", "passes, then dropped (name)", a -> {
            byte[] message = withLength(dnsQuery(1, "evil.example"));
            a.open(53);
            for (int i = 0; i < message.length; i++) {
                a.data(i, Arrays.copyOfRange(message, i, i + 1));
            }
        });
        add("over TCP, another name behind an allowed one in one segment", "dropped (name)", a -> a.open(53)
                .data(0, join(withLength(dnsQuery(1, "good.example")), withLength(dnsQuery(2, "evil.example")))));
        add("over TCP, another name later in the connection", "passes, then dropped (name)", a -> {
            byte[] first = withLength(dnsQuery(1, "good.example"));
            a.open(53).data(0, first).serverAcknowledges(first.length).data(first.length, withLength(dnsQuery(2, "evil.example")));
        });
        add("over TCP, an allowed name, then so many other connections that this one is read no longer, then another name",
                "passes, then dropped (unknown-name)", a -> {
                    byte[] first = withLength(dnsQuery(1, "good.example"));
                    a.open(53).data(0, first).distract(EvasionLab.MAX_UNDECIDED).data(first.length, withLength(dnsQuery(2, "evil.example")));
                });
    }

    private static byte[] query(String name) {
        return udp53(dnsQuery(1, name));
    }

    private static byte[] udp53(byte[] message) {
        return PacketBuilder.ipv4(CLIENT, SERVER).udp(PORT, 53).payload(message).build();
    }

    private static byte[] with(byte[] bytes, int index, int value) {
        bytes[index] = (byte) value;
        return bytes;
    }

    // ---- extension headers of IPv6

    private void addExtensionHeaders() {
        group = "Extension headers of IPv6";
        add("hop-by-hop options before an allowed port", "passes", a -> a.send(ipv6(9000, IpProtocol.HOP_BY_HOP, optionsHeader(IpProtocol.TCP, 8))));
        addWithDenyList("hop-by-hop and destination options before a denied port", "dropped (rule)", a -> a.send(ipv6(23, IpProtocol.HOP_BY_HOP,
                join(optionsHeader(DESTINATION_OPTIONS, 24), optionsHeader(IpProtocol.TCP, 64)))));
        addWithDenyList("a routing header before a denied port", "dropped (rule)",
                a -> a.send(ipv6(23, IpProtocol.ROUTING, new byte[] {IpProtocol.TCP, 0, 4, 0, 0, 0, 0, 0})));
        addWithDenyList("an authentication header before a denied port", "dropped (rule)",
                a -> a.send(ipv6(23, IpProtocol.AUTHENTICATION, join(new byte[] {IpProtocol.TCP, 4, 0, 0, 0, 0, 0, 1}, new byte[16]))));
        addWithDenyList("an atomic fragment header before a denied port", "dropped (rule)",
                a -> a.send(ipv6(23, IpProtocol.FRAGMENT, new byte[] {IpProtocol.TCP, 0, 0, 0, 0, 0, 0, 9})));
        addWithDenyList("16 headers before a denied port", "dropped (rule)", a -> a.send(ipv6(23, DESTINATION_OPTIONS, chain(16))));
        addWithDenyList("17 headers", "dropped (inner packet: too many IPv6 extension headers)",
                a -> a.send(ipv6(9000, DESTINATION_OPTIONS, chain(17))));
        addWithDenyList("a header that is longer than the packet", "dropped (inner packet: IPv6 extension header is truncated)", a -> a.send(ipv6(9000, DESTINATION_OPTIONS,
                new byte[] {IpProtocol.TCP, (byte) 255, 0, 0, 0, 0, 0, 0})));
        addWithDenyList("fragmented, with further headers behind the fragment header: the first does not pass, the rest alone is nothing",
                "dropped (fragment), then passes", a -> {
            byte[] behind = join(optionsHeader(IpProtocol.TCP, 8), Arrays.copyOfRange(syn6(9000), 40, 60), new byte[20]);
            a.send(fragment6(DESTINATION_OPTIONS, 0, true, Arrays.copyOf(behind, 40)));
            a.send(fragment6(DESTINATION_OPTIONS, 40, false, Arrays.copyOfRange(behind, 40, 48)));
        });
        addWithDenyList("a denied server name behind extension headers", "passes, then dropped (name)", EvasionCases::helloBehindHeaders);
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
    private static byte[] ipv6(int port, int firstHeader, byte[] headers) {
        return withHeader(syn6(port), firstHeader, headers);
    }

    private static byte[] syn6(int port) {
        return PacketBuilder.ipv6(CLIENT_6, SERVER_6).tcp(PORT, port).flags(TcpHeader.SYN).build();
    }

    /** A fragment of an IPv6 packet, made by hand; its fragment header says what comes next. */
    private static byte[] fragment6(int next, int offset, boolean hasMore, byte[] data) {
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
    private static byte[] optionsHeader(int next, int length) {
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

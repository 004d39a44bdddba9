package io.github.gwlb4j.firewall;

import static io.github.gwlb4j.firewall.Attack.CLIENT;
import static io.github.gwlb4j.firewall.Attack.PORT;
import static io.github.gwlb4j.firewall.Attack.SERVER;
import static io.github.gwlb4j.firewall.TransportEvasions.fragments;
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

import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.util.Arrays;

/** What is tried with the names that clients say: in TLS, in HTTP, in DNS. */
final class NameEvasions {
    private static final byte[] GOOD = clientHello("www.good.example");
    private static final byte[] EVIL = clientHello("www.evil.example");

    private final EvasionCases table;

    NameEvasions(EvasionCases table) {
        this.table = table;
    }

    void add() {
        addServerNames();
        addHosts();
        addDns();
    }

    // ---- server names in TLS

    private void addServerNames() {
        table.begin("Server names in TLS");
        table.add("an allowed name, split at every byte", "passes", a -> {
            a.open(443);
            for (int i = 0; i < GOOD.length; i++) {
                a.data(i, Arrays.copyOfRange(GOOD, i, i + 1));
            }
        });
        table.add("another name, split at every byte", "passes, then dropped (name)", a -> {
            a.open(443);
            for (int i = 0; i < EVIL.length; i++) {
                a.data(i, Arrays.copyOfRange(EVIL, i, i + 1));
            }
        });
        table.add("another name, its segments in reversed order", "passes, then dropped (name)", a -> {
            a.open(443);
            for (int i = EVIL.length - 1; i >= 0; i -= 100) {
                a.data(Math.max(0, i - 99), Arrays.copyOfRange(EVIL, Math.max(0, i - 99), i + 1));
            }
        });
        table.add("another name, over many TLS records", "dropped (name)", a -> a.open(443).data(0, inRecordsOf(9, EVIL)));
        table.add("an allowed name in upper case, with a dot at its end", "passes", a -> hello(a, serverName("WWW.GOOD.EXAMPLE.")));
        table.addWithDenyList("a denied name in upper case, with a dot at its end", "dropped (name)", a -> hello(a, serverName("WWW.EVIL.EXAMPLE.")));
        table.addWithDenyList("a denied name on another port", "dropped (name)", a -> a.open(8443).data(0, EVIL));
        table.add("a name that only ends like an allowed one", "dropped (name)", a -> hello(a, serverName("notgood.example")));
        table.add("an allowed name behind a NUL", "dropped (unknown-name)", a -> hello(a, serverName("evil.example\0.good.example")));
        table.add("two server names in one list", "dropped (unknown-name)", a -> hello(a, extension(0, join(u16(26),
                new byte[] {0}, u16(12), ascii("good.example"), new byte[] {0}, u16(8), ascii("evil.com")))));
        table.add("the extension twice", "dropped (unknown-name)", a -> hello(a, serverName("good.example"), serverName("evil.example")));
        table.add("no server name", "dropped (unknown-name)", a -> hello(a));
        table.add("no server name, but an encrypted ClientHello", "dropped (unknown-name)", a -> hello(a, extension(0xfe0d, new byte[100])));
        table.add("encrypted ClientHello: the outer name counts", "passes", a -> hello(a, serverName("good.example"), extension(0xfe0d, new byte[100])));
        table.add("a second ClientHello with another name, as after HelloRetryRequest", "passes, then dropped (invalid-state)", a -> a.open(443)
                .data(0, GOOD).serverAcknowledges(GOOD.length).data(GOOD.length, join(new byte[] {20, 3, 3, 0, 1, 1}, EVIL)));
        table.add("the same, behind an empty record", "passes, then dropped (invalid-state)", a -> a.open(443)
                .data(0, GOOD).serverAcknowledges(GOOD.length).data(GOOD.length, join(new byte[] {22, 3, 3, 0, 0}, EVIL)));
        table.add("the same, in 20 KiB", "passes, then dropped (invalid-state)", a -> a.open(443).data(0, GOOD).serverAcknowledges(GOOD.length)
                .data(GOOD.length, inRecordsOf(10_000, helloWithExtensions(serverName("evil.example"), extension(21, new byte[20_000])))));
        table.add("a second ClientHello with the same name", "passes", a -> a.open(443)
                .data(0, GOOD).serverAcknowledges(GOOD.length).data(GOOD.length, join(new byte[] {20, 3, 3, 0, 1, 1}, GOOD)));
        table.add("an address as name", "dropped (name)", a -> hello(a, serverName("192.0.2.1")));
        table.add("an SSLv2 ClientHello", "dropped (unknown-name)", a -> a.open(443).data(0, join(new byte[] {(byte) 0x80, 46, 1, 3, 1}, new byte[43])));
        table.add("another protocol on the port", "dropped (unknown-name)", a -> a.open(443).data(0, ascii("SSH-2.0-OpenSSH_9.6\r\n")));
        table.add("the start of a ClientHello, and then 16 KiB of nothing", "passes, then dropped (unknown-name)", a -> {
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
        table.begin("Hosts in HTTP");
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
        table.add(what, verdict, a -> a.open(80).data(0, ascii(head.replace("|", "\r\n") + "\r\n\r\n")));
    }

    // ---- questions in DNS

    private void addDns() {
        table.begin("Questions in DNS");
        table.add("an allowed name in mixed letter case (0x20)", "passes", a -> a.send(query("wWw.GOOD.eXample")));
        table.add("another name", "dropped (name)", a -> a.send(query("www.evil.example")));
        table.add("an allowed name first, another one in the same flow", "passes, then dropped (name), then passes",
                a -> a.send(query("good.example")).send(query("evil.example")).send(query("www.good.example")));
        table.add("two questions", "dropped (unknown-name)", a -> a.send(udp53(dnsQuery(1, "good.example", "evil.example"))));
        table.add("a compression pointer in the question", "dropped (unknown-name)",
                a -> a.send(udp53(with(join(dnsQuery(1), new byte[] {4}, ascii("evil"), new byte[] {(byte) 0xc0, 12, 0, 1, 0, 1}), 5, 1))));
        table.add("a dot inside a label", "dropped (unknown-name)", a -> a.send(udp53(
                with(join(dnsQuery(1), new byte[] {12}, ascii("good.example"), new byte[] {0, 0, 1, 0, 1}), 5, 1))));
        table.add("a response instead of a query", "dropped (unknown-name)", a -> a.send(udp53(with(dnsQuery(1, "good.example"), 2, 0x80))));
        table.add("a query in IP fragments", "dropped (fragment)", a -> fragments(udp53(join(dnsQuery(1, "good.example"), new byte[100])), 100).forEach(a::send));
        table.add("over TCP, split at every byte", "passes, then dropped (name)", a -> {
            byte[] message = withLength(dnsQuery(1, "evil.example"));
            a.open(53);
            for (int i = 0; i < message.length; i++) {
                a.data(i, Arrays.copyOfRange(message, i, i + 1));
            }
        });
        table.add("over TCP, another name behind an allowed one in one segment", "dropped (name)", a -> a.open(53)
                .data(0, join(withLength(dnsQuery(1, "good.example")), withLength(dnsQuery(2, "evil.example")))));
        table.add("over TCP, another name later in the connection", "passes, then dropped (name)", a -> {
            byte[] first = withLength(dnsQuery(1, "good.example"));
            a.open(53).data(0, first).serverAcknowledges(first.length).data(first.length, withLength(dnsQuery(2, "evil.example")));
        });
        table.add("over TCP, an allowed name, then so many other connections that this one is read no longer, then another name",
                "passes, then dropped (unknown-name)", a -> {
                    byte[] first = withLength(dnsQuery(1, "good.example"));
                    a.open(53).data(0, first).distract(EvasionLab.MAX_UNDECIDED).data(first.length, withLength(dnsQuery(2, "evil.example")));
                });
    }

    static byte[] query(String name) {
        return udp53(dnsQuery(1, name));
    }

    private static byte[] udp53(byte[] message) {
        return PacketBuilder.ipv4(CLIENT, SERVER).udp(PORT, 53).payload(message).build();
    }

    private static byte[] with(byte[] bytes, int index, int value) {
        bytes[index] = (byte) value;
        return bytes;
    }
}

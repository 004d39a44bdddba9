package io.github.gwlb4j;

import io.github.gwlb4j.fuzzing.Fuzzer;
import io.github.gwlb4j.fuzzing.Messages;
import io.github.gwlb4j.geneve.aws.EndpointId;
import io.github.gwlb4j.gwlb.capture.CaptureFilter;
import io.github.gwlb4j.handler.options.CpuList;
import io.github.gwlb4j.handler.options.LogLevels;
import io.github.gwlb4j.packet.Cidr;
import io.github.gwlb4j.packet.IpAddress;
import io.github.gwlb4j.simulator.PacketFilter;
import io.github.gwlb4j.simulator.load.PacketSizes;
import io.github.gwlb4j.simulator.packet.AddressText;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import io.github.gwlb4j.tun.LinkAddress;
import io.github.gwlb4j.tun.TunConfig;
import java.net.InetAddress;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Short text that people write into options and files: read, and written again it means the same, or refused in one line. */
public class TextFormsFuzzTest {
    private static final byte[] PACKET = PacketBuilder.ipv4("10.0.0.1", "192.0.2.1").tcp(4711, 443).build();

    @Test
    void shouldReadTextFormsOrRefuseThemInOneLine() {
        Fuzzer.of("text-forms", TextFormsFuzzTest::fuzzerTestOneInput)
                .seeds("vpce-0123456789abcdef0", "10.0.0.0/8", "2001:db8::/32", "2001:db8:0:1::/64", "2001:db8::f000:0:0:0/68", "::ffff:192.0.2.1", "any", "192.0.2.1/24", "fe80::1%eth0", "gwi-%d", "0-2,5,7-8",
                        "core=debug,udp=important,all=off", "64:7,576:4,1500:1", "imix", "4gFkc2Xw", "1.2.3.4", "1.2.3")
                .words("vpce-", "::", "%d", "/", "/0", "/128", "/33", "255", "256", "ffff", "1023", "=trace", "\u0130", "X").maxLength(2000).run(3_000);
    }

    @Test
    void shouldReadFiltersOrRefuseThemInOneLine() {
        Fuzzer.of("filters", TextFormsFuzzTest::tryFilters)
                .seeds("udp port 443", "tcp dst 10.0.0.0/8 not dport 80-90", "verdict dropped and (udp port 53 or icmp)", "!(ip6 || src net fd00::/8) && all",
                        "reason send-failed or (note x and cookie 0x89abcdef)", "endpoint vpce-0123456789abcdef0 kind http6 portrange 1-2 proto esp fragment")
                .words("and", "or", "not", "(", ")", "!", "&&", "||", "host", "src", "dst", "port", "sport", "proto", "255", "kind", "verdict", "reason", "note", "cookie")
                .maxLength(6000).run(2_500);
    }

    /** Also Jazzer's entry. */
    public static void fuzzerTestOneInput(byte[] input) {
        String text = Messages.text(input);
        parse(text, EndpointId::parseHex, id -> require(id == EndpointId.parseHex(EndpointId.toHex(id)), "hex of " + id));
        parse(text, EndpointId::parseBase60, id -> require(id == EndpointId.parseBase60(EndpointId.toBase60(id)), "base 60 of " + id));
        parse(text, Cidr::parse, TextFormsFuzzTest::requireSameNetwork);
        parse(text, AddressText::parse, address -> require(address.equals(AddressText.parse(address.getHostAddress())), "address " + address));
        parse(text, LinkAddress::parse, address -> require(address.equals(LinkAddress.parse(address.toString())), "link address " + address));
        parse(text, CpuList::parse, list -> require(!list.cpus().isEmpty(), "empty list"));
        parse(text, LogLevels::parse, levels -> { });
        parse(text, PacketSizes::parse, sizes -> require(sizes.ofRun(0) <= sizes.longest(), "longest"));
        parse(text, name -> TunConfig.builder(name), config -> { });
        tryFilters(input);
    }

    private static void tryFilters(byte[] input) {
        String text = Messages.text(input);
        parse(text, PacketFilter::parse, filter -> filter.matches("http", 1, PACKET));
        parse(text, PacketFilter::parse, filter -> require(filter.matches("x", 7, PACKET) == PacketFilter.parse(filter.toString()).matches("x", 7, PACKET), "filter"));
        parse(text, CaptureFilter::parse, filter -> { });
    }

    private static void requireSameNetwork(Cidr network) {
        if (network.version() == 0) {
            return;
        }
        String text = IpAddress.format(network.version(), network.firstHigh(), network.firstLow());
        Cidr again = Cidr.parse(text + "/" + network.prefixLength());
        require(again.version() == network.version() && again.firstHigh() == network.firstHigh() && again.firstLow() == network.firstLow()
                && again.prefixLength() == network.prefixLength(), "network " + network + " as " + again);
        requireSameAddresses(network);
        InetAddress address = AddressText.parse(text);
        require(address.getAddress().length == (network.version() == 4 ? 4 : 16) || text.startsWith("::ffff:"), "version of " + text);
    }

    /** An address belongs to the network if its bits, but for the last ones, are those of the network: asked of one bit after the other. */
    private static void requireSameAddresses(Cidr network) {
        int bits = network.version() == 4 ? Integer.SIZE : 2 * Long.SIZE;
        for (int bit = 0; bit < bits; bit++) {
            int fromTheEnd = bits - 1 - bit;
            long high = network.firstHigh() ^ (fromTheEnd >= Long.SIZE ? 1L << fromTheEnd - Long.SIZE : 0);
            long low = network.firstLow() ^ (fromTheEnd < Long.SIZE ? 1L << fromTheEnd : 0);
            require(network.contains(network.version(), high, low) == bit >= network.prefixLength(), "bit " + bit + " of " + network);
        }
    }

    private static <T> void parse(String text, Function<String, T> parser, Consumer<T> check) {
        T value;
        try {
            value = parser.apply(text);
        } catch (IllegalArgumentException e) {
            if (!text.matches("(?s).*\\R.*") && text.length() < 1000) {
                Messages.requireOneLine(e.getMessage());
            }
            return;
        }
        check.accept(value);
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}

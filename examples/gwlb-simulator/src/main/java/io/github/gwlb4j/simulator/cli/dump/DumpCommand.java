package io.github.gwlb4j.simulator.cli.dump;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.pcap.HexReader;
import io.github.gwlb4j.pcap.PacketSource;
import io.github.gwlb4j.pcap.PcapPacket;
import io.github.gwlb4j.pcap.StartLayer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code gwlb-simulator dump}: prints the GENEVE datagrams of a capture and says which are bad and why. */
@Command(
        name = "dump",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description = {
            "Prints each GENEVE datagram of a capture: header, options (those of AWS by name), inner packet, and whether an "
                + "endpoint takes it. Ends with totals by status.",
            ""},
        footer = {
            "",
            "Status: OK, or the first reason not to take the datagram: the outer UDP checksum (--verify-checksum), GENEVE itself "
                + "(RFC 8926), what the capture cut off (PAYLOAD_TRUNCATED), the inner packet's IP header. An odd TCP, UDP or ICMP "
                + "header is no reason; the text says it.",
            "",
            "Exit code: 0 the capture was read to its end, whatever is in it; 2 command line or file is wrong, what came before "
                + "the damage is printed.",
            "",
            "  gwlb-simulator dump --gwlb appliance.pcap",
            "  tcpdump -w - -c 100 udp port 6081 | gwlb-simulator dump --json -"})
public final class DumpCommand implements Callable<Integer> {
    private static final String STANDARD_INPUT = "-";

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "pcap, pcapng or hex dump, told apart by content; '-' is standard input.")
    private String file;

    @Option(names = "--json", description = "One JSON object a line for each UDP datagram to the port, and nothing else.")
    private boolean isJson;

    @Option(names = "--port", paramLabel = "N", defaultValue = "" + Geneve.UDP_PORT,
            description = "UDP destination port of GENEVE. Default: ${DEFAULT-VALUE}.")
    private int port;

    @Option(names = "--verify-checksum", description = "A wrong outer UDP checksum is bad. (Captures made on the sending machine "
            + "often have wrong ones, because its network card fills them in later.)")
    private boolean isChecksumVerified;

    @Option(names = "--gwlb", description = "Everything is bad that an appliance behind a Gateway Load Balancer does not take: only "
            + "VNI 0, bare IPv4 or IPv6, endpoint id and flow cookie.")
    private boolean isGwlbOnly;

    @Option(names = "--class", paramLabel = "N", defaultValue = "0x0108",
            description = "Option class of the load balancer, decimal or 0x hex (Tencent Cloud: 0x0167). Default: ${DEFAULT-VALUE}.")
    private String optionClass;

    @Option(names = "--hex", description = "The file is a hex dump: one packet a line, '#' starts a comment.")
    private boolean isHex;

    @Option(names = "--start", paramLabel = "LAYER", defaultValue = "AUTO",
            description = "Where the packets of a hex dump start: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private StartLayer start;

    /** Made by picocli. */
    public DumpCommand() {
    }

    @Override
    public Integer call() throws IOException {
        DumpRules rules = rules();
        PrintWriter out = spec.commandLine().getOut();
        DumpFormat format = isJson ? new JsonFormat(out) : new TextFormat(out, rules);
        DumpTotals totals = new DumpTotals();
        try (PacketSource source = open()) {
            dump(source, new CapturedDatagram(rules), format, totals);
        }
        return 0;
    }

    private static void dump(PacketSource source, CapturedDatagram datagram, DumpFormat format, DumpTotals totals) throws IOException {
        PcapPacket packet = new PcapPacket();
        try {
            while (source.next(packet)) {
                if (datagram.decode(packet)) {
                    totals.countDatagram(datagram.status());
                    format.datagram(datagram);
                } else {
                    totals.countOther(datagram.outer().status());
                }
            }
        } finally {
            format.end(totals); // a damaged capture's packets before the damage count as well
        }
    }

    private PacketSource open() throws IOException {
        boolean isStandardInput = file.equals(STANDARD_INPUT);
        if (!isStandardInput && Files.isDirectory(Path.of(file))) {
            throw new IOException("cannot read " + file + ": it is a directory");
        }
        if (isHex || start != StartLayer.AUTO) {
            return isStandardInput ? HexReader.open(System.in, "standard input", start, port) : HexReader.open(Path.of(file), start, port);
        }
        return isStandardInput ? PacketSource.open(System.in, "standard input", port) : PacketSource.open(Path.of(file), port);
    }

    private DumpRules rules() {
        if (port < 0 || port > 0xffff) {
            throw new ParameterException(spec.commandLine(), "--port " + port + " is not in 0..65535");
        }
        return new DumpRules(port, parseClass(), isGwlbOnly, isChecksumVerified);
    }

    private int parseClass() {
        try {
            int number = Integer.decode(optionClass);
            if (number >= 0 && number <= 0xffff) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new ParameterException(spec.commandLine(), "--class " + optionClass + " is not in 0..65535 (0x" + Integer.toHexString(Gwlb.OPTION_CLASS)
                + " is AWS, 0x" + Integer.toHexString(Gwlb.OPTION_CLASS_TENCENT) + " is Tencent Cloud)");
    }
}

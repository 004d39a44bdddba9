package io.github.gwlb4j.firewall.rules;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code firewall explain}: says which rule decides about a packet, and why not those before it. */
@Command(name = "explain", mixinStandardHelpOptions = true,
        description = "Says which rule of a file decides about a packet, and which condition of each rule before it the packet does not meet.",
        footer = {"", "Examples (quote the >):",
            "  explain my.rules 'tcp 10.0.0.1:4711 > 192.0.2.1:443 domain www.example.com'",
            "  explain my.rules 'udp [2001:db8::1]:5353 > [2001:db8::2]:53 endpoint vpce-0123456789abcdef0'",
            "  explain my.rules capture.pcap     # its first packet; inside GENEVE if it is GENEVE",
            "Exit code 2: the rules or the packet cannot be read."})
public final class ExplainCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "RULES", description = "The rule file.")
    private Path file;

    @Parameters(index = "1", arity = "1..*", paramLabel = "PACKET", description = PacketArgument.SYNTAX + ". Without flags, TCP is a SYN.")
    private List<String> packet;

    @Spec
    private CommandSpec spec;

    /** Made by picocli. */
    public ExplainCommand() {
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        String error;
        try {
            Policy policy = PolicyFile.read(file);
            out.print(Explanation.of(policy, PacketArgument.parse(String.join(" ", packet))));
            out.flush();
            return 0;
        } catch (RuleFileException | IllegalArgumentException e) {
            error = e.getMessage();
        } catch (IOException e) {
            error = "cannot read the capture: " + e.getMessage();
        }
        spec.commandLine().getErr().println("firewall: " + String.valueOf(error).replaceAll("\\s*\\R\\s*", " "));
        return CheckCommand.EXIT_RULES_WRONG;
    }
}

package io.github.gwlb4j.firewall;

import io.github.gwlb4j.geneve.aws.EndpointId;
import io.github.gwlb4j.packet.Cidr;
import io.github.gwlb4j.packet.IpProtocol;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/**
 * Reads rule files. One rule a line, first match wins, {@code #} starts a comment:
 *
 * <pre>
 *   allow|deny [PROTOCOL] [from ADDRESS [port PORTS]] [to ADDRESS [port PORTS]] [port PORTS] [endpoint ID]
 *   default allow|deny
 * </pre>
 */
final class RuleParser {
    private static final Map<String, Integer> PROTOCOLS = Map.of(
            "any", Rule.ANY_PROTOCOL, "icmp", Rule.ANY_ICMP, "tcp", IpProtocol.TCP, "udp", IpProtocol.UDP,
            "sctp", IpProtocol.SCTP, "gre", IpProtocol.GRE, "esp", IpProtocol.ESP);
    private static final String SYNTAX =
            "allow|deny [PROTOCOL] [from ADDRESS [port PORTS]] [to ADDRESS [port PORTS]] [port PORTS] [endpoint ID]";

    private static final int MAX_BYTES = 16 << 20;
    private static final int MAX_LINE = 4096;

    private final String file;
    private final List<Rule> rules = new ArrayList<>();
    private Rule defaultPolicy;

    private RuleParser(String file) {
        this.file = file;
    }

    static RuleSet parse(Path path) throws RuleFileException {
        try {
            return parse(path.toString(), read(path));
        } catch (NoSuchFileException e) {
            throw new RuleFileException(path + ": no such file");
        } catch (CharacterCodingException e) {
            throw new RuleFileException(path + ": not a text file (UTF-8)");
        } catch (AccessDeniedException e) {
            throw new RuleFileException(path + ": no permission to read it");
        } catch (IOException e) {
            throw new RuleFileException(path + ": cannot read it: "
                    + (Files.isDirectory(path) ? "it is a directory" : e.getClass().getSimpleName()));
        }
    }

    /** Reads no more than the limit, whatever the file system says about the size: devices and pipes have none. */
    private static List<String> read(Path path) throws IOException, RuleFileException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(path)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        }
        if (bytes.length > MAX_BYTES) {
            throw new RuleFileException(path + ": not a rule file: more than " + (MAX_BYTES >> 20) + " MiB");
        }
        String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        // Windows editors start a text file with a byte order mark.
        return (text.startsWith("\ufeff") ? text.substring(1) : text).lines().toList();
    }

    static RuleSet parse(String file, List<String> lines) throws RuleFileException {
        RuleParser parser = new RuleParser(file);
        for (int i = 0; i < lines.size(); i++) {
            parser.parseLine(i + 1, lines.get(i));
        }
        parser.rules.add(parser.defaultPolicy != null ? parser.defaultPolicy : Rule.defaultPolicy(false, 0));
        return new RuleSet(parser.rules);
    }

    private void parseLine(int number, String line) throws RuleFileException {
        int comment = line.indexOf('#');
        String text = (comment < 0 ? line : line.substring(0, comment)).strip();
        if (text.isEmpty()) {
            return;
        }
        try {
            requireText(text);
            Deque<String> words = new ArrayDeque<>(Arrays.asList(text.split("\\s+")));
            if (words.peek().equals("default")) {
                parseDefault(number, words);
            } else {
                rules.add(parseRule(number, words, text));
            }
        } catch (IllegalArgumentException e) {
            throw new RuleFileException(file + ":" + number + ": " + e.getMessage());
        }
    }

    /** Messages quote the file: a line of another kind of file must not fill or steer the reader's terminal. */
    private static void requireText(String line) {
        if (line.length() > MAX_LINE || line.chars().anyMatch(c -> Character.isISOControl(c) && c != '\t')) {
            throw new IllegalArgumentException(line.length() > MAX_LINE ? "more than " + MAX_LINE + " characters in a line"
                    : "a control character in a line: not a text file");
        }
    }

    private void parseDefault(int number, Deque<String> words) {
        words.remove();
        boolean isAllow = parseAction(words.isEmpty() ? "" : words.remove(), "'default' must be followed by allow or deny");
        requireEnd(words);
        if (defaultPolicy != null) {
            throw new IllegalArgumentException("the default policy is set already in line " + defaultPolicy.line());
        }
        defaultPolicy = Rule.defaultPolicy(isAllow, number);
    }

    private static boolean parseAction(String word, String message) {
        if (!word.equals("allow") && !word.equals("deny")) {
            throw new IllegalArgumentException(message);
        }
        return word.equals("allow");
    }

    private static Rule parseRule(int number, Deque<String> words, String text) {
        String action = words.remove();
        boolean isAllow = parseAction(action, "'" + action + "' is not an action; expected " + SYNTAX + ", or default allow|deny");
        int protocol = Rule.ANY_PROTOCOL;
        if (!words.isEmpty() && !isClause(words.peek())) {
            protocol = parseProtocol(words.remove());
        }
        Cidr[] ends = {null, null};
        PortRanges[] ports = {PortRanges.ANY, PortRanges.ANY, null};
        Long endpointId = null;
        while (!words.isEmpty()) {
            String clause = words.remove();
            int end = clause.equals("from") ? 0 : clause.equals("to") ? 1 : -1;
            if (clause.equals("port") && ports[2] == null) {
                ports[2] = PortRanges.parse(value(words, clause));
            } else if (clause.equals("endpoint") && endpointId == null) {
                endpointId = EndpointId.parseHex(value(words, clause));
            } else if (end >= 0 && ends[end] == null) {
                ends[end] = Cidr.parse(value(words, clause));
                if ("port".equals(words.peek())) {
                    words.remove();
                    ports[end] = PortRanges.parse(value(words, "port"));
                }
            } else {
                throw new IllegalArgumentException((isClause(clause) ? "'" + clause + "' is there twice" : "'" + clause
                        + "' is not expected here") + "; expected " + SYNTAX);
            }
        }
        ports[2] = ports[2] == null ? PortRanges.ANY : ports[2];
        requireFitting(protocol, ends, ports);
        return new Rule(number, isAllow, protocol, orAny(ends[0]), ports[0], orAny(ends[1]), ports[1], ports[2], endpointId != null,
                endpointId != null ? endpointId : 0, text);
    }

    private static boolean isClause(String word) {
        return word.equals("from") || word.equals("to") || word.equals("port") || word.equals("endpoint");
    }

    private static int parseProtocol(String word) {
        if (PROTOCOLS.containsKey(word)) {
            return PROTOCOLS.get(word);
        }
        if (word.matches("\\d{1,3}") && Integer.parseInt(word) <= 255) {
            return Integer.parseInt(word);
        }
        throw new IllegalArgumentException("'" + word + "' is not a protocol; expected any, tcp, udp, icmp, sctp, gre, esp or 0 to 255");
    }

    private static String value(Deque<String> words, String clause) {
        if (words.isEmpty()) {
            throw new IllegalArgumentException("'" + clause + "' needs a value");
        }
        return words.remove();
    }

    private static void requireEnd(Deque<String> words) {
        if (!words.isEmpty()) {
            throw new IllegalArgumentException("'" + words.peek() + "' is not expected here");
        }
    }

    private static void requireFitting(int protocol, Cidr[] ends, PortRanges[] ports) {
        boolean hasPorts = !ports[0].isAny() || !ports[1].isAny() || !ports[2].isAny();
        if (hasPorts && protocol != Rule.ANY_PROTOCOL && (protocol < 0 || !IpProtocol.hasPorts(protocol))) {
            throw new IllegalArgumentException("'port' needs a protocol that has ports: tcp, udp or sctp");
        }
        if (ends[0] != null && ends[1] != null && ends[0].version() * ends[1].version() != 0 && ends[0].version() != ends[1].version()) {
            throw new IllegalArgumentException("no packet goes from an IPv" + ends[0].version() + " to an IPv" + ends[1].version() + " address");
        }
    }

    private static Cidr orAny(Cidr range) {
        return range == null ? Cidr.ANY : range;
    }
}

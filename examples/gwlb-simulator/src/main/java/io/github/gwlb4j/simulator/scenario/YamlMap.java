package io.github.gwlb4j.simulator.scenario;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.parser.Parser;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * One mapping of a YAML file, read strictly: each key is taken once, and {@link #requireEmpty} refuses what nobody has taken.
 * Every error names file and line. Not thread-safe.
 */
final class YamlMap {
    private static final int MAX_DEPTH = 16;
    private static final int MAX_CODE_POINTS = 1 << 20;

    private final String file;
    private final String what;
    private final int line;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final List<String> known = new ArrayList<>();

    /** A key and its value. */
    private record Entry(int line, Node value) {
    }

    private YamlMap(String file, String what, Node node) throws ScenarioFileException {
        this.file = file;
        this.what = what;
        this.line = line(node);
        if (!(node instanceof MappingNode mapping)) {
            throw wrong(line, what + " must be lines of 'key: value'");
        }
        for (NodeTuple tuple : mapping.getValue()) {
            String key = scalar(tuple.getKeyNode(), what);
            int keyLine = line(tuple.getKeyNode());
            if (entries.put(key, new Entry(keyLine, tuple.getValueNode())) != null) {
                throw wrong(keyLine, "'" + key + "' is there twice in " + what);
            }
        }
    }

    /**
     * Reads a document.
     *
     * @param file is named in errors
     * @throws ScenarioFileException if it is no YAML, empty, or not a mapping
     */
    static YamlMap read(String file, String text) throws ScenarioFileException {
        LoadSettings settings = LoadSettings.builder().setAllowDuplicateKeys(true).setCodePointLimit(MAX_CODE_POINTS)
                .setMaxAliasesForCollections(0).setParseComments(false).build();
        try {
            requireShallow(file, parser(settings, text));
            Node root = new Composer(settings, parser(settings, text)).getSingleNode()
                    .orElseThrow(() -> new ScenarioFileException(file, 1, "the file is empty"));
            return new YamlMap(file, "the file", root);
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().or(e::getContextMark).map(mark -> mark.getLine() + 1).orElse(1);
            throw new ScenarioFileException(file, line, "this is no YAML: " + e.getProblem());
        } catch (YamlEngineException e) {
            throw new ScenarioFileException(file, 1, "this is no YAML: " + e.getMessage());
        }
    }

    /** The lowlevel package would be shorter, but snakeyaml-engine's module does not export it. */
    private static Parser parser(LoadSettings settings, String text) {
        return new ParserImpl(settings, new StreamReader(settings, text));
    }

    /** Nothing here needs to be deep. Asked of the events, because the composer calls itself for each level, and the stack ends. */
    private static void requireShallow(String file, Parser events) throws ScenarioFileException {
        int depth = 0;
        while (events.hasNext()) {
            Event event = events.next();
            depth += event instanceof CollectionStartEvent ? 1 : event instanceof CollectionEndEvent ? -1 : 0;
            if (depth > MAX_DEPTH) {
                int line = event.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
                throw new ScenarioFileException(file, line, "too deep: more than " + MAX_DEPTH + " levels");
            }
        }
    }

    private static int line(Node node) {
        return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
    }

    private ScenarioFileException wrong(int atLine, String problem) {
        return new ScenarioFileException(file, atLine, problem);
    }

    private String scalar(Node node, String key) throws ScenarioFileException {
        if (!(node instanceof ScalarNode scalar)) {
            throw wrong(line(node), "'" + key + "' must be one value, not a list or a mapping");
        }
        return scalar.getValue().strip();
    }

    private Entry take(String key) {
        known.add(key);
        return entries.remove(key);
    }

    boolean has(String key) {
        return entries.containsKey(key);
    }

    /** An error about this mapping. */
    ScenarioFileException wrong(String problem) {
        return wrong(line, problem);
    }

    /**
     * Takes a value.
     *
     * @param parse throws IllegalArgumentException with what is wrong about the text
     * @return what parse makes of it, or absent if the key is not there
     */
    <T> T value(String key, T absent, Function<String, T> parse) throws ScenarioFileException {
        Entry entry = take(key);
        if (entry == null) {
            return absent;
        }
        return parsed(key, scalar(entry.value(), key), entry.line(), parse);
    }

    private <T> T parsed(String key, String text, int atLine, Function<String, T> parse) throws ScenarioFileException {
        try {
            return parse.apply(text);
        } catch (IllegalArgumentException e) {
            throw wrong(atLine, "'" + key + "': " + e.getMessage());
        }
    }

    /** Takes a value that must be there. */
    <T> T required(String key, Function<String, T> parse) throws ScenarioFileException {
        if (!has(key)) {
            throw wrong(line, what + " needs '" + key + "'");
        }
        return value(key, null, parse);
    }

    /** Takes a list of values, or one value in place of a list of one; empty if the key is not there. */
    <T> List<T> values(String key, Function<String, T> parse) throws ScenarioFileException {
        List<T> values = new ArrayList<>();
        for (Node node : nodes(take(key))) {
            values.add(parsed(key, scalar(node, key), line(node), parse));
        }
        return values;
    }

    /**
     * Takes a list of mappings, or one mapping in place of a list of one; empty if the key is not there.
     *
     * @param shortFor a value in place of a mapping stands for a mapping with this key alone; null: there is no short form
     */
    List<YamlMap> maps(String key, String shortFor) throws ScenarioFileException {
        List<YamlMap> maps = new ArrayList<>();
        for (Node node : nodes(take(key))) {
            boolean isShort = shortFor != null && node instanceof ScalarNode;
            maps.add(new YamlMap(file, "an entry of '" + key + "'", isShort ? mapping(shortFor, node) : node));
        }
        return maps;
    }

    private static MappingNode mapping(String key, Node value) {
        Node keyNode = new ScalarNode(Tag.STR, true, key, ScalarStyle.PLAIN, value.getStartMark(), value.getStartMark());
        return new MappingNode(Tag.MAP, true, List.of(new NodeTuple(keyNode, value)), FlowStyle.FLOW, value.getStartMark(), value.getEndMark());
    }

    /** Takes a mapping; null if the key is not there. */
    YamlMap map(String key) throws ScenarioFileException {
        Entry entry = take(key);
        return entry == null ? null : new YamlMap(file, "'" + key + "'", entry.value());
    }

    private static List<Node> nodes(Entry entry) {
        if (entry == null) {
            return List.of();
        }
        return entry.value() instanceof SequenceNode sequence ? sequence.getValue() : List.of(entry.value());
    }

    /** The keys that have not been taken yet. */
    List<String> keys() {
        return List.copyOf(entries.keySet());
    }

    /** Refuses keys that nobody has taken. */
    void requireEmpty() throws ScenarioFileException {
        if (!entries.isEmpty()) {
            Map.Entry<String, Entry> first = entries.entrySet().iterator().next();
            throw unknown(first.getKey(), first.getValue().line(), known);
        }
    }

    private ScenarioFileException unknown(String key, int atLine, List<String> allowed) {
        return wrong(atLine, "'" + key + "' is not known in " + what + ": " + String.join(", ", allowed));
    }

    /** Refuses keys that are not among the given ones. */
    void requireOnly(List<String> allowed) throws ScenarioFileException {
        for (Map.Entry<String, Entry> entry : entries.entrySet()) {
            if (!allowed.contains(entry.getKey())) {
                throw unknown(entry.getKey(), entry.getValue().line(), allowed);
            }
        }
    }
}

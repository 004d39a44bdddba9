package io.github.gwlb4j.firewall.rules;

import io.github.gwlb4j.geneve.aws.EndpointId;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the lines of one rule file: first all groups, since they may be used before they are defined, then settings, rules and
 * blocks in order. Cold path; used once.
 */
final class PolicyParser {
    /** The words that a statement can begin with. */
    static final List<String> FIRST_WORDS =
            List.of("allow", "deny", "reject", "default", "set", "endpoint", "addresses", "ports", "domains", "endpoints");
    static final String OTHER_STATEMENTS = "default allow|deny|reject, set NAME VALUE, endpoint IDS { or addresses|ports|domains|endpoints "
            + "NAME { ... }";
    private static final int MAX_RULES = 100_000;

    private final String file;
    private final Groups groups = new Groups();
    private final SettingsParser settings = new SettingsParser();
    private final List<Statement> statements = new ArrayList<>();
    private final List<Rule> rules = new ArrayList<>();
    private final Map<String, Integer> lineByRuleName = new HashMap<>();

    private final List<Rule> defaults = new ArrayList<>();
    private final Map<Long, Integer> defaultLineByEndpoint = new HashMap<>();
    private Rule defaultPolicy;

    /** The group whose members or the block whose rules are being read; null outside. */
    private Statement open;
    private GroupTable<?> openTable;
    private String openGroup;
    private EndpointSet block;

    PolicyParser(String file) {
        this.file = file;
    }

    Policy parse(List<String> lines) throws RuleFileException {
        for (int i = 0; i < lines.size(); i++) {
            int number = i + 1;
            String line = lines.get(i);
            located(number, () -> {
                Statement statement = Statement.parse(number, line);
                if (statement != null) {
                    takeGroups(statement);
                }
            });
        }
        requireClosed();
        groups.resolveAll(file);
        for (Statement statement : statements) {
            located(statement.line(), () -> take(statement));
        }
        requireClosed();
        rules.addAll(defaults);
        rules.add(defaultPolicy != null ? defaultPolicy : Rule.defaultPolicy(Action.DENY, 0, EndpointSet.ANY, false, "default deny"));
        return new Policy(rules, settings.build(), RuleIndex.MAX_WORDS, groups.size(), groups.unused());
    }

    private void located(int line, Runnable step) throws RuleFileException {
        try {
            step.run();
        } catch (IllegalArgumentException e) {
            throw new RuleFileException(file + ":" + line + ": " + e.getMessage());
        }
    }

    private void requireClosed() throws RuleFileException {
        if (open != null) {
            throw new RuleFileException(file + ":" + open.line() + ": '" + open.text() + "' is not closed; add a line with }");
        }
    }

    /** First reading: takes groups, and keeps all else for the second. */
    private void takeGroups(Statement statement) {
        Deque<String> words = statement.words();
        if (openTable == null) {
            openTable = groups.byKeyword(words.peek());
            if (openTable == null) {
                statements.add(statement);
                return;
            }
            String keyword = words.remove();
            openGroup = words.isEmpty() ? "" : words.remove();
            if (words.isEmpty() || !words.remove().equals("{")) {
                throw new IllegalArgumentException("expected " + keyword + " NAME { MEMBER, MEMBER, ... }");
            }
            openTable.define(openGroup, statement.line());
            open = statement;
        }
        takeMembers(words, statement.line());
    }

    private void takeMembers(Deque<String> words, int line) {
        while (!words.isEmpty() && !words.peek().equals("}")) {
            String list = words.remove();
            if (list.equals("{")) {
                throw new IllegalArgumentException("'{' inside a group; close the group with } before");
            }
            openTable.addMembers(openGroup, list, line);
        }
        if (!words.isEmpty()) {
            words.remove();
            requireEnd(words);
            openTable = null;
            open = null;
        }
    }

    /** Second reading. */
    private void take(Statement statement) {
        Deque<String> words = statement.words();
        switch (words.peek()) {
            case "set":
                settings.take(statement.line(), words);
                break;
            case "default":
                takeDefault(statement, words);
                break;
            case "endpoint":
                openBlock(statement, words);
                break;
            case "}":
                closeBlock(words);
                break;
            default:
                takeRule(statement);
        }
    }

    private void takeRule(Statement statement) {
        if (rules.size() + defaults.size() >= MAX_RULES) {
            throw new IllegalArgumentException("more than " + MAX_RULES + " rules; put addresses, ports or domains that are treated "
                    + "alike into groups");
        }
        Rule rule = RuleParser.parse(groups, block, statement);
        Integer previous = lineByRuleName.putIfAbsent(rule.name(), rule.line());
        if (previous != null) {
            throw new IllegalArgumentException("a rule is called '" + rule.name() + "' already in line " + previous);
        }
        rules.add(rule);
    }

    private void takeDefault(Statement statement, Deque<String> words) {
        words.remove();
        Action action = Action.parse(words.isEmpty() ? "" : words.remove());
        if (action == null) {
            throw new IllegalArgumentException("'default' must be followed by allow, deny or reject");
        }
        boolean isLogged = "log".equals(words.peek());
        if (isLogged) {
            words.remove();
        }
        requireEnd(words);
        if (block != null) {
            addDefaultOfBlock(action, isLogged, statement);
        } else if (defaultPolicy != null) {
            throw new IllegalArgumentException("the default policy is set already in line " + defaultPolicy.line());
        } else {
            defaultPolicy = Rule.defaultPolicy(action, statement.line(), EndpointSet.ANY, isLogged, statement.text());
        }
    }

    private void addDefaultOfBlock(Action action, boolean isLogged, Statement statement) {
        for (long id : block.ids()) {
            Integer previous = defaultLineByEndpoint.putIfAbsent(id, statement.line());
            if (previous != null) {
                throw new IllegalArgumentException("the default policy of endpoint vpce-" + EndpointId.toHex(id)
                        + " is set already in line " + previous);
            }
        }
        defaults.add(Rule.defaultPolicy(action, statement.line(), block, isLogged, statement.text() + " (endpoint " + block + ")"));
    }

    private void openBlock(Statement statement, Deque<String> words) {
        if (open != null) {
            throw new IllegalArgumentException("a block in the block of line " + open.line() + "; close that with } before");
        }
        words.remove();
        String list = words.isEmpty() ? "{" : words.remove();
        if (list.equals("{") || words.isEmpty() || !words.remove().equals("{")) {
            throw new IllegalArgumentException("expected endpoint IDS {");
        }
        if (!words.isEmpty()) {
            throw new IllegalArgumentException("put what follows { on a line of its own");
        }
        block = groups.endpoints(list);
        open = statement;
    }

    private void closeBlock(Deque<String> words) {
        words.remove();
        requireEnd(words);
        if (open == null) {
            throw new IllegalArgumentException("'}' closes nothing; take it out");
        }
        open = null;
        block = null;
    }

    private static void requireEnd(Deque<String> words) {
        if (!words.isEmpty()) {
            throw new IllegalArgumentException("'" + words.peek() + "' is not expected here");
        }
    }
}

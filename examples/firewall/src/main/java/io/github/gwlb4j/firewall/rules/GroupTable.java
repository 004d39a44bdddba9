package io.github.gwlb4j.firewall.rules;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.regex.Pattern;

/**
 * The groups of one kind that a rule file defines, for example its address groups, and what lists of members and groups in its rules
 * mean. Cold path.
 *
 * <p>Groups may be used before they are defined and may hold groups. Equal lists have one value in common.
 *
 * @param <T> what a list means, for example a set of addresses
 */
final class GroupTable<T> {
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,63}");
    private static final int MAX_GROUPS = 10_000;
    private static final int MAX_DEPTH = 16;
    /** Members of all groups and lists together, those of groups in groups counted again. */
    private static final int MAX_MEMBERS = 1_000_000;

    /** One group. */
    private final class Group {
        private final int line;
        private final Map<String, Integer> lineByMember = new LinkedHashMap<>();
        private boolean isBeingResolved;
        private boolean isUsed;
        /** How deep groups are in it, itself included. */
        private int depth = 1;
        private T value;

        private Group(int line) {
            this.line = line;
        }
    }

    private final String kind;
    private final Function<String, T> parse;
    private final BiFunction<List<T>, String, T> union;
    private final ToIntFunction<T> size;
    private final Map<String, Group> groups = new LinkedHashMap<>();
    private final Map<String, T> valueByList = new HashMap<>();
    private int members;

    /**
     * Makes an empty table.
     *
     * @param kind  one word for messages, for example {@code address}
     * @param parse reads a member that is no group
     * @param union makes one value of several, and remembers how it was written
     * @param size  tells how much memory a value takes
     */
    GroupTable(String kind, Function<String, T> parse, BiFunction<List<T>, String, T> union, ToIntFunction<T> size) {
        this.kind = kind;
        this.parse = parse;
        this.union = union;
        this.size = size;
    }

    /** Adds a group without members. */
    void define(String name, int line) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("'" + name + "' is not a group name; expected a letter, then letters, digits, - and _, "
                    + "64 at most");
        }
        if (isMember(name)) {
            throw new IllegalArgumentException("'" + name + "' cannot name a group: " + kind + " lists have another meaning for it");
        }
        if (groups.size() >= MAX_GROUPS) {
            throw new IllegalArgumentException("more than " + MAX_GROUPS + " " + kind + " groups");
        }
        Group previous = groups.putIfAbsent(name, new Group(line));
        if (previous != null) {
            throw new IllegalArgumentException("the " + kind + " group '" + name + "' is defined already in line " + previous.line);
        }
    }

    private boolean isMember(String word) {
        try {
            parse.apply(word);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Adds a list of members to a group that has been defined. */
    void addMembers(String name, String list, int line) {
        for (String member : list.split(",")) {
            groups.get(name).lineByMember.putIfAbsent(member, line);
        }
    }

    /**
     * Finds out what all groups mean, so that mistakes in groups are found also where no rule uses them.
     *
     * @param file for messages
     */
    void resolveAll(String file) throws RuleFileException {
        for (Map.Entry<String, Group> group : groups.entrySet()) {
            resolveGroup(file, group.getKey(), group.getValue(), 1);
        }
    }

    private T resolveGroup(String file, String name, Group group, int depth) throws RuleFileException {
        if (group.value != null) {
            return group.value;
        }
        if (group.isBeingResolved) {
            throw new IllegalArgumentException("the " + kind + " group '" + name + "' holds itself; take it, or what holds it, out");
        }
        requireDepth(depth);
        group.isBeingResolved = true;
        List<T> parts = new ArrayList<>();
        int line = group.line;
        try {
            for (Map.Entry<String, Integer> member : group.lineByMember.entrySet()) {
                line = member.getValue();
                Group inner = groups.get(member.getKey());
                if (inner == null) {
                    parts.add(parseMember(member.getKey()));
                } else {
                    parts.add(resolveGroup(file, member.getKey(), used(inner), depth + 1));
                    group.depth = Math.max(group.depth, inner.depth + 1);
                    requireDepth(group.depth);
                }
            }
            line = group.line;
            group.value = unite(parts, name);
        } catch (IllegalArgumentException e) {
            throw new RuleFileException(file + ":" + line + ": " + e.getMessage());
        }
        group.isBeingResolved = false;
        return group.value;
    }

    private static void requireDepth(int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException("groups in groups more than " + MAX_DEPTH + " deep");
        }
    }

    private Group used(Group group) {
        group.isUsed = true;
        return group;
    }

    private T unite(List<T> parts, String text) {
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("the " + kind + " group '" + text + "' has no members; add one, or take the group out");
        }
        long added = parts.stream().mapToLong(size::applyAsInt).sum();
        if (members + added > MAX_MEMBERS) {
            throw new IllegalArgumentException("the " + kind + " groups and lists have more than " + MAX_MEMBERS + " members in all, "
                    + "those of groups in groups counted again");
        }
        members += (int) added;
        return union.apply(parts, text);
    }

    /**
     * What a list means; only after {@link #resolveAll}.
     *
     * @param list members and groups with commas between them
     */
    T value(String list) {
        T value = valueByList.get(list);
        if (value == null) {
            value = parseList(list);
            valueByList.put(list, value);
        }
        return value;
    }

    private T parseList(String list) {
        String[] members = list.split(",", -1);
        List<T> parts = new ArrayList<>();
        for (String member : members) {
            Group group = groups.get(member);
            parts.add(group != null ? used(group).value : parseMember(member));
        }
        return parts.size() == 1 ? parts.get(0) : unite(parts, list);
    }

    private T parseMember(String word) {
        try {
            return parse.apply(word);
        } catch (IllegalArgumentException e) {
            if (!NAME.matcher(word).matches()) {
                throw e;
            }
            String similar = Similar.to(word, groups.keySet());
            throw new IllegalArgumentException(e.getMessage() + "; nor is there a group '" + word + "'"
                    + (similar != null ? "; did you mean '" + similar + "'?" : ""), e);
        }
    }

    /** Warnings of groups that neither rules nor other groups use. */
    List<PolicyWarning> unused() {
        return groups.entrySet().stream().filter(group -> !group.getValue().isUsed)
                .map(group -> new PolicyWarning(group.getValue().line, "nothing uses the " + kind + " group '" + group.getKey() + "'"))
                .toList();
    }

    int size() {
        return groups.size();
    }
}

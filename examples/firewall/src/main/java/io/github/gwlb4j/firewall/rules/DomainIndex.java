package io.github.gwlb4j.firewall.rules;

import io.github.gwlb4j.firewall.inspect.DomainList;
import io.github.gwlb4j.firewall.inspect.DomainName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Finds the rules whose domains have a name. Immutable; usable from any thread. Finding allocates nothing and costs one pass over the
 * name, however many domains there are.
 *
 * <p>All names that rules mention are in one list; each has two sets of rules: those that match the name itself, and those that match what
 * is below it, the domains that it is below of included. A name that is asked for has the set of its longest suffix in the list.
 */
final class DomainIndex {
    /** What a name takes beside its letters: two roots, where it starts, what it means, and two to four places in a hash table. */
    private static final int BYTES_OF_NAME = 4 * Integer.BYTES + 1 + 3 * Integer.BYTES;

    private final DomainList names;
    private final int[] rootsOfItself;
    private final int[] rootsOfBelow;
    private final boolean isExact;

    private DomainIndex(DomainList names, int[] rootsOfItself, int[] rootsOfBelow, boolean isExact) {
        this.names = names;
        this.rootsOfItself = rootsOfItself;
        this.rootsOfBelow = rootsOfBelow;
        this.isExact = isExact;
    }

    /**
     * Compiles the domains of all rules.
     *
     * @param maxWords memory for the sets; if they need more, every known name gets the set of all rules with domains, and whoever
     *                 searches must look at the rules he finds ({@link #isExact})
     */
    static DomainIndex compile(Map<DomainSet, RuleBits> rulesByDomains, BitTreesBuilder trees, int ruleCount, int maxWords) {
        return new Compiler(rulesByDomains, trees, ruleCount).compile(maxWords);
    }

    /** The root of the rules whose domains have a name. */
    int find(DomainName name) {
        int longest = names.longestSuffix(name);
        if (longest < 0) {
            return 0;
        }
        return names.nameLength(longest) == name.length() ? rootsOfItself[longest] : rootsOfBelow[longest];
    }

    /** Memory of the roots and the list of names. */
    long memoryBytes() {
        long bytes = 0;
        for (int name = 0; name < names.size(); name++) {
            bytes += names.nameLength(name) + BYTES_OF_NAME;
        }
        return bytes;
    }

    /** Whether what is found is what matches, and nothing else. */
    boolean isExact() {
        return isExact;
    }

    /** One compilation. */
    private static final class Compiler {
        private final List<DomainSet> sets;
        private final List<RuleBits> rules;
        private final BitTreesBuilder trees;
        private final int ruleCount;
        private final DomainList names;
        /** Sets in which entries stand for a name itself, by name; and for what is below it. */
        private final int[][] setsOfItself;
        private final int[][] setsOfBelow;

        private Compiler(Map<DomainSet, RuleBits> rulesByDomains, BitTreesBuilder trees, int ruleCount) {
            this.sets = new ArrayList<>(rulesByDomains.keySet());
            this.rules = new ArrayList<>(rulesByDomains.values());
            this.trees = trees;
            this.ruleCount = ruleCount;
            List<String> entries = new ArrayList<>();
            sets.forEach(set -> entries.addAll(set.entries()));
            this.names = DomainList.of(entries);
            this.setsOfItself = setsByName(true);
            this.setsOfBelow = setsByName(false);
        }

        private int[][] setsByName(boolean isItself) {
            int[] counts = new int[names.size()];
            forEachEntry(isItself, (name, set) -> counts[name]++);
            int[][] setsByName = new int[names.size()][];
            for (int name = 0; name < counts.length; name++) {
                setsByName[name] = new int[counts[name]];
            }
            forEachEntry(isItself, (name, set) -> setsByName[name][--counts[name]] = set);
            return setsByName;
        }

        /** Takes an entry of a set. */
        private interface Entry {
            void take(int name, int set);
        }

        private void forEachEntry(boolean isItself, Entry entry) {
            for (int set = 0; set < sets.size(); set++) {
                DomainList list = sets.get(set).list();
                for (int i = 0; i < list.size(); i++) {
                    if (isItself ? list.hasItself(i) : list.hasBelow(i)) {
                        entry.take(names.longestSuffix(DomainName.of(list.name(i))), set);
                    }
                }
            }
        }

        private DomainIndex compile(int maxWords) {
            int[] rootsOfItself = new int[names.size()];
            int[] rootsOfBelow = new int[names.size()];
            int mark = trees.size();
            boolean isExact = sweep(rootsOfItself, rootsOfBelow, (long) mark + maxWords);
            if (!isExact) {
                trees.truncate(mark);
                BitSweep all = new BitSweep(trees, ruleCount);
                rules.forEach(all::toggle);
                int root = all.store();
                Arrays.fill(rootsOfItself, root);
                Arrays.fill(rootsOfBelow, root);
            }
            return new DomainIndex(names, rootsOfItself, rootsOfBelow, isExact);
        }

        /** Visits each name after those that it is below of. False if it takes more memory than the limit. */
        private boolean sweep(int[] rootsOfItself, int[] rootsOfBelow, long limit) {
            Counted bits = new Counted();
            Deque<Integer> above = new ArrayDeque<>();
            // The dot at the end makes all names below a name follow it at once.
            String[] reversed = IntStream.range(0, names.size())
                    .mapToObj(name -> new StringBuilder(names.name(name)).reverse().append('.').toString())
                    .toArray(String[]::new);
            int[] order = IntStream.range(0, names.size()).boxed().sorted(Comparator.comparing(name -> reversed[name]))
                    .mapToInt(Integer::intValue).toArray();
            for (int name : order) {
                while (!above.isEmpty() && !reversed[name].startsWith(reversed[above.peek()])) {
                    bits.remove(setsOfBelow[above.pop()]);
                }
                bits.add(setsOfItself[name]);
                rootsOfItself[name] = bits.store();
                bits.remove(setsOfItself[name]);
                bits.add(setsOfBelow[name]);
                rootsOfBelow[name] = bits.store();
                above.push(name);
                if (trees.size() > limit) {
                    return false;
                }
            }
            return true;
        }

        /** The rules of sets that are there once or more. */
        private final class Counted {
            private final BitSweep bits = new BitSweep(trees, ruleCount);
            private final int[] counts = new int[sets.size()];

            private void add(int[] added) {
                for (int set : added) {
                    if (counts[set]++ == 0) {
                        bits.toggle(rules.get(set));
                    }
                }
            }

            private void remove(int[] removed) {
                for (int set : removed) {
                    if (--counts[set] == 0) {
                        bits.toggle(rules.get(set));
                    }
                }
            }

            private int store() {
                return bits.store();
            }
        }
    }
}

package io.github.gwlb4j.firewall;

import java.util.ArrayList;
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
        new TransportEvasions(table).add();
        new NameEvasions(table).add();
        new ExtensionHeaderEvasions(table).add();
        return table.cases;
    }

    /** What the cases from now on have in common. */
    void begin(String nextGroup) {
        group = nextGroup;
    }

    /** A case under {@link #ALLOW_LIST}. */
    void add(String what, String verdict, Consumer<Attack> script) {
        cases.add(new Case(group, what, verdict, ALLOW_LIST, script));
    }

    /** A case under {@link #DENY_LIST}. */
    void addWithDenyList(String what, String verdict, Consumer<Attack> script) {
        cases.add(new Case(group, what, verdict, DENY_LIST, script));
    }
}

package io.github.gwlb4j.firewall.rules;

import io.github.gwlb4j.firewall.inspect.DomainList;
import io.github.gwlb4j.firewall.inspect.DomainName;
import java.util.Set;

/** The domains that a rule is about. Immutable; usable from any thread. */
public final class DomainSet {
    private final Set<String> entries;
    private final DomainList list;
    private final String text;

    private DomainSet(Set<String> entries, DomainList list, String text) {
        this.entries = entries;
        this.list = list;
        this.text = text;
    }

    static DomainSet of(Set<String> entries, String text) {
        return new DomainSet(entries, DomainList.of(entries), text);
    }

    /**
     * Whether a name is in the set. Allocates nothing.
     *
     * @param name a name
     * @return true if an entry stands for it
     */
    public boolean matches(DomainName name) {
        return list.matches(name);
    }

    /** Whether every name of the other set is surely in this one; false if finding out is not simple. */
    boolean containsAll(DomainSet other) {
        return entries.containsAll(other.entries);
    }

    /** The entries, to be looked up. */
    DomainList list() {
        return list;
    }

    /** The entries as {@link DomainList} describes them, as they were written. */
    Set<String> entries() {
        return entries;
    }

    /** The domains as they were written. */
    @Override
    public String toString() {
        return text;
    }
}

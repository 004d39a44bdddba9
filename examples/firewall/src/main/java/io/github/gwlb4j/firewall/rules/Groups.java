package io.github.gwlb4j.firewall.rules;

import io.github.gwlb4j.firewall.inspect.DomainList;
import io.github.gwlb4j.geneve.aws.EndpointId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;

/** The groups of a rule file, by kind. Cold path. */
final class Groups {
    private final GroupTable<AddressSet> addresses =
            new GroupTable<>("address", AddressSet::parse, AddressSet::union, AddressSet::rangeCount);
    private final GroupTable<PortRanges> ports =
            new GroupTable<>("port", PortRanges::parse, PortRanges::union, set -> set.ranges().size());
    private final GroupTable<Set<String>> domains =
            new GroupTable<>("domain", Groups::parseDomain, Groups::uniteDomains, Set::size);
    private final GroupTable<EndpointSet> endpoints =
            new GroupTable<>("endpoint", Groups::parseEndpoint, Groups::uniteEndpoints, set -> set.ids().length);
    private final Map<String, DomainSet> domainSets = new HashMap<>();
    private final Map<String, GroupTable<?>> byKeyword =
            Map.of("addresses", addresses, "ports", ports, "domains", domains, "endpoints", endpoints);

    private static EndpointSet parseEndpoint(String text) {
        return EndpointSet.of(List.of(EndpointId.parseHex(text)), text);
    }

    private static EndpointSet uniteEndpoints(List<EndpointSet> sets, String text) {
        List<Long> ids = new ArrayList<>();
        sets.forEach(set -> LongStream.of(set.ids()).forEach(ids::add));
        return EndpointSet.of(ids, text);
    }

    private static Set<String> parseDomain(String text) {
        if (text.indexOf('.') < 0) {
            throw new IllegalArgumentException("'" + text + "' is not a domain; expected for example example.com, *.example.com or "
                    + ".example.com");
        }
        DomainList.of(List.of(text));
        return Set.of(text);
    }

    private static Set<String> uniteDomains(List<Set<String>> sets, String text) {
        Set<String> all = new LinkedHashSet<>();
        sets.forEach(all::addAll);
        return all;
    }

    /** The table of the groups that a keyword defines, or null if it is none. */
    GroupTable<?> byKeyword(String word) {
        return byKeyword.get(word);
    }

    void resolveAll(String file) throws RuleFileException {
        for (GroupTable<?> table : List.of(addresses, ports, domains, endpoints)) {
            table.resolveAll(file);
        }
    }

    AddressSet addresses(String list) {
        return addresses.value(list);
    }

    PortRanges ports(String list) {
        return ports.value(list);
    }

    EndpointSet endpoints(String list) {
        return endpoints.value(list);
    }

    DomainSet domains(String list) {
        return domainSets.computeIfAbsent(list, text -> DomainSet.of(domains.value(text), text));
    }

    /** Warnings of groups that nothing uses. */
    List<PolicyWarning> unused() {
        List<PolicyWarning> warnings = new ArrayList<>();
        byKeyword.values().forEach(table -> warnings.addAll(table.unused()));
        return warnings;
    }

    /** How many groups there are. */
    int size() {
        return byKeyword.values().stream().mapToInt(GroupTable::size).sum();
    }
}

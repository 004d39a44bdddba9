package io.github.gwlb4j.firewall.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DomainListTest {
    @ParameterizedTest
    @CsvSource({
        "example.com,   example.com,        true",
        "example.com,   EXAMPLE.COM.,       true",
        "Example.COM.,  example.com,        true",
        "example.com,   www.example.com,    false",
        "example.com,   xexample.com,       false",
        "example.com,   com,                false",
        "example.com,   example.com.evil.example, false",
        "*.example.com, example.com,        false",
        "*.example.com, www.example.com,    true",
        "*.example.com, a.b.c.example.com,  true",
        "*.example.com, xexample.com,       false",
        "*.example.com, www.example.org,    false",
        ".example.com,  example.com,        true",
        ".example.com,  www.example.com,    true",
        ".example.com,  a.b.example.com,    true",
        ".example.com,  xexample.com,       false",
        "*.com,         example.com,        true",
        "*.com,         com,                false",
        "_sip.example.com, _sip.example.com, true",
        "bücher.example, xn--bcher-kva.example, true",
        "BÜCHER.example, XN--BCHER-KVA.example, true",
        "*.bücher.example, www.xn--bcher-kva.example, true",
        "xn--bcher-kva.example, xn--bcher-kva.example, true",
        "例え.テスト,     xn--r8jz45g.xn--zckzah, true",
        "例え。テスト,    xn--r8jz45g.xn--zckzah, true",
    })
    void shouldMatchWhatTheEntryStandsFor(String entry, String name, boolean isExpected) {
        assertThat(DomainList.of(List.of(entry)).matches(DomainName.of(name))).isEqualTo(isExpected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "*", ".", "*.", "..com", "a..b", "*example.com", "www.*.com", "exa mple.com", "http://example.com",
        "example.com/path", "example.com:443", "b\u00fc cher.example", "stra\u00dfe.example", "a\u200cb.example", "a\u0000.com"})
    void shouldRefuseEntriesAndQuoteThem(String entry) {
        assertThatThrownBy(() -> DomainList.of(List.of("good.example", entry)))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("'" + entry + "' is not a domain name");
    }

    @Test
    void shouldTellWhyACharacterThatStandsForTwoNamesIsRefused() {
        assertThatThrownBy(() -> DomainList.of(List.of("straße.example"))).hasMessageContaining("xn--");
    }

    @Test
    void shouldRefuseAnInternationalNameThatIsFarTooLongLikeOthers() {
        assertThatThrownBy(() -> DomainList.of(List.of("ü".repeat(20_000) + ".example"))).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("it is longer than 253 characters");
    }

    @Test
    void shouldMatchNothingWhenEmptyOrAskedForNoName() {
        assertThat(DomainList.of(List.of()).matches(DomainName.of("example.com"))).isFalse();
        assertThat(DomainList.of(List.of(".com")).matches(new DomainName())).isFalse();
    }

    @Test
    void shouldJoinEntriesOfOneName() {
        DomainList list = DomainList.of(List.of("example.com", "*.example.com", "EXAMPLE.com"));
        assertThat(list.size()).isEqualTo(1);
        assertThat(list.matches(DomainName.of("example.com"))).isTrue();
        assertThat(list.matches(DomainName.of("www.example.com"))).isTrue();
    }

    @Test
    void shouldAgreeWithASlowOracleOnAHundredThousandNames() {
        Random random = new Random(7);
        List<String> entries = IntStream.range(0, 100_000).mapToObj(i -> {
            String prefix = i % 3 == 0 ? "*." : i % 3 == 1 ? "." : "";
            return prefix + randomName(random);
        }).toList();
        DomainList list = DomainList.of(entries);
        Set<String> set = new HashSet<>(entries);
        int matched = 0;
        for (int i = 0; i < 200_000; i++) {
            String name = randomName(random);
            boolean isExpected = isInSet(set, name);
            assertThat(list.matches(DomainName.of(name))).as(name).isEqualTo(isExpected);
            matched += isExpected ? 1 : 0;
        }
        assertThat(matched).as("both answers must have come up").isBetween(10_000, 190_000);
    }

    /** Short labels, so that names meet. */
    private static String randomName(Random random) {
        List<String> labels = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            labels.add(Integer.toString(random.nextInt(36 * 36 * 2), 36));
        }
        return String.join(".", labels) + "." + (char) ('a' + random.nextInt(3));
    }

    private static boolean isInSet(Set<String> set, String name) {
        if (set.contains(name) || set.contains("." + name)) {
            return true;
        }
        for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
            if (set.contains("*" + name.substring(dot)) || set.contains(name.substring(dot))) {
                return true;
            }
        }
        return false;
    }
}

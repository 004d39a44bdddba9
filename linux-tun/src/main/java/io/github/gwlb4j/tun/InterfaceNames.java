package io.github.gwlb4j.tun;

import java.nio.charset.StandardCharsets;

import io.github.gwlb4j.linux.CConstants;

/** The kernel's rules for interface names (dev_valid_name), checked before it is asked: its own answer is just EINVAL. */
final class InterfaceNames {

    private InterfaceNames() {
    }

    /**
     * Checks a name or, if allowed, a pattern with one {@code %d}.
     *
     * @throws IllegalArgumentException that tells the broken rule
     */
    static String check(String name, boolean patternAllowed) {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes >= CConstants.IFNAMSIZ) {
            throw new IllegalArgumentException("interface name '" + name + "' has " + bytes + " bytes; use 1 to "
                    + (CConstants.IFNAMSIZ - 1) + ", a limit of the Linux kernel (IFNAMSIZ)");
        }
        if (name.equals(".") || name.equals("..") || name.chars().anyMatch(c -> c == '/' || c == ':' || isSpace(c))) {
            throw new IllegalArgumentException("interface name '" + name
                    + "' must not be . or .. nor contain a slash, a colon or white space");
        }
        String rest = patternAllowed ? name.replaceFirst("%d", "") : name;
        if (rest.indexOf('%') >= 0) {
            throw new IllegalArgumentException("interface name '" + name + "' may contain '%' only as "
                    + (patternAllowed ? "one %d, which the kernel replaces by the first free number" : "a pattern when a device is created"));
        }
        return name;
    }

    private static boolean isSpace(int c) {
        return c <= ' ' || c == 0x7f || c == 0xa0;
    }
}

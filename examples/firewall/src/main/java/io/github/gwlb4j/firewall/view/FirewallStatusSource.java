package io.github.gwlb4j.firewall.view;

/** Where live views get their numbers: the running firewall, or a test's stand-in. */
@FunctionalInterface
public interface FirewallStatusSource {
    /**
     * Takes a snapshot. Asked about once a second by one thread that belongs to the views, never by a packet thread; may
     * allocate and may take some milliseconds.
     *
     * @return the numbers of now
     */
    FirewallStatus status();
}

package io.github.gwlb4j.firewall.log;

/** Why decisions have no line of their own. */
enum LeftOut {
    SAMPLED("sampled"),
    RATE_LIMIT("rate-limit"),
    QUEUE_FULL("queue-full"),
    WRITE_FAILED("write-failed");

    private final String label;

    LeftOut(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }
}

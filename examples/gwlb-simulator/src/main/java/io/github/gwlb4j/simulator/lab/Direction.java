package io.github.gwlb4j.simulator.lab;

/** Which way an inner packet travels. */
public enum Direction {
    /** From the client to its server or the internet. */
    TO_SERVER("to server"),
    /** To the client. */
    TO_CLIENT("to client");

    private final String label;

    Direction(String label) {
        this.label = label;
    }

    /**
     * The same in words.
     *
     * @return for example {@code to server}
     */
    public String label() {
        return label;
    }
}

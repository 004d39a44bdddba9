package io.github.gwlb4j.benchmarks.soak;

/**
 * One thing that must hold, and whether it did.
 *
 * @param name     what must hold
 * @param isPassed whether it did
 * @param detail   the figures behind it
 */
record Check(String name, boolean isPassed, String detail) {
}

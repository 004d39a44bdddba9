/** The command {@code gwlb-simulator}. Needs picocli and jackson-core, which the library does not. */
package io.github.gwlb4j.simulator.cli;

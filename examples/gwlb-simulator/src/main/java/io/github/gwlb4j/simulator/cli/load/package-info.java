/** The command {@code load}. */
package io.github.gwlb4j.simulator.cli.load;

/** The command {@code gwlb-simulator dump}: captured GENEVE datagrams as text or JSON. */
package io.github.gwlb4j.simulator.cli.dump;

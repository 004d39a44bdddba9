/** The command {@code lab}: a live lab that stays up between commands, for real programs. */
package io.github.gwlb4j.simulator.cli.lab;

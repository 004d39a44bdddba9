/** Builds inner packets with right lengths and checksums, whole or in fragments. */
package io.github.gwlb4j.simulator.packet;

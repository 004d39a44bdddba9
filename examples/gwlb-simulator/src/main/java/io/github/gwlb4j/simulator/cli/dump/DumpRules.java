package io.github.gwlb4j.simulator.cli.dump;

/**
 * What is dumped and what is called bad. Immutable.
 *
 * @param port               UDP destination port of GENEVE, 0 to 65535
 * @param optionClass        option class of the load balancer's options, 0 to 65535
 * @param isGwlbOnly         whether everything is bad that an appliance behind a Gateway Load Balancer does not take
 * @param isChecksumVerified whether a wrong outer UDP checksum is bad
 */
record DumpRules(int port, int optionClass, boolean isGwlbOnly, boolean isChecksumVerified) {
}

package io.github.gwlb4j.simulator.cli.lab;

/** What a lab shall be like. */
record LabShape(long endpointId, int mtu, boolean hasIpv6, boolean hasInternet, AppliancePlace appliance) {
}

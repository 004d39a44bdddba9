/**
 * JUnit 5: {@link io.github.gwlb4j.simulator.junit.GwlbSimulatorTest} gives tests a simulated Gateway Load Balancer. Needs
 * junit-jupiter-api, which the tests of its users have.
 */
package io.github.gwlb4j.simulator.junit;

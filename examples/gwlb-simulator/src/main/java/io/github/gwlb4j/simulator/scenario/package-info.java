/**
 * Scenarios as files: what a load balancer sends, what goes wrong meanwhile, and what is expected of the appliance.
 *
 * <pre>
 * YAML file -&gt; YamlMap -&gt; ScenarioReader -&gt; Scenario (Traffic, Timeline, Expectations)
 *                                              '-- run(GwlbSimulator) -&gt; ScenarioReport
 * </pre>
 *
 * <p>The format is described in {@code examples/gwlb-simulator/README.md}.
 */
package io.github.gwlb4j.simulator.scenario;

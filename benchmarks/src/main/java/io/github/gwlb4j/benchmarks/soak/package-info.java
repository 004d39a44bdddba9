/**
 * A soak test: real appliances, each a process of its own in a network namespace, under mixed load for as long as one likes, while one fault
 * after the other is injected; see {@code SOAK.md}.
 *
 * <p>Read from {@link io.github.gwlb4j.benchmarks.soak.SoakMain}: {@link io.github.gwlb4j.benchmarks.soak.SoakUnit} is one appliance with its
 * lab and load, {@link io.github.gwlb4j.benchmarks.soak.Faults} says what is done to it, {@link io.github.gwlb4j.benchmarks.soak.Judge}
 * what must hold.
 */
package io.github.gwlb4j.benchmarks.soak;

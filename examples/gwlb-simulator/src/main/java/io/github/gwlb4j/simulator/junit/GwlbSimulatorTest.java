package io.github.gwlb4j.simulator.junit;

import io.github.gwlb4j.simulator.GwlbSimulatorBuilder;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives each test of a class, or one test method, a simulated Gateway Load Balancer and an appliance to go with it.
 *
 * <pre>{@code
 * @GwlbSimulatorTest(endpoints = 2)
 * class MyApplianceTest {
 *     @StartAppliance
 *     static AutoCloseable start(InetSocketAddress listen) throws IOException {
 *         return GwlbAppliance.builder().listen(listen).handler(worker -> packet -> Verdict.FORWARD).build().start();
 *     }
 *
 *     @Test
 *     void shouldReturnEverything(GwlbSimulator gwlb) throws IOException {
 *         assertTrue(gwlb.run(Traffic.everything(2)).isOk());
 *     }
 * }
 * }</pre>
 *
 * <p>Before each test: an address on loopback and a free UDP port are chosen, the method with {@link StartAppliance} (if there is
 * one) starts the appliance there, and fields of the test that are not static and have one of these types are set; parameters of
 * {@code @Test}, {@code @BeforeEach} and {@code @AfterEach} methods get the same:
 * <ul>
 *   <li>{@link io.github.gwlb4j.simulator.GwlbSimulator}: ready to send to the appliance;
 *   <li>{@link io.github.gwlb4j.simulator.scenario.Scenario}: of the file that {@link #scenario} names;
 *   <li>{@link java.net.InetSocketAddress} (parameters only): where the simulator sends and the appliance must listen.
 * </ul>
 *
 * <p>After each test both are closed, and if it has failed, the report of its last run is printed to standard error. On other
 * systems than Linux, each node needs an alias of the loopback interface: 127.0.0.2 and so on.
 *
 * <p>A method's annotation counts in place of its class's.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(GwlbSimulatorExtension.class)
public @interface GwlbSimulatorTest {
    /**
     * Where an appliance listens that runs already.
     *
     * @return {@code ADDRESS[:PORT]}; empty: the extension chooses
     */
    String target() default "";

    /**
     * The address of the first load balancer node, if {@link #target} is given; the other nodes have the addresses after it.
     *
     * @return an address of this machine; empty: the extension chooses
     */
    String source() default "";

    /**
     * How many load balancer nodes there are; a scenario says so itself.
     *
     * @return 1 to 16
     */
    int nodes() default 1;

    /**
     * How many endpoints there are; a scenario says so itself.
     *
     * @return 1 to 65536
     */
    int endpoints() default 2;

    /**
     * The rate of runs; a scenario says so itself.
     *
     * @return packets a second; 0: as fast as they come back
     */
    int packetsPerSecond() default GwlbSimulatorBuilder.DEFAULT_PACKETS_PER_SECOND;

    /**
     * After how long a packet that is not back is missing; a scenario says so itself.
     *
     * @return milliseconds, 1 to 60000
     */
    int timeoutMillis() default 1000;

    /**
     * What is random comes from it; a scenario says so itself.
     *
     * @return any number
     */
    long seed() default 1;

    /**
     * Packets that the appliance must drop; a scenario says so itself.
     *
     * @return filters as {@link io.github.gwlb4j.simulator.PacketFilter} reads them
     */
    String[] expectDrop() default {};

    /**
     * A scenario file, whose settings the simulator then has.
     *
     * @return a resource beside the test class, or, with a slash at the start, from the root of the class path; or else a file's path
     *         relative to the working directory; empty: none
     */
    String scenario() default "";
}

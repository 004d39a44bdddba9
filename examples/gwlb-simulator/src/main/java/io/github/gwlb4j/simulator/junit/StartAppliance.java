package io.github.gwlb4j.simulator.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks the method of a {@link GwlbSimulatorTest} that starts the appliance under test. Called before each test, before its
 * {@code @BeforeEach} methods; what it returns is closed after it.
 *
 * <p>The method may be static or not, takes an {@link java.net.InetSocketAddress} where the appliance must listen, and returns an
 * {@link AutoCloseable}. The appliance must be ready when it returns.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface StartAppliance {
}

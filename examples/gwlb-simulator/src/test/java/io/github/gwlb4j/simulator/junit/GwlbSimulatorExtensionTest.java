package io.github.gwlb4j.simulator.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import io.github.gwlb4j.simulator.GwlbSimulator;
import io.github.gwlb4j.simulator.TestAppliance;
import io.github.gwlb4j.simulator.Traffic;
import io.github.gwlb4j.simulator.scenario.Scenario;
import io.github.gwlb4j.simulator.scenario.ScenarioReport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.EventConditions;
import org.junit.platform.testkit.engine.Events;

/** Runs test classes of a user, the nested ones below, in JUnit's test kit. */
class GwlbSimulatorExtensionTest {
    private static final List<String> CLOSED = new ArrayList<>();

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private PrintStream realErr;

    @BeforeEach
    void catchErr() {
        CLOSED.clear();
        realErr = System.err;
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void giveErrBack() {
        System.setErr(realErr);
    }

    private static Events run(Class<?> userTest) {
        return EngineTestKit.engine("junit-jupiter").selectors(selectClass(userTest)).execute().testEvents();
    }

    private static AutoCloseable correct(InetSocketAddress listen) throws IOException {
        TestAppliance appliance = TestAppliance.startAt(listen.getAddress().getHostAddress(), listen.getPort());
        return () -> {
            CLOSED.add("appliance");
            appliance.close();
        };
    }

    @GwlbSimulatorTest(endpoints = 3, nodes = 2, packetsPerSecond = 0, seed = 5)
    static class Passing {
        private GwlbSimulator field;
        private InetSocketAddress beforeEach;

        @StartAppliance
        static AutoCloseable start(InetSocketAddress listen) throws IOException {
            return correct(listen);
        }

        @BeforeEach
        void prepare(InetSocketAddress listen) {
            beforeEach = listen;
        }

        @Test
        void shouldInject(GwlbSimulator parameter) throws IOException {
            assertThat(parameter).isSameAs(field);
            assertThat(beforeEach).isEqualTo(field.target());
            assertThat(field.endpointIds()).hasSize(3);
            assertThat(field.sources()).hasSize(2);
            assertThat(field.run(Traffic.everything(1)).isOk()).isTrue();
        }

        @Test
        @GwlbSimulatorTest(endpoints = 1)
        void shouldTakeTheMethodsSettings() {
            assertThat(field.endpointIds()).hasSize(1);
        }

        @Nested
        class Inner {
            @Test
            void shouldInjectTheFieldOfTheClassAround() throws IOException {
                assertThat(field.run(Traffic.dns(1)).isOk()).isTrue();
            }
        }
    }

    @Test
    void shouldInjectFieldsAndParametersAndStartAndCloseTheAppliance() {
        run(Passing.class).assertStatistics(events -> events.succeeded(3).failed(0));

        assertThat(CLOSED).hasSize(3);
        assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    @GwlbSimulatorTest(timeoutMillis = 100, expectDrop = "kind icmp")
    static class Failing {
        @Test
        void shouldFail(GwlbSimulator gwlb) throws IOException {
            assertThat(gwlb.run(Traffic.dns(2), Traffic.icmp(1)).isOk()).as("a verdict").isTrue();
        }

        @Test
        void shouldPass() {
        }
    }

    @Test
    void shouldPrintTheReportOfATestThatFailsAndOnlyOfThat() {
        run(Failing.class).assertStatistics(events -> events.succeeded(1).failed(1));

        assertThat(err.toString(StandardCharsets.UTF_8)).containsOnlyOnce("shouldFail(GwlbSimulator) has failed; its last run was:")
                .containsOnlyOnce("FAILED: 6 sent, 0 returned, 4 missing");
    }

    @GwlbSimulatorTest(scenario = "/io/github/gwlb4j/simulator/junit/two-nodes.yaml")
    static class WithScenario {
        private Scenario scenario;

        @StartAppliance
        AutoCloseable start(InetSocketAddress listen) throws IOException {
            return correct(listen);
        }

        @Test
        void shouldHold(GwlbSimulator gwlb) throws IOException {
            ScenarioReport report = scenario.run(gwlb);

            assertThat(report.isOk()).as(report.toString()).isTrue();
            assertThat(gwlb.sources()).hasSize(2);
        }

        @Test
        @GwlbSimulatorTest(scenario = "scenarios/everything.yaml")
        void shouldReadAFileOfTheProject(Scenario other) {
            assertThat(other.name()).isEqualTo("every kind of traffic");
        }
    }

    @Test
    void shouldRunAScenarioOfTheClassPathOrOfTheProject() {
        run(WithScenario.class).assertStatistics(events -> events.succeeded(2));
    }

    @GwlbSimulatorTest
    static class WrongStarter {
        @StartAppliance
        void start() {
        }

        @Test
        void shouldNeverRun() {
        }
    }

    @GwlbSimulatorTest
    static class NoScenario {
        @Test
        void shouldNeverRun(Scenario scenario) {
        }
    }

    @GwlbSimulatorTest(target = "127.0.0.1")
    static class NoSource {
        @Test
        void shouldNeverRun() {
        }
    }

    @GwlbSimulatorTest
    static class BrokenAppliance {
        @StartAppliance
        static AutoCloseable start(InetSocketAddress listen) throws IOException {
            throw new IOException("no such card");
        }

        @Test
        void shouldNeverRun() {
        }
    }

    @Test
    void shouldSayWhatIsWrongWithATestClass() {
        assertFails(WrongStarter.class, "@StartAppliance must be on one method, such as 'static AutoCloseable start(");
        assertFails(NoScenario.class, "there is no scenario: name its file");
        assertFails(NoSource.class, "needs both target and source, or neither");
        assertFails(BrokenAppliance.class, "no such card");
    }

    private static void assertFails(Class<?> userTest, String part) {
        run(userTest).assertThatEvents().haveExactly(1, EventConditions.event(finishedWithFailure(
                message(text -> text.contains(part)))));
    }
}

package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.TunnelListener.TimeoutDecision;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.TunnelPhase;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table of {@link TunnelPhase}: what has happened to a tunnel, where it stands then, and who has heard of it. */
class TunnelTransitionsTest {
    private final TunnelHarness harness = new TunnelHarness();

    /** Whatever happens, the control thread looks afterwards; tasks run only when the event says so. */
    private void happen(String event) {
        TunnelManager manager = harness.manager;
        switch (event) {
            case "packet" -> harness.packet(1);
            case "create" -> assertThat(manager.create(1)).isTrue();
            case "destroy" -> assertThat(manager.destroy(1)).isTrue();
            case "lost" -> manager.tunnelOf(1).life().interfaceLost();
            case "close" -> manager.beginClosing();
            case "succeeds", "returns" -> runTask(null);
            case "fails" -> runTask(new IOException("no interface"));
            case "throws" -> runTask(new StackOverflowError("listener bug"));
            case "keeps" -> {
                harness.decision = TimeoutDecision.KEEP;
                runTask(null);
            }
            case "release" -> harness.workersLetGo();
            case "1s" -> harness.clock.advance(Duration.ofSeconds(1));
            case "10s" -> harness.clock.advance(Duration.ofSeconds(10));
            case "silence" -> harness.clock.advance(TunnelHarness.IDLE);
            default -> throw new IllegalArgumentException(event);
        }
        while (manager.doWork() > 0) {
            assertThat(manager.stats()).hasSizeLessThanOrEqualTo(1);
        }
    }

    private void runTask(Throwable failure) {
        assertThat(harness.tasks).as("tasks").hasSize(1);
        harness.failure = failure;
        harness.runTasks();
    }

    @ParameterizedTest(name = "{0} -> {1}")
    @CsvSource(delimiter = '|', textBlock = """
            # events                                      | phase      | task | interfaces | told
            silence                                       | NONE       | no   | no         |
            close                                         | NONE       | no   | no         |
            packet                                        | CREATING   | yes  | no         |
            create                                        | CREATING   | yes  | no         |
            packet,packet                                 | CREATING   | yes  | no         |
            packet,create                                 | CREATING   | yes  | no         |
            packet,silence                                | CREATING   | yes  | no         |
            packet,destroy                                | CREATING   | yes  | no         |
            packet,close                                  | CREATING   | yes  | no         |
            packet,succeeds                               | ACTIVE     | no   | yes        | created 1
            packet,fails                                  | FAILED     | no   | no         |
            packet,throws                                 | FAILED     | no   | no         |
            packet,destroy,succeeds                       | DESTROYING | no   | yes        | created 1
            packet,destroy,succeeds,release,returns       | NONE       | no   | no         | created 1, destroyed 1 REQUESTED
            packet,destroy,fails                          | NONE       | no   | no         |
            packet,destroy,create,fails                   | CREATING   | yes  | no         |
            packet,close,succeeds                         | NONE       | no   | no         |
            packet,close,fails                            | NONE       | no   | no         |
            packet,succeeds,packet                        | ACTIVE     | no   | yes        | created 1
            packet,succeeds,create                        | ACTIVE     | no   | yes        | created 1
            packet,succeeds,10s                           | ACTIVE     | no   | yes        | created 1
            packet,succeeds,silence                       | ACTIVE     | yes  | yes        | created 1
            packet,succeeds,silence,returns               | DESTROYING | no   | yes        | created 1, timed out 1
            packet,succeeds,silence,keeps                 | ACTIVE     | no   | yes        | created 1, timed out 1
            packet,succeeds,silence,packet,returns        | ACTIVE     | no   | yes        | created 1, timed out 1
            packet,succeeds,silence,destroy,keeps         | DESTROYING | no   | yes        | created 1, timed out 1
            packet,succeeds,silence,close,keeps           | DESTROYING | yes  | yes        | created 1, timed out 1
            packet,succeeds,silence,destroy,create,returns,release,returns | CREATING | yes | no | created 1, timed out 1, destroyed 1 REQUESTED
            packet,succeeds,destroy                       | DESTROYING | no   | yes        | created 1
            packet,succeeds,destroy,10s                   | DESTROYING | yes  | yes        | created 1
            packet,succeeds,destroy,release               | DESTROYING | yes  | yes        | created 1
            packet,succeeds,destroy,release,packet        | DESTROYING | yes  | yes        | created 1
            packet,succeeds,destroy,release,destroy       | DESTROYING | yes  | yes        | created 1
            packet,succeeds,destroy,release,silence       | DESTROYING | yes  | yes        | created 1
            packet,succeeds,destroy,release,close         | DESTROYING | yes  | yes        | created 1
            packet,succeeds,destroy,release,returns       | NONE       | no   | no         | created 1, destroyed 1 REQUESTED
            packet,succeeds,destroy,release,create,returns| CREATING   | yes  | no         | created 1, destroyed 1 REQUESTED
            packet,succeeds,destroy,create,destroy,release,returns | NONE | no | no         | created 1, destroyed 1 REQUESTED
            packet,succeeds,destroy,create,close,returns  | NONE       | no   | no         | created 1, destroyed 1 REQUESTED
            packet,succeeds,destroy,release,returns,packet| CREATING   | yes  | no         | created 1, destroyed 1 REQUESTED
            packet,succeeds,lost                          | DESTROYING | no   | yes        | created 1
            packet,succeeds,lost,release,returns          | CREATING   | yes  | no         | created 1, destroyed 1 INTERFACE_LOST
            packet,succeeds,lost,destroy,release,returns  | NONE       | no   | no         | created 1, destroyed 1 INTERFACE_LOST
            packet,succeeds,lost,close,returns            | NONE       | no   | no         | created 1, destroyed 1 INTERFACE_LOST
            packet,succeeds,10s,lost,release,returns      | CREATING   | yes  | no         | created 1, destroyed 1 INTERFACE_LOST
            packet,succeeds,close                         | DESTROYING | yes  | yes        | created 1
            packet,succeeds,close,returns                 | NONE       | no   | no         | created 1, destroyed 1 CLOSED
            packet,fails,packet                           | FAILED     | no   | no         |
            packet,fails,create                           | FAILED     | no   | no         |
            packet,fails,1s                               | FAILED     | no   | no         |
            packet,fails,packet,1s                        | CREATING   | yes  | no         |
            packet,fails,create,1s                        | CREATING   | yes  | no         |
            packet,fails,1s,packet                        | CREATING   | yes  | no         |
            packet,fails,packet,1s,succeeds               | ACTIVE     | no   | yes        | created 1
            packet,fails,silence                          | NONE       | no   | no         |
            packet,fails,destroy                          | NONE       | no   | no         |
            packet,fails,create,destroy                   | NONE       | no   | no         |
            packet,fails,close                            | NONE       | no   | no         |
            """)
    void shouldStandWhereTheTableSays(String events, String phase, String task, String interfaces, String told) {
        harness.start();
        for (String event : events.split(",")) {
            happen(event);
        }

        assertThat(harness.phase(1)).isEqualTo(phase);
        assertThat(harness.tasks).as("tasks").hasSize(task.equals("yes") ? 1 : 0);
        assertThat(harness.interfaces).hasSize(interfaces.equals("yes") ? 2 : 0);
        assertThat(String.join(", ", harness.told)).isEqualTo(told == null ? "" : told);
    }

    @ParameterizedTest(name = "{0} -> {1}")
    @CsvSource(delimiter = '|', textBlock = """
            # events                     | phase      | task | told
            packet                       | ACTIVE     | yes  |
            packet,returns               | ACTIVE     | no   | created 1
            packet,throws                | ACTIVE     | no   |
            packet,silence               | ACTIVE     | yes  |
            packet,destroy               | ACTIVE     | yes  |
            packet,destroy,returns       | DESTROYING | yes  | created 1
            packet,destroy,throws        | NONE       | no   |
            packet,close                 | ACTIVE     | yes  |
            packet,close,returns         | DESTROYING | yes  | created 1
            packet,close,returns,returns | NONE       | no   | created 1, destroyed 1 CLOSED late
            packet,returns,destroy,packet| DESTROYING | yes  | created 1
            packet,returns,destroy,returns,packet | ACTIVE | yes | created 1, destroyed 1 REQUESTED late
            packet,returns,silence,keeps | ACTIVE     | no   | created 1, timed out 1
            packet,throws,silence        | NONE       | no   |
            packet,throws,close          | NONE       | no   |
            """)
    void shouldLetPacketsPassInlineWhateverTheListenerDoes(String events, String phase, String task, String told) {
        harness.mode = TunnelMode.INLINE;
        harness.start();
        for (String event : events.split(",")) {
            happen(event);
        }

        assertThat(harness.phase(1)).isEqualTo(phase);
        assertThat(harness.tasks).as("tasks").hasSize(task.equals("yes") ? 1 : 0);
        assertThat(String.join(", ", harness.told)).isEqualTo(told == null ? "" : told);
        assertThat(harness.interfaces).isEmpty();
    }
}

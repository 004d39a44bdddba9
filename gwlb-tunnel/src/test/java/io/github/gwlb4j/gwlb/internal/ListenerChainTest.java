package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.TunnelListener;
import io.github.gwlb4j.gwlb.TunnelListener.Reason;
import io.github.gwlb4j.gwlb.TunnelListener.TimeoutDecision;
import io.github.gwlb4j.gwlb.TunnelMode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ListenerChainTest {
    private static final Tunnel TUNNEL = new TunnelState(1, TunnelMode.TUN, 1, Instant.EPOCH, () -> 0);

    private final List<String> told = new ArrayList<>();
    private final Set<String> throwing = new HashSet<>();
    private final Set<String> keeping = new HashSet<>();
    private final ListenerChain chain = new ListenerChain(List.of(new Named("a"), new Named("b"), new Named("c")));

    private final class Named implements TunnelListener {
        private final String name;

        private Named(String name) {
            this.name = name;
        }

        private void tell(String what) {
            told.add(name + " " + what);
            if (throwing.contains(name + " " + what)) {
                throw new StackOverflowError(name + " is broken");
            }
        }

        @Override
        public void onCreated(Tunnel tunnel) {
            tell("created");
        }

        @Override
        public TimeoutDecision onTimedOut(Tunnel tunnel) {
            tell("timed out");
            return keeping.contains(name) ? TimeoutDecision.KEEP : TimeoutDecision.DESTROY;
        }

        @Override
        public void onDestroyed(Tunnel tunnel, Reason reason) {
            tell("destroyed " + reason);
        }
    }

    @Test
    void shouldTellOfCreationInOrderAndOfTheEndInReverse() {
        chain.onCreated(TUNNEL);
        chain.onDestroyed(TUNNEL, Reason.CLOSED);

        assertThat(told).containsExactly("a created", "b created", "c created", "c destroyed CLOSED", "b destroyed CLOSED",
                "a destroyed CLOSED");
    }

    @Test
    void shouldTakeBackWhatWasToldWhenALaterListenerFails() {
        throwing.add("c created");
        throwing.add("b destroyed CREATION_FAILED");

        assertThatThrownBy(() -> chain.onCreated(TUNNEL)).isInstanceOf(StackOverflowError.class).hasMessage("c is broken");

        assertThat(told).containsExactly("a created", "b created", "c created", "b destroyed CREATION_FAILED",
                "a destroyed CREATION_FAILED");
    }

    @Test
    void shouldTellNobodyElseWhenTheFirstFails() {
        throwing.add("a created");

        assertThatThrownBy(() -> chain.onCreated(TUNNEL)).hasMessage("a is broken");

        assertThat(told).containsExactly("a created");
    }

    @Test
    void shouldTellAllOfTheEndThoughSomeThrow() {
        throwing.addAll(List.of("c destroyed TIMED_OUT", "a destroyed TIMED_OUT"));

        chain.onDestroyed(TUNNEL, Reason.TIMED_OUT);

        assertThat(told).containsExactly("c destroyed TIMED_OUT", "b destroyed TIMED_OUT", "a destroyed TIMED_OUT");
    }

    @Test
    void shouldKeepATunnelThatAnyOfThemWantsToKeepThoughAnotherThrows() {
        assertThat(chain.onTimedOut(TUNNEL)).isEqualTo(TimeoutDecision.DESTROY);
        keeping.add("b");
        throwing.addAll(List.of("a timed out", "c timed out"));

        assertThat(chain.onTimedOut(TUNNEL)).isEqualTo(TimeoutDecision.KEEP);
        assertThat(told).endsWith("a timed out", "b timed out", "c timed out");
    }

    @Test
    void shouldBeContentWithoutListeners() {
        ListenerChain empty = new ListenerChain(List.of());
        empty.onCreated(TUNNEL);
        assertThat(empty.onTimedOut(TUNNEL)).isEqualTo(TimeoutDecision.DESTROY);
        empty.onDestroyed(TUNNEL, Reason.CLOSED);
    }
}

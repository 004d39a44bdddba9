package io.github.gwlb4j.gwlb;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.testkit.InMemoryTransport;
import io.github.gwlb4j.tun.testkit.MemoryTunPair;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Starting waits for the listeners of declared tunnels, so what they ask of the appliance must not wait for the start. */
class CallsFromListenersTest {
    private static final long ENDPOINT = 7;

    @Test
    @Timeout(value = 30, unit = TimeUnit.SECONDS)
    void shouldAnswerAListenerWhileTheApplianceStarts() throws Exception {
        AtomicReference<GwlbAppliance> appliance = new AtomicReference<>();
        List<Object> answers = new CopyOnWriteArrayList<>();
        TunnelListener listener = new TunnelListener() {
            @Override
            public void onCreated(Tunnel tunnel) {
                answers.add(appliance.get().stats().tunnels().size());
                answers.add(appliance.get().createTunnel(ENDPOINT + 1));
                answers.add(appliance.get().destroyTunnel(ENDPOINT));
            }
        };
        try (MemoryTunPair interfaces = new MemoryTunPair()) {
            appliance.set(GwlbAppliance.builder().transport(InMemoryTransport::new).mode(TunnelMode.TUN_ONE_WAY).declareTunnel(ENDPOINT)
                    .listener(listener).tun(TunSettings.builder().deviceOpener(config -> interfaces.left()).build()).jmx(false).build());
            appliance.get().start();
            appliance.get().close();
        }
        assertThat(answers).containsExactly(1, false, false);
    }
}

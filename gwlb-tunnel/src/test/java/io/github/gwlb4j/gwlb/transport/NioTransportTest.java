package io.github.gwlb4j.gwlb.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NioTransportTest extends TransportContract {
    @Override
    DatagramTransport create(InetSocketAddress listen, int receiveBufferBytes, int maxReturnSockets, long returnSocketIdleNs) {
        return new NioTransport(listen, receiveBufferBytes, maxReturnSockets, returnSocketIdleNs);
    }

    @Test
    void shouldServeIpv6() throws IOException {
        InetAddress loopback = address("::1");
        DatagramPort port = transport(loopback, 10).open(0, 1);
        DatagramSocket flow = socket(loopback, 0);

        SendResult result = echo(port, flow, loopback, new byte[] {7});

        assertThat(batch.peerLow(0)).isOne();
        // The node is the appliance's own address here, so the flow's port is taken: what matters is that it was told.
        assertThat(result).isEqualTo(SendResult.PORT_UNAVAILABLE);
    }

    @Test
    void shouldReckonWithTheLimitOfOpenFiles() {
        assertThat(OpenFiles.affordable(8192, 1, Long.MAX_VALUE)).isEqualTo(8192);
        assertThat(OpenFiles.affordable(8192, 2, OpenFiles.RESERVE + 200)).isEqualTo(100);
        assertThat(OpenFiles.affordable(8192, 1, 3)).isOne();
        assertThat(OpenFiles.left()).isPositive();
    }

    @Test
    void shouldKeepTheOriginOfAnAddressWhenAnotherOneGoesAndNeverGiveItToAnother() throws IOException {
        InetAddress other = address("127.0.0.3");
        NioPort port = (NioPort) transport(APPLIANCE, 10).open(0, 1);
        port.offerAddresses(Set.of(APPLIANCE, other));
        port.receive(batch);
        DatagramSocket flow = socket(NODE, 0);
        deliver(port, flow, APPLIANCE, new byte[] {1});
        DatagramBatch kept = new DatagramBatch(2, 16);
        kept.add(1, batch.origin(0), 0, batch.peerLow(0), batch.peerPort(0));
        deliver(port, flow, other, new byte[] {1});
        kept.add(1, batch.origin(0), 0, batch.peerLow(0), batch.peerPort(0));
        kept.markReply(0);
        kept.markReply(1);

        port.offerAddresses(Set.of(other));
        port.receive(batch);
        port.reply(kept, nowNs);
        assertThat(kept.result(0)).as("its address is gone").isEqualTo(SendResult.FAILED);
        assertThat(kept.result(1)).isEqualTo(SendResult.SENT);

        port.offerAddresses(Set.of(other, address("127.0.0.4")));
        port.receive(batch);
        port.reply(kept, nowNs);
        assertThat(kept.result(0)).as("nobody else's either").isEqualTo(SendResult.FAILED);
    }
}

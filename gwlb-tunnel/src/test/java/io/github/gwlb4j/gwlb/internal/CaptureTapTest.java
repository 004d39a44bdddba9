package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.gwlb.TestPackets;
import io.github.gwlb4j.gwlb.capture.CaptureContent;
import io.github.gwlb4j.gwlb.capture.PacketCapture;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport;
import io.github.gwlb4j.gwlb.transport.DatagramBatch;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaptureTapTest {
    /** A packet of 65,535 bytes, which a tunnelMtu of as many lets out of an interface, behind its GENEVE header. */
    private static final int TOO_LONG_FOR_UDP = 65_535 + 40;

    @TempDir
    private Path directory;

    @Test
    void shouldPassOverADatagramThatIsLongerThanUdpHasThemRatherThanEndTheWorker() throws Exception {
        DatagramBatch batch = new DatagramBatch(ByteBuffer.allocateDirect(1 << 17), 2, 0);
        byte[] datagram = TestPackets.geneve(TestPackets.dnsQuery());
        batch.buffer().put(0, datagram).put(1 << 16, datagram);
        batch.addAt(0, TOO_LONG_FOR_UDP, 0, 0, 1, 60_123);
        batch.addAt(1 << 16, datagram.length, 0, 0, 1, 60_123);
        PacketCapture capture = PacketCapture.builder(directory.resolve("capture.pcapng")).content(CaptureContent.OUTER).open();
        CaptureTap tap = CaptureTap.of(capture, new InMemoryTransport().open(0, 1), Gwlb.OPTION_CLASS);

        assertThatCode(() -> tap.sent(batch, 0, 0)).doesNotThrowAnyException();
        tap.sent(batch, 1, 0);
        capture.close();

        assertThat(capture.stats().writtenPackets()).isOne();
    }
}

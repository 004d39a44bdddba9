package io.github.gwlb4j.gwlb.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The same with room for the header in front of each datagram, as a worker has it: then they go out in one piece. */
class LinuxRawReplyInOnePieceTest extends LinuxRawReplyTest {
    LinuxRawReplyInOnePieceTest() {
        batch = new DatagramBatch(8, 65_536 + 64);
    }

    @Test
    void shouldHaveItsHeaderInFrontOfWhatWasReceived() throws IOException {
        DatagramPort port = open(ReturnPathMode.RAW_SOCKET, 10);
        assertThat(echo(port, socket(NODE, 0), APPLIANCE, new byte[] {1, 2, 3})).isEqualTo(SendResult.SENT);
        assertThat(batch.offset(0)).isEqualTo(64);
        assertThat(batch.buffer().getShort(64 - 4)).as("UDP length").isEqualTo((short) 11);
    }
}

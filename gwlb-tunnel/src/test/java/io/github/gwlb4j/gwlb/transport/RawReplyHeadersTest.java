package io.github.gwlb4j.gwlb.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Against headers that are made byte by byte, as RFC 768 has them. */
class RawReplyHeadersTest {
    private static final int FREE = 64;

    private final Random random = new Random(5);

    @Test
    void shouldWriteTheSameHeadersInFrontAndElsewhereForAnyAddressPortAndLength() throws IOException {
        LinuxRequirements.rawSockets(); // native memory
        ByteBuffer buffer = ByteBuffer.allocateDirect(2048);
        DatagramBatch batch = new DatagramBatch(buffer, 1, 0);
        RawReplyHeaders headers = new RawReplyHeaders(3);
        byte[] written = new byte[RawReplyHeaders.BYTES];
        for (int n = 0; n < 20_000; n++) {
            byte[] payload = new byte[random.nextInt(1500)];
            random.nextBytes(payload);
            int source = random.nextInt();
            int destination = random.nextInt();
            int sourcePort = random.nextInt(1 << 16);
            int destinationPort = random.nextInt(1 << 16);
            batch.clear();
            batch.addAt(FREE, payload.length, source, 0, Integer.toUnsignedLong(destination), sourcePort);
            buffer.put(FREE, payload);

            headers.writeInFront(batch, 0, destinationPort);

            buffer.get(FREE - RawReplyHeaders.BYTES, written);
            byte[] expected = expected(source, destination, sourcePort, destinationPort, payload);
            assertThat(written).isEqualTo(expected);
            assertThat(headers.write(2, batch, 0, destinationPort) - headers.write(0, batch, 0, destinationPort)).as("places").isEqualTo(16);
        }
    }

    private static byte[] expected(int source, int destination, int sourcePort, int destinationPort, byte[] payload) throws IOException {
        int udpLength = 8 + payload.length;
        ByteArrayOutputStream summed = new ByteArrayOutputStream();
        DataOutputStream pseudo = new DataOutputStream(summed);
        pseudo.writeInt(source);
        pseudo.writeInt(destination);
        pseudo.writeShort(17);
        pseudo.writeShort(udpLength);
        pseudo.writeShort(sourcePort);
        pseudo.writeShort(destinationPort);
        pseudo.writeShort(udpLength);
        pseudo.write(payload);
        byte[] bytes = summed.toByteArray();
        long sum = 0;
        for (int i = 0; i < bytes.length; i++) {
            sum += (long) (bytes[i] & 0xff) << (i % 2 == 0 ? 8 : 0);
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        int checksum = (int) ~sum & 0xffff;
        ByteBuffer expected = ByteBuffer.allocate(RawReplyHeaders.BYTES);
        expected.putShort((short) sourcePort).putShort((short) destinationPort);
        expected.putShort((short) udpLength).putShort((short) (checksum == 0 ? 0xffff : checksum));
        return expected.array();
    }
}

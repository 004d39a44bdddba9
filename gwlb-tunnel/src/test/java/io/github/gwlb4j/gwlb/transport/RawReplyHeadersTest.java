package io.github.gwlb4j.gwlb.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Against headers that are made byte by byte, as RFC 791 and RFC 768 have them. */
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
            int trafficClass = random.nextInt(257) - 1;
            batch.clear();
            batch.addAt(FREE, payload.length, source, 0, Integer.toUnsignedLong(destination), sourcePort);
            batch.setTrafficClass(0, trafficClass);
            buffer.put(FREE, payload);

            headers.writeInFront(batch, 0, destinationPort);

            buffer.get(FREE - RawReplyHeaders.BYTES, written);
            byte[] expected = expected(source, destination, sourcePort, destinationPort, Math.max(0, trafficClass), payload);
            assertThat(written).isEqualTo(expected);
            assertThat(headers.write(2, batch, 0, destinationPort) - headers.write(0, batch, 0, destinationPort)).as("places").isEqualTo(64);
        }
    }

    private static byte[] expected(int source, int destination, int sourcePort, int destinationPort, int trafficClass, byte[] payload) throws IOException {
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
        expected.put((byte) 0x45).put((byte) trafficClass).putShort((short) 0).putInt(0).put((byte) 64).put((byte) 17).putShort((short) 0);
        expected.putInt(source).putInt(destination).putShort((short) sourcePort).putShort((short) destinationPort);
        expected.putShort((short) udpLength).putShort((short) (checksum == 0 ? 0xffff : checksum));
        return expected.array();
    }
}

package io.github.gwlb4j.gwlb.tun;

import io.github.gwlb4j.simulator.lab.LabNamespace;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Answers each DNS question for an A record (RFC 1035) with the same address, on UDP port 53 of a namespace. */
final class DnsAnswerer implements AutoCloseable {
    private static final int HEADER_BYTES = 12;
    private static final int FLAGS_ANSWER = 0x8580;
    private static final int NAME_OF_QUESTION = 0xc000 | HEADER_BYTES;
    private static final int TYPE_A = 1;
    private static final int CLASS_IN = 1;

    private final DatagramSocket socket;
    private final byte[] answer;

    DnsAnswerer(LabNamespace namespace, String answer) throws Exception {
        this.answer = InetAddress.getByName(answer).getAddress();
        this.socket = namespace.call(() -> new DatagramSocket(53));
        Thread thread = new Thread(this::run, "dns-answerer");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        DatagramPacket packet = new DatagramPacket(new byte[1500], 1500);
        try {
            while (true) {
                packet.setLength(1500);
                socket.receive(packet);
                byte[] reply = reply(Arrays.copyOf(packet.getData(), packet.getLength()));
                socket.send(new DatagramPacket(reply, reply.length, packet.getSocketAddress()));
            }
        } catch (IOException e) {
            socket.close(); // closed by the test
        }
    }

    /** Header, question and one record; whatever else the question came with is left out. */
    private byte[] reply(byte[] query) {
        int end = HEADER_BYTES;
        while (query[end] != 0) {
            end += 1 + query[end];
        }
        int questionEnd = end + 5;
        ByteBuffer reply = ByteBuffer.allocate(questionEnd + 12 + answer.length);
        reply.put(query, 0, questionEnd).putShort(2, (short) FLAGS_ANSWER).putShort(6, (short) 1).putInt(8, 0);
        reply.putShort((short) NAME_OF_QUESTION).putShort((short) TYPE_A).putShort((short) CLASS_IN).putInt(60)
                .putShort((short) answer.length).put(answer);
        return reply.array();
    }

    @Override
    public void close() {
        socket.close();
    }
}

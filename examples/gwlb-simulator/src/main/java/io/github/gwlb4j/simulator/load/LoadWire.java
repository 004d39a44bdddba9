package io.github.gwlb4j.simulator.load;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The sockets of a load test: one that replies come to, and one for each source port. One thread sends, another receives.
 */
interface LoadWire extends Closeable {
    /** Room for a train of packets in {@link #sendBuffer()}: the longest payload of UDP over IPv4, aligned. */
    int TRAIN_BYTES = 65_536;
    /** Trains that are sent at once at most. */
    int MAX_TRAINS = 64;

    /** Told of each datagram; the bytes are valid until this returns. */
    interface Receiver {
        void onDatagram(ByteBuffer buffer, int offset, int lengthBytes, int sourceAddress, int sourcePort);
    }

    /** Where trains are laid out for sending: the n-th at n * {@link #TRAIN_BYTES}. */
    ByteBuffer sendBuffer();

    /**
     * Sends trains: datagrams of one length, side by side.
     *
     * @param port        index of the source port
     * @param trains      how many
     * @param lengthBytes length of each datagram, by train
     * @param count       datagrams of each train
     * @return trains that were sent; fewer if the kernel has no room now
     */
    int send(int port, int trains, int[] lengthBytes, int count) throws IOException;

    /** UDP source port by index. */
    int sourcePort(int port);

    /**
     * Hands on what has arrived.
     *
     * @param waitMs how long to wait at most if nothing has
     */
    void receive(int waitMs, Receiver receiver) throws IOException;

    /** Replies that the kernel has dropped because this program did not read them fast enough; -1 if nobody knows. */
    long receiveDrops();

    /** What it is, for people. */
    String description();
}

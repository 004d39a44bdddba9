package io.github.gwlb4j.firewall.state;

import io.github.gwlb4j.firewall.inspect.ClientStreamPool;

/**
 * The connections whose client is read, in the order they began. Belongs to one worker's thread.
 *
 * <p>Bounded: when there are too many, the one that has been read for longest gives its stream up. If no name has decided about it, it is
 * judged as one without a name; if one has, what that rested on may not come again. So clients that send the start of a request and no
 * more do not keep others from being judged, nor do they help one to be read in two ways.
 */
final class ClientStreams {
    private final int max;
    private final ClientStreamPool streams;
    private final Connection list = new Connection();
    private volatile long givenUp;

    ClientStreams(int max, int limitBytes) {
        this.max = max;
        this.streams = new ClientStreamPool(max, limitBytes);
        list.readEarlier = list;
        list.readLater = list;
    }

    /** Gives a connection a stream, if it has none. */
    void take(Connection connection) {
        if (connection.stream != null) {
            return;
        }
        if (streams.inUse() == max) {
            giveUp(list.readLater);
        }
        connection.stream = streams.acquire(connection.firstSequence, connection.serverPort);
        connection.readEarlier = list.readEarlier;
        connection.readLater = list;
        list.readEarlier.readLater = connection;
        list.readEarlier = connection;
    }

    private void giveUp(Connection oldest) {
        oldest.judgedSequence = oldest.stream.judgedSequence();
        giveBack(oldest);
        oldest.isGivenUp = true;
        givenUp++;
    }

    /** Nothing if the connection has no stream. */
    void giveBack(Connection connection) {
        if (connection.stream == null) {
            return;
        }
        streams.release(connection.stream);
        connection.stream = null;
        connection.readEarlier.readLater = connection.readLater;
        connection.readLater.readEarlier = connection.readEarlier;
        connection.readEarlier = null;
        connection.readLater = null;
    }

    /** Connections that gave their stream up. From any thread, a moment old. */
    long givenUp() {
        return givenUp;
    }
}

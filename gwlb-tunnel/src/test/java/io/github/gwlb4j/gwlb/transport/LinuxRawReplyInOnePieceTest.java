package io.github.gwlb4j.gwlb.transport;

/** The same with room for the headers in front of each datagram, as a worker has it: then they go out in one piece. */
class LinuxRawReplyInOnePieceTest extends LinuxRawReplyTest {
    LinuxRawReplyInOnePieceTest() {
        batch = new DatagramBatch(8, 65_536 + 64);
    }
}

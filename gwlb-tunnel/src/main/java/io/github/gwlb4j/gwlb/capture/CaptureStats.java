package io.github.gwlb4j.gwlb.capture;

/**
 * What became of the packets offered to a capture since its start. Immutable; usable from any thread.
 *
 * @param writtenPackets  handed to the operating system for the file
 * @param writtenBytes    of those packets as stored, made-up outer headers included, the file format's own bytes not
 * @param droppedQueueFull not captured because a worker's queue was full: the disk is slower than the traffic
 * @param droppedIoError  not captured because a file could not be written, for example because the disk is full
 * @param filterFailures  not captured because the filter threw
 */
public record CaptureStats(long writtenPackets, long writtenBytes, long droppedQueueFull, long droppedIoError, long filterFailures) {
    /**
     * What became of packets that no filter threw at.
     *
     * @param writtenPackets   handed to the operating system
     * @param writtenBytes     of those packets as stored
     * @param droppedQueueFull not captured because a worker's queue was full
     * @param droppedIoError   not captured because a file could not be written
     */
    public CaptureStats(long writtenPackets, long writtenBytes, long droppedQueueFull, long droppedIoError) {
        this(writtenPackets, writtenBytes, droppedQueueFull, droppedIoError, 0);
    }
}

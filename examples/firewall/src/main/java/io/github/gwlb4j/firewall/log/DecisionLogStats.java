package io.github.gwlb4j.firewall.log;

/**
 * What became of the decisions told to a log since its start: their sum is how many were told, but for those in the queues at the
 * moment. Immutable; usable from any thread.
 *
 * @param written          stand in the file, a line each
 * @param sampledOut       left out by the setting that logs one in so many
 * @param rateLimited      left out because there were more than the lines a second allowed
 * @param droppedQueueFull left out because a worker's queue was full: the disk is slower than the lines
 * @param droppedIoError   not written because the file could not be, for example because the disk is full
 */
public record DecisionLogStats(long written, long sampledOut, long rateLimited, long droppedQueueFull, long droppedIoError) {
}

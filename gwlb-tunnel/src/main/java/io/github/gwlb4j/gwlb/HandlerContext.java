package io.github.gwlb4j.gwlb;

/**
 * What a worker offers its {@link PacketHandler} beside packets: timers, and a way to its thread. Given to
 * {@link PacketHandler#onStart}, good until the handler is closed.
 *
 * <p>Timers and tasks run on the worker's thread, between two batches of packets: they may touch whatever the handler touches, and
 * packets wait meanwhile. One that throws is counted and logged like a handler that does; the worker goes on.
 *
 * <pre>{@code
 * final class RateLimiter implements PacketHandler {
 *     private volatile HandlerContext context;
 *     private int left = 10_000;
 *
 *     @Override
 *     public void onStart(HandlerContext context) {
 *         this.context = context;
 *         context.scheduleEvery(TimeUnit.SECONDS.toNanos(1), () -> left = 10_000);
 *     }
 *
 *     @Override
 *     public Verdict onPacket(GwlbPacket packet) {
 *         return left-- > 0 ? Verdict.FORWARD : Verdict.DROP;
 *     }
 *
 *     boolean stopForNow() {                           // for any thread
 *         return context.execute(() -> left = 0);
 *     }
 * }
 * }</pre>
 */
public interface HandlerContext {
    /** Most timers that wait at a time. */
    int MAX_TIMERS = 65_536;
    /** Most tasks that wait at a time. */
    int MAX_TASKS = 1024;

    /**
     * Which worker this is.
     *
     * @return from 0
     */
    int workerIndex();

    /**
     * The appliance's clock. From any thread.
     *
     * @return monotonic time in nanoseconds, as {@link GwlbPacket#receivedNs()}
     */
    long nowNs();

    /**
     * Runs a task once. On the worker's thread only.
     *
     * @param delayNs nanoseconds from now; 0 or less for as soon as the worker is done with what it is at
     * @param task    run on the worker's thread
     * @return to cancel it
     * @throws IllegalStateException if called on another thread, or if {@link #MAX_TIMERS} wait
     */
    HandlerTimer schedule(long delayNs, Runnable task);

    /**
     * Runs a task again and again. On the worker's thread only. Turns that were missed, because a handler took long, are left out.
     *
     * @param periodNs nanoseconds until the first turn, and from turn to turn; 1 or more
     * @param task     run on the worker's thread
     * @return to cancel it
     * @throws IllegalArgumentException if the period is not positive
     * @throws IllegalStateException if called on another thread, or if {@link #MAX_TIMERS} wait
     */
    HandlerTimer scheduleEvery(long periodNs, Runnable task);

    /**
     * Runs a task on the worker's thread soon, and wakes the worker up for it. From any thread; tasks of one thread run in order.
     *
     * @param task run once; what its caller did before, it sees
     * @return false, and it is never run, if {@link #MAX_TASKS} wait or the worker has ended. Tasks that wait when the appliance closes
     *         are not run either
     */
    boolean execute(Runnable task);
}

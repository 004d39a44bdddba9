package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.HandlerTimer;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Timers in order of when they are due: a binary heap. Belongs to one thread; bounded.
 *
 * <p>Times are as of {@link System#nanoTime}: only differences count.
 */
final class TimerQueue {
    private static final int FIRST_ROOM = 16;
    /** Packets wait meanwhile. */
    private static final int MOST_AT_ONCE = 256;

    private final int max;
    private Timer[] heap = new Timer[FIRST_ROOM];
    private int size;
    private long added;

    TimerQueue(int max) {
        this.max = max;
    }

    private final class Timer implements HandlerTimer {
        private final Runnable task;
        /** 0: it runs once. */
        private final long periodNs;
        private long dueNs;
        /** Of two that are due at the same time, the one that was added first goes first. */
        private long order;
        /** -1 while it does not wait. */
        private int place = -1;

        private Timer(Runnable task, long dueNs, long periodNs) {
            this.task = task;
            this.dueNs = dueNs;
            this.periodNs = periodNs;
        }

        private boolean isBefore(Timer other) {
            long difference = dueNs - other.dueNs;
            return difference != 0 ? difference < 0 : order - other.order < 0;
        }

        @Override
        public void cancel() {
            if (place >= 0) {
                remove(place);
            }
        }
    }

    boolean isEmpty() {
        return size == 0;
    }

    /**
     * Adds a timer.
     *
     * @param periodNs 0 to run it once
     * @throws IllegalStateException if as many as allowed wait
     */
    HandlerTimer add(Runnable task, long dueNs, long periodNs) {
        if (size == max) {
            throw new IllegalStateException(max + " timers wait already: cancel those that are no longer needed; "
                    + "for an end of silent flows, use Flow.setTimeoutNs");
        }
        Timer timer = new Timer(task, dueNs, periodNs);
        insert(timer);
        return timer;
    }

    /** How long until the first is due, at most as long as given; 0 if it is overdue. */
    long untilNextNs(long atMostNs, long nowNs) {
        return size == 0 ? atMostNs : Math.max(0, Math.min(atMostNs, heap[0].dueNs - nowNs));
    }

    /** Runs what is due, but not too many at once; answers how many that was. */
    int run(long nowNs, HandlerCalls calls) {
        int count = 0;
        for (; size > 0 && heap[0].dueNs - nowNs <= 0 && count < MOST_AT_ONCE; count++) {
            Timer timer = heap[0];
            remove(0);
            if (timer.periodNs > 0) {
                long nextNs = timer.dueNs + timer.periodNs;
                timer.dueNs = nextNs - nowNs > 0 ? nextNs : nowNs + timer.periodNs;
                insert(timer);
            }
            calls.run(timer.task);
        }
        return count;
    }

    private void insert(Timer timer) {
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, 2 * size);
        }
        timer.order = added++;
        siftUp(timer, size++);
    }

    private void remove(int place) {
        heap[place].place = -1;
        Timer last = heap[--size];
        heap[size] = null;
        if (place < size) {
            siftUp(last, place);
            siftDown(last, last.place);
        }
    }

    private void siftUp(Timer timer, int from) {
        int place = from;
        for (int parent = (place - 1) / 2; place > 0 && timer.isBefore(heap[parent]); parent = (place - 1) / 2) {
            put(heap[parent], place);
            place = parent;
        }
        put(timer, place);
    }

    private void siftDown(Timer timer, int from) {
        int place = from;
        for (int child = 2 * place + 1; child < size; child = 2 * place + 1) {
            if (child + 1 < size && heap[child + 1].isBefore(heap[child])) {
                child++;
            }
            if (!heap[child].isBefore(timer)) {
                break;
            }
            put(heap[child], place);
            place = child;
        }
        put(timer, place);
    }

    private void put(Timer timer, int place) {
        heap[place] = timer;
        timer.place = place;
    }

    /** The longest delay there is: beyond it, differences of times would change their sign. */
    static long boundedDelay(long delayNs) {
        return Math.min(Math.max(0, delayNs), TimeUnit.DAYS.toNanos(36_500));
    }
}

package io.github.gwlb4j.firewall.state;

import java.util.concurrent.TimeUnit;

/**
 * Token buckets of sources: a source may do something so many times at once, and so many times a second in the long run. Belongs to
 * one thread; takes all its memory at construction, 16 bytes a bucket.
 *
 * <p>A bucket is one number, the time at which it will be full again (the generic cell rate algorithm), and a full bucket is no
 * different from none. So a source takes a place only while it uses its allowance, and <b>only full buckets give way</b>: a flood of
 * sources neither grows the table, nor gives a source that has used up its tokens new ones. The table has sets of eight; when all
 * eight of a set are in use, further sources of that set share one bucket, as strict as one source's own. Which set a source falls
 * into depends on a secret.
 */
public final class SourceBuckets {
    private static final int WAYS = 8;
    /** The last place of each set, for sources that find no other. */
    private static final int SHARED = WAYS;
    private static final int STRIDE = WAYS + 1;

    private final int sets;
    private final long[] tags;
    private final long[] fullAtNs;
    private volatile long shared;

    /**
     * Takes the memory.
     *
     * @param capacity sources that can be told apart at a time, rounded up to a multiple of eight
     */
    public SourceBuckets(int capacity) {
        this.sets = (capacity + WAYS - 1) / WAYS;
        this.tags = new long[sets * STRIDE];
        this.fullAtNs = new long[sets * STRIDE];
    }

    /**
     * Takes a token out of a source's bucket.
     *
     * @param tag       stands for the source, and for what it does if there are several things; see {@link SourceTag}
     * @param perSecond tokens that come back a second, above 0
     * @param burst     tokens that a full bucket holds, 1 or more
     * @param nowNs     monotonic time
     * @return false if there is none
     */
    public boolean take(long tag, double perSecond, int burst, long nowNs) {
        int place = placeOf(tag, nowNs);
        long tokenNs = Math.max(1, (long) (TimeUnit.SECONDS.toNanos(1) / perSecond));
        long missingNs = isUsed(place, nowNs) ? fullAtNs[place] - nowNs : 0;
        if (missingNs > tokenNs * (burst - 1L)) {
            return false;
        }
        tags[place] = tag;
        fullAtNs[place] = nowNs + missingNs + tokenNs;
        return true;
    }

    /** The source's own place, else one whose bucket is full, else the shared one of the set. */
    private int placeOf(long tag, long nowNs) {
        int first = (int) ((tag >>> 32) * sets >>> 32) * STRIDE;
        int free = first + SHARED;
        for (int place = first; place < first + WAYS; place++) {
            if (tags[place] == tag) {
                return place;
            }
            if (free == first + SHARED && !isUsed(place, nowNs)) {
                free = place;
            }
        }
        if (free == first + SHARED) {
            shared++;
        }
        return free;
    }

    private boolean isUsed(int place, long nowNs) {
        return tags[place] != 0 && fullAtNs[place] - nowNs > 0;
    }

    /**
     * How many times a source had to share a bucket because its set was in use.
     *
     * @return 0 or more
     */
    public long shared() {
        return shared;
    }
}

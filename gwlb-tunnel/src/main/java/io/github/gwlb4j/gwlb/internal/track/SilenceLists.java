package io.github.gwlb4j.gwlb.internal.track;

/** The lists of all timeouts, from the shortest to the longest. Bounded; a list that was made stays. Belongs to one worker. */
final class SilenceLists {
    /** Different timeouts at most, as {@link io.github.gwlb4j.gwlb.Flow#setTimeoutNs} says. */
    static final int MAX = 64;

    private final SilenceList[] lists = new SilenceList[MAX];
    private int count;

    /** The list of a timeout; if there are too many, the one of the next longer timeout, or the longest. */
    SilenceList of(long timeoutNs) {
        int place = 0;
        while (place < count && lists[place].timeoutNs < timeoutNs) {
            place++;
        }
        if (place < count && lists[place].timeoutNs == timeoutNs) {
            return lists[place];
        }
        return count < MAX ? insert(place, timeoutNs) : lists[Math.min(place, MAX - 1)];
    }

    private SilenceList insert(int place, long timeoutNs) {
        System.arraycopy(lists, place, lists, place + 1, count - place);
        count++;
        lists[place] = new SilenceList(timeoutNs);
        return lists[place];
    }

    /** A flow whose timeout is over, or null. */
    TrackedFlow firstOver(long nowNs) {
        for (int i = 0; i < count; i++) {
            TrackedFlow flow = lists[i].first();
            if (flow != null && lists[i].isOver(flow, nowNs)) {
                return flow;
            }
        }
        return null;
    }

    /** Who gives way: the longest silent of the shortest timeout; null if there is no flow. */
    TrackedFlow firstToGiveWay() {
        for (int i = 0; i < count; i++) {
            if (lists[i].first() != null) {
                return lists[i].first();
            }
        }
        return null;
    }

    /** How long until the next timeout is over, at most as long as given. */
    long untilNextNs(long atMostNs, long nowNs) {
        long until = atMostNs;
        for (int i = 0; i < count; i++) {
            TrackedFlow flow = lists[i].first();
            if (flow != null) {
                until = Math.min(until, lists[i].timeoutNs - (nowNs - flow.silentSinceNs()));
            }
        }
        return until;
    }
}

package io.github.gwlb4j.simulator.lab;

import io.github.gwlb4j.simulator.ReplyFault;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/** Counts for one site and direction. One thread writes, any thread reads. */
final class SiteCounters {
    final AtomicLong sentPackets = new AtomicLong();
    final AtomicLong sentBytes = new AtomicLong();
    final AtomicLong notSent = new AtomicLong();
    final AtomicLong returnedPackets = new AtomicLong();
    final AtomicLong returnedBytes = new AtomicLong();
    final AtomicLong icmpErrors = new AtomicLong();
    final AtomicLong notDelivered = new AtomicLong();
    private final FaultCounters faults = new FaultCounters();

    void fault(ReplyFault fault) {
        faults.count(fault);
    }

    void sent(int lengthBytes) {
        sentPackets.incrementAndGet();
        sentBytes.addAndGet(lengthBytes);
    }

    void returned(int lengthBytes, boolean isIcmpError) {
        returnedPackets.incrementAndGet();
        returnedBytes.addAndGet(lengthBytes);
        if (isIcmpError) {
            icmpErrors.incrementAndGet();
        }
    }

    LabReport.Counts snapshot() {
        return new LabReport.Counts(sentPackets.get(), sentBytes.get(), notSent.get(), returnedPackets.get(),
                returnedBytes.get(), icmpErrors.get(), notDelivered.get(), faults.snapshot());
    }

    /** How often each fault was seen. */
    static final class FaultCounters {
        private static final ReplyFault[] ALL = ReplyFault.values();

        private final AtomicLongArray counts = new AtomicLongArray(ALL.length);

        void count(ReplyFault fault) {
            counts.incrementAndGet(fault.ordinal());
        }

        Map<ReplyFault, Long> snapshot() {
            Map<ReplyFault, Long> seen = new EnumMap<>(ReplyFault.class);
            for (ReplyFault fault : ALL) {
                if (counts.get(fault.ordinal()) > 0) {
                    seen.put(fault, counts.get(fault.ordinal()));
                }
            }
            return seen;
        }
    }
}

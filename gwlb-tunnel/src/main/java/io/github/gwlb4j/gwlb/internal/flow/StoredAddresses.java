package io.github.gwlb4j.gwlb.internal.flow;

import io.github.gwlb4j.packet.FlowKey;

/** The 40 bytes that keys in shared memory have in common: endpoint id and the two ends' addresses. No state. */
final class StoredAddresses {
    static final int LENGTH = 40;
    private static final int ENDPOINT = 0;
    private static final int FIRST_HIGH = 8;
    private static final int FIRST_LOW = 16;
    private static final int SECOND_HIGH = 24;
    private static final int SECOND_LOW = 32;

    private StoredAddresses() {
    }

    static void write(SharedMemory memory, int at, FlowKey key) {
        memory.put64(at + ENDPOINT, key.endpointId());
        memory.put64(at + FIRST_HIGH, key.firstHigh());
        memory.put64(at + FIRST_LOW, key.firstLow());
        memory.put64(at + SECOND_HIGH, key.secondHigh());
        memory.put64(at + SECOND_LOW, key.secondLow());
    }

    /** Fills a key; false if the numbers are no key's. */
    static boolean read(SharedMemory memory, int at, FlowKey out, int kind, int ports) {
        return out.setNumbers(memory.i64(at + ENDPOINT), kind, memory.i64(at + FIRST_HIGH), memory.i64(at + FIRST_LOW),
                memory.i64(at + SECOND_HIGH), memory.i64(at + SECOND_LOW), ports);
    }

    static boolean isSame(SharedMemory memory, int at, FlowKey key) {
        return ((memory.i64(at + ENDPOINT) ^ key.endpointId())
                | (memory.i64(at + FIRST_LOW) ^ key.firstLow())
                | (memory.i64(at + SECOND_LOW) ^ key.secondLow())
                | (memory.i64(at + FIRST_HIGH) ^ key.firstHigh())
                | (memory.i64(at + SECOND_HIGH) ^ key.secondHigh())) == 0;
    }
}

package io.github.gwlb4j.gwlb.contract;

import org.junit.jupiter.api.Nested;

/** In memory, stepped by hand. */
class SteppedContractTest {
    private static Bench bench() throws Exception {
        return new SteppedBench();
    }

    @Nested
    class Packets extends PacketContract {
        @Override
        Bench newBench() throws Exception {
            return bench();
        }
    }

    @Nested
    class Lives extends LifeContract {
        @Override
        Bench newBench() throws Exception {
            return bench();
        }
    }

    @Nested
    class Sizes extends SizeContract {
        @Override
        Bench newBench() throws Exception {
            return bench();
        }
    }
}

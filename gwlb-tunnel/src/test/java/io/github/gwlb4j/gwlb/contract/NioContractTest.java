package io.github.gwlb4j.gwlb.contract;

import org.junit.jupiter.api.Nested;

/** Over loopback sockets with Java's own transport; interfaces in memory. */
class NioContractTest {
    private static Bench bench() throws Exception {
        ContractRequirements.loopback();
        return new SocketBench(false);
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

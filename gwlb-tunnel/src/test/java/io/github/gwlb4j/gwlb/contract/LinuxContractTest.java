package io.github.gwlb4j.gwlb.contract;

import org.junit.jupiter.api.Nested;

/** Over loopback sockets with the Linux transport; interfaces in memory. */
class LinuxContractTest {
    private static Bench bench() throws Exception {
        ContractRequirements.linux();
        return new SocketBench(true);
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

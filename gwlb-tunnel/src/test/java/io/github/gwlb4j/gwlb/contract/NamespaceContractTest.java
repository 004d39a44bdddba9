package io.github.gwlb4j.gwlb.contract;

import org.junit.jupiter.api.Nested;

/** With real TUN devices, in a network namespace for each test. Needs root. */
class NamespaceContractTest {
    private static Bench bench() throws Exception {
        ContractRequirements.tunDevices();
        return new NamespaceBench();
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

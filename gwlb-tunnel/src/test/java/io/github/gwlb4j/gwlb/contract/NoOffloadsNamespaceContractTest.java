package io.github.gwlb4j.gwlb.contract;

import org.junit.jupiter.api.Nested;

/** As {@link NamespaceContractTest}, with all offloads off. Needs root. */
class NoOffloadsNamespaceContractTest {
    private static Bench bench() throws Exception {
        ContractRequirements.tunDevices();
        return NamespaceBench.withoutOffloads();
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

package io.github.gwlb4j.tun;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class TcpForwarderTest {

    /** Fewer on an emulated machine. */
    private static final long BYTES = Long.getLong("gwlb4j.transferBytes", 100_000_000);

    @BeforeEach
    void needTun() {
        Requirements.tun();
    }

    @ParameterizedTest(name = "offload {0}, {1}, IPv6 {2}")
    @CsvSource({"OFF,FRAMES,false", "OFF,FRAMES,true", "REQUIRE,FRAMES,false", "REQUIRE,FRAMES,true",
        "REQUIRE,PACKETS,false", "REQUIRE,PACKETS,true"})
    void shouldCarryATcpTransferUnchanged(OffloadPolicy offload, Forwarder.Mode mode, boolean ipv6) throws Exception {
        try (ForwarderLab lab = new ForwarderLab(offload, mode, 1500)) {
            ForwarderLab.Transfer transfer = lab.transfer(ipv6, BYTES);
            assertThat(transfer.receivedHash()).isEqualTo(transfer.sentHash());
            assertThat(lab.forwarder.lost()).isZero();
            assertThat(lab.forwarder.malformed()).isZero();
            long leastPackets = offload == OffloadPolicy.REQUIRE && mode == Forwarder.Mode.FRAMES ? BYTES / 65_536 : BYTES / 1_500;
            assertThat(lab.forwarder.forwarded()).as("all of it came through the forwarder").isGreaterThan(leastPackets);
        }
    }
}

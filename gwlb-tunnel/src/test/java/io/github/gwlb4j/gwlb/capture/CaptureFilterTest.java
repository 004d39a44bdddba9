package io.github.gwlb4j.gwlb.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.TestPackets;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CaptureFilterTest {
    private final ByteBuffer bytes = ByteBuffer.wrap(TestPackets.dnsQuery());
    private final CapturedPacket packet = new CapturedPacket();

    private CapturedPacket dnsQuery() {
        IpPacket inner = new IpPacket();
        assertThat(inner.wrap(bytes, 0, bytes.limit())).isEqualTo(PacketStatus.OK);
        return packet.begin(CaptureDirection.RECEIVED).tunnel(TestPackets.ENDPOINT, 0x89ab_cdef).inner(inner);
    }

    @ParameterizedTest
    @CsvSource({
        "udp port 53, true", "tcp, false", "endpoint vpce-00123456789abcdef, true", "endpoint 7, false",
        "verdict dropped, true", "verdict forwarded, false", "verdict delivered, false", "reason send-failed, true", "reason handler, false",
        "note web, true", "note we, false", "cookie 0x89abcdef, true", "cookie 2309737967, true", "cookie 0x89abcdee, false",
        "verdict dropped and (udp port 53 or icmp) and not note other, true"})
    void shouldMatchByPacketAndByWhatBecameOfIt(String expression, boolean isMatch) {
        dnsQuery().verdict(CaptureVerdict.DROPPED, DropReason.SEND_FAILED).note("web");
        assertThat(CaptureFilter.parse(expression).matches(packet)).isEqualTo(isMatch);
    }

    @Test
    void shouldTellTheHandlersDropsFromTheOthers() {
        assertThat(CaptureFilter.parse("reason handler").matches(dnsQuery().verdict(CaptureVerdict.DROPPED, null))).isTrue();
        assertThat(CaptureFilter.parse("reason handler").matches(dnsQuery().verdict(CaptureVerdict.FORWARDED, null))).isFalse();
        assertThat(CaptureFilter.parse("verdict dropped").matches(dnsQuery())).as("nothing known").isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "verdict denied; 'denied' is not a verdict (forwarded, delivered, dropped)", "reason because; 'because' is not a reason (handler, ",
        "cookie x; 'x' is not a flow cookie", "cookie -1; not a flow cookie", "cookie 0x100000000; not a flow cookie",
        "note; something is missing after 'note'", "kind dns; 'kind' is not known"})
    void shouldNameWhatIsWrong(String expression, String message) {
        assertThatThrownBy(() -> CaptureFilter.parse(expression)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
    }

    @Test
    void shouldPickBeforeCopyingAndAllocateNothing() {
        CaptureFilter filter = CaptureFilter.parse("udp port 53 and note web and not verdict forwarded");
        CaptureQueue queue = new CaptureQueue(CaptureContent.INNER, 1500, 1 << 16, filter);
        CaptureQueue.Sink nothing = (ring, at) -> { };
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        CapturedPacket wanted = dnsQuery();
        IpPacket inner = wanted.inner();
        long least = Long.MAX_VALUE;
        int taken = 0;
        for (int attempt = 0; attempt < 3; attempt++) {
            long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
            taken = 0;
            for (int i = 0; i < 100_000; i++) {
                packet.begin(CaptureDirection.RECEIVED).tunnel(7, i).inner(inner).verdict(CaptureVerdict.DROPPED, null).note(i % 2 == 0 ? "web" : null);
                taken += queue.offerPacket(packet, i, bytes, 0, bytes.limit()) ? 1 : 0;
                if (i % 50 == 0) {
                    queue.drain(nothing);
                }
            }
            least = Math.min(least, threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before);
        }
        assertThat(taken).isEqualTo(50_000);
        assertThat(queue.dropped()).isZero();
        assertThat(least).isLessThan(10_000);
    }
}

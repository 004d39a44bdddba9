package io.github.gwlb4j.gwlb.internal.flow;

import static io.github.gwlb4j.gwlb.internal.flow.TestFlows.ENDPOINT;
import static io.github.gwlb4j.gwlb.internal.flow.TestFlows.seconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.linux.Syscalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is saved is what is restored; and whatever happens to the file, there is a table with flows that were saved, or none. */
class FlowFileTest {
    private static final int FLOWS = 24;
    private static final boolean THERE = true;
    private static final boolean BACK = false;

    @TempDir
    private Path folder;
    private final TestFlows flows = new TestFlows();
    private final ByteBuffer header = ByteBuffer.allocateDirect(300);
    private Path path;
    private FlowFile file;

    @BeforeEach
    void open() {
        Assumptions.assumeTrue(Syscalls.unavailableCause() == null, "needs Linux: " + Syscalls.unavailableCause());
        path = folder.resolve("flows");
        file = new FlowFile(path);
    }

    private static FlowTable table() {
        return new FlowTable(FlowTableConfig.defaults(50));
    }

    /** A way back whose header is one, and whose cookie is the stamp. */
    private ReturnPath path(int stamp, int length) {
        header.clear().put(0, (byte) ((length - 8) / 4)).putInt(length - 4, stamp);
        return new ReturnPath().header(header, 0, length).peer(0, 0x0a00_0001L, 60_000 + stamp % 5000, 0x0a00_0002);
    }

    /** Every third flow has a way of its own in the other direction, every fifth a long header. */
    private FlowTable filled(long nowNs) {
        FlowTable table = table();
        for (int i = 0; i < FLOWS; i++) {
            table.remember(flows.udp(i, THERE), FlowSignal.DATA, path(i, i % 5 == 0 ? 100 : 40), nowNs);
            if (i % 2 == 0) {
                table.remember(flows.udp(i, BACK), FlowSignal.DATA, path(i % 3 == 0 ? i + 10_000 : i, i % 5 == 0 ? 100 : 40), nowNs);
            }
        }
        return table;
    }

    private void assertSame(FlowTable expected, FlowTable actual, long nowNs) {
        for (int i = 0; i < FLOWS; i++) {
            for (boolean isForward : new boolean[] {THERE, BACK}) {
                assertThat(found(actual, i, isForward, nowNs)).as("flow %d %s", i, isForward).isEqualTo(found(expected, i, isForward, nowNs));
            }
        }
    }

    private List<Object> found(FlowTable table, int flow, boolean isForward, long nowNs) {
        ReturnPath way = new ReturnPath();
        FindResult result = table.find(flows.udp(flow, isForward), way, nowNs);
        if (result != FindResult.FOUND) {
            return List.of(result);
        }
        byte[] bytes = new byte[way.headerLength()];
        way.header().get(way.headerOffset(), bytes);
        return List.of(way.peerHigh(), way.peerLow(), way.peerPort(), way.origin(), ByteBuffer.wrap(bytes));
    }

    @Test
    void shouldRestoreWhatWasSavedInBothDirectionsForTheOwnerOnly() throws IOException {
        long nowNs = System.nanoTime();
        FlowTable saved = filled(nowNs);
        assertThat(file.write(saved)).isEqualTo(FLOWS);
        assertThat(Files.getPosixFilePermissions(path)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(folder.toFile().list()).containsExactly("flows");

        FlowTable restored = table();
        Set<Long> endpoints = new HashSet<>();
        assertThat(file.restore(restored, endpoints::add).flows()).isEqualTo(FLOWS);

        assertSame(saved, restored, System.nanoTime());
        assertThat(restored.stats().flows()).isEqualTo(FLOWS);
        assertThat(restored.stats().overflowInUse()).isEqualTo(saved.stats().overflowInUse());
        assertThat(endpoints).containsExactly(ENDPOINT);
    }

    @Test
    void shouldRestoreMoreFlowsThanOneBufferHolds() throws IOException {
        FlowTable saved = new FlowTable(FlowTableConfig.defaults(20_000));
        for (int i = 0; i < 10_000; i++) {
            saved.remember(flows.udp(i, THERE), FlowSignal.DATA, path(i, 40), System.nanoTime());
        }
        file.write(saved);
        FlowTable restored = new FlowTable(FlowTableConfig.defaults(20_000));
        assertThat(file.restore(restored, endpoint -> { }).flows()).isEqualTo(10_000);
        assertThat(found(restored, 9_999, BACK, System.nanoTime())).isEqualTo(found(saved, 9_999, BACK, System.nanoTime()));
    }

    @Test
    void shouldCountTheTimeSinceTheLastPacketAndTheTimeInTheFile() throws IOException {
        FlowTable saved = table();
        long nowNs = System.nanoTime();
        saved.remember(flows.udp(1, THERE), FlowSignal.DATA, path(1, 40), nowNs - seconds(60));
        saved.remember(flows.udp(2, THERE), FlowSignal.DATA, path(2, 40), nowNs);
        file.write(saved);
        setWrittenAt(System.currentTimeMillis() - 70_000);

        FlowTable restored = table();
        FlowFile.Restored result = file.restore(restored, endpoint -> { });

        assertThat(result.flows()).as("the first has been silent for 130 s, and 120 s are allowed").isEqualTo(1);
        assertThat(result.expired()).isEqualTo(1);
        assertThat(result.ageMs()).isBetween(70_000L, 80_000L);
        FlowTable again = table();
        file.restore(again, endpoint -> { });
        assertThat(found(restored, 2, BACK, nowNs + seconds(45))).hasSize(5);
        assertThat(found(again, 2, BACK, nowNs + seconds(60))).as("70 s of its 120 s were over").containsExactly(FindResult.UNKNOWN);
    }

    @Test
    void shouldTakeAFileFromTheFutureForNew() throws IOException {
        file.write(filled(System.nanoTime()));
        setWrittenAt(System.currentTimeMillis() + 3_600_000);
        assertThat(file.restore(table(), endpoint -> { }).flows()).isEqualTo(FLOWS);
    }

    private void setWrittenAt(long ms) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.BIG_ENDIAN);
        write(bytes.putLong(12, ms).array());
    }

    /** With the checksum that is right for it. */
    private void write(byte[] bytes) throws IOException {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, 0, bytes.length - 4);
        ByteBuffer.wrap(bytes).putInt(bytes.length - 4, (int) checksum.getValue());
        Files.write(path, bytes);
    }

    @Test
    void shouldRestoreNothingFromAFileThatWasCutAnywhere() throws IOException {
        file.write(filled(System.nanoTime()));
        byte[] whole = Files.readAllBytes(path);
        for (int length = 0; length < whole.length; length++) {
            Files.write(path, java.util.Arrays.copyOf(whole, length));
            FlowTable table = table();
            assertThatThrownBy(() -> file.restore(table, endpoint -> { })).isInstanceOf(IOException.class);
            assertThat(table.stats().flows()).as("cut to %d bytes", length).isZero();
        }
    }

    @Test
    void shouldRestoreNothingFromAFileInWhichAnyByteWasChanged() throws IOException {
        file.write(filled(System.nanoTime()));
        byte[] whole = Files.readAllBytes(path);
        for (int at = 0; at < whole.length; at++) {
            byte[] changed = whole.clone();
            changed[at] ^= (byte) (1 + at % 255);
            Files.write(path, changed);
            FlowTable table = table();
            assertThatThrownBy(() -> file.restore(table, endpoint -> { })).isInstanceOf(IOException.class);
            assertThat(table.stats().flows()).as("byte %d changed", at).isZero();
        }
    }

    /** The checksum is no protection against whoever can compute it. */
    @Test
    void shouldHoldOnlyWholeFlowsWhateverStandsInAFileWithARightChecksum() throws IOException {
        file.write(filled(System.nanoTime()));
        byte[] whole = Files.readAllBytes(path);
        Random random = new Random(7);
        List<String> outcomes = new ArrayList<>();
        for (int round = 0; round < 1000; round++) {
            byte[] changed = whole.clone();
            for (int n = random.nextInt(4) + 1; n > 0; n--) {
                changed[20 + random.nextInt(changed.length - 24)] = (byte) random.nextInt();
            }
            write(changed);
            FlowTable table = table();
            try {
                outcomes.add(file.restore(table, endpoint -> { }).flows() + " flows");
            } catch (IOException e) {
                outcomes.add(e.getMessage());
            }
            for (int i = 0; i < FLOWS; i++) { // must not throw, and whatever is found has a header that fits
                List<Object> found = found(table, i, BACK, System.nanoTime());
                if (found.size() == 5) {
                    ByteBuffer bytes = (ByteBuffer) found.get(4);
                    assertThat(bytes.capacity()).isEqualTo(8 + 4 * bytes.get(0));
                }
            }
        }
        assertThat(outcomes).anyMatch(outcome -> outcome.endsWith(" flows")).anyMatch(outcome -> outcome.contains("makes no sense"));
    }

    @Test
    void shouldRefuseAFileThatOthersMayWriteAndFollowNoLink() throws IOException {
        file.write(filled(System.nanoTime()));
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw-r--"));
        assertThatThrownBy(() -> file.restore(table(), endpoint -> { })).hasMessageContaining("others may write it");

        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), path);
        assertThatThrownBy(() -> new FlowFile(link).restore(table(), endpoint -> { })).isInstanceOf(IOException.class);
        if (Syscalls.userId() == 0) {
            Files.setAttribute(path, "unix:uid", 4711);
            assertThatThrownBy(() -> file.restore(table(), endpoint -> { })).hasMessageContaining("belongs to another user");
        }
    }

    @Test
    void shouldRefuseAnotherFormatByName() throws IOException {
        assertThat(file.restore(table(), endpoint -> { })).as("no file").isNull();
        file.write(table());
        byte[] bytes = Files.readAllBytes(path);
        bytes[11] = 9;
        write(bytes);
        assertThatThrownBy(() -> file.restore(table(), endpoint -> { })).hasMessageContaining("format 9");
        Files.writeString(path, "something else that is long enough to be looked at");
        assertThatThrownBy(() -> file.restore(table(), endpoint -> { })).hasMessageContaining("not a flow file");
    }

    @Test
    void shouldLeaveTheOldFileWhenTheNewOneCannotBeWritten() throws IOException {
        file.write(filled(System.nanoTime()));
        byte[] before = Files.readAllBytes(path);
        Files.createDirectory(folder.resolve("flows.tmp"));
        Files.createFile(folder.resolve("flows.tmp").resolve("in the way"));
        assertThatThrownBy(() -> file.write(table())).isInstanceOf(IOException.class);
        assertThat(Files.readAllBytes(path)).isEqualTo(before);
    }

    /** A second round, as a hand-over has one when the workers rest: what is new, and what has another way back. */
    @Test
    void shouldCopyInASecondRoundOnlyWhatHasChanged() {
        long nowNs = System.nanoTime();
        FlowTable table = filled(nowNs);
        FlowSnapshot snapshot = table.snapshot(true);
        ByteBuffer out = ByteBuffer.allocateDirect(1 << 20).order(ByteOrder.BIG_ENDIAN);
        assertThat(snapshot.fill(out, nowNs)).isEqualTo(FLOWS);

        table.remember(flows.udp(3, THERE), FlowSignal.DATA, path(777, 40), nowNs);
        table.remember(flows.udp(FLOWS, THERE), FlowSignal.DATA, path(778, 40), nowNs);
        table.find(flows.udp(5, BACK), new ReturnPath(), nowNs + seconds(2)); // only seen
        out.clear();
        snapshot.beginRound();

        assertThat(snapshot.fill(out, nowNs)).isEqualTo(2);
        assertThat(snapshot.isDone()).isTrue();
        FlowTable other = table();
        FlowRecord record = new FlowRecord();
        out.flip();
        while (out.hasRemaining()) {
            assertThat(record.read(out)).isTrue();
            assertThat(other.restore(record, nowNs)).isTrue();
        }
        assertThat(found(other, 3, BACK, nowNs)).isEqualTo(found(table, 3, BACK, nowNs));
        assertThat(found(other, FLOWS, BACK, nowNs)).isEqualTo(found(table, FLOWS, BACK, nowNs));
    }
}

package io.github.gwlb4j.gwlb.internal.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.gwlb4j.linux.Syscalls;
import io.github.gwlb4j.linux.UnixSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that starts while another one starts or closes, which here only holds the lock. */
@Timeout(30)
class PlaceInLineTest {
    private static final long SHORT_MS = 300;

    @TempDir
    private Path folder;
    private Path path;

    @BeforeEach
    void requireLinux() {
        assumeTrue(Syscalls.unavailableCause() == null, "needs Linux: " + Syscalls.unavailableCause());
        path = folder.resolve("t.sock");
    }

    private PlaceInLine place(long patienceMs) {
        return new PlaceInLine(path, Map.of(), 1, patienceMs);
    }

    @Test
    void shouldBeTheFirstWhenNobodyIsThere() throws Exception {
        try (PlaceInLine place = place(SHORT_MS)) {
            place.find();
            assertThat(place.takeover()).isNull();
            assertThat(StartLock.take(path)).as("others wait").isNull();
        }
        try (StartLock free = StartLock.take(path)) {
            assertThat(free).isNotNull();
        }
    }

    @Test
    void shouldSayWhatToDoWhenTheOtherOneTakesTooLong() throws Exception {
        try (StartLock other = StartLock.take(path); PlaceInLine place = place(SHORT_MS)) {
            assertThat(other).isNotNull();
            assertThatThrownBy(place::find).hasMessageContaining("has been starting, closing or handing over for")
                    .hasMessageContaining("this one has not started").hasMessageContaining("'fuser " + path + ".lock")
                    .hasMessageContaining("then start this one again");
        }
    }

    @Test
    void shouldGoOnAsSoonAsTheOtherOneIsGone() throws Exception {
        StartLock other = StartLock.take(path);
        try (PlaceInLine place = place(20_000)) {
            CompletableFuture<Void> found = find(place);
            Thread.sleep(200);
            assertThat(found).isNotDone();
            other.close();
            found.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void shouldEndAtOnceWhenToldToStopWhileItWaits() throws Exception {
        try (StartLock other = StartLock.take(path); PlaceInLine place = place(20_000)) {
            assertThat(other).isNotNull();
            CompletableFuture<Void> found = find(place);
            Thread.sleep(200);
            place.giveUp();
            assertThatThrownBy(() -> found.get(5, TimeUnit.SECONDS)).hasMessageContaining("told to stop");
        }
    }

    /** It accepts no connection, so nothing is ever said. */
    @Test
    void shouldEndAtOnceWhenToldToStopWhileTheOtherOneSaysNothing() throws Exception {
        try (UnixSocket silent = UnixSocket.listen(path); PlaceInLine place = place(20_000)) {
            assertThat(silent).isNotNull();
            UnixSocket.publish(path);
            CompletableFuture<Void> found = find(place);
            Thread.sleep(200);
            place.giveUp();
            assertThatThrownBy(() -> found.get(5, TimeUnit.SECONDS)).hasMessageContaining("given up here");
        }
    }

    @Test
    void shouldNotMakeTheLocksFileWhenOnlyAsked() throws Exception {
        assertThat(Takeover.isOffered(path)).isFalse();
        assertThat(Files.list(folder)).isEmpty();
        try (StartLock other = StartLock.take(path)) {
            assertThat(other).isNotNull();
            assertThat(Takeover.isOffered(path)).as("one that starts or closes is there").isTrue();
        }
        assertThat(Takeover.isOffered(path)).isFalse();
    }

    private static CompletableFuture<Void> find(PlaceInLine place) {
        return CompletableFuture.runAsync(() -> {
            try {
                place.find();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }
}

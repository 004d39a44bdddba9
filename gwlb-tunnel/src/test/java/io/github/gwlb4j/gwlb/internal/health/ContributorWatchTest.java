package io.github.gwlb4j.gwlb.internal.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.health.HealthContributor;
import io.github.gwlb4j.gwlb.health.HealthStatus;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ContributorWatchTest {
    private ContributorWatch watch;

    private void start(Map<String, HealthContributor> contributors) {
        watch = new ContributorWatch(contributors);
        watch.start();
    }

    @AfterEach
    void stop() {
        watch.stop();
        assertThat(Thread.getAllStackTraces().keySet()).noneMatch(thread -> thread.getName().startsWith("gwlb4j-health-"));
    }

    private void awaitProblems(List<String> expected) throws InterruptedException {
        for (int i = 0; i < 500 && !watch.problems(System.nanoTime()).equals(expected); i++) {
            Thread.sleep(10);
        }
        assertThat(watch.problems(System.nanoTime())).isEqualTo(expected);
    }

    @Test
    void shouldCountAsUnhealthyBeforeTheFirstAnswer() {
        watch = new ContributorWatch(Map.of("rules", HealthStatus::healthy));
        assertThat(watch.problems(System.nanoTime())).containsExactly("rules: has not answered yet");
    }

    @Test
    void shouldFollowWhatAContributorSays() throws InterruptedException {
        HealthStatus[] says = {HealthStatus.unhealthy("no rules", "no licence")};
        start(Map.of("rules", () -> says[0]));
        awaitProblems(List.of("rules: no rules", "rules: no licence"));
        says[0] = HealthStatus.healthy();
        awaitProblems(List.of());
        says[0] = null;
        awaitProblems(List.of("rules: returned null"));
    }

    @Test
    void shouldAskAContributorAgainThatHadNoMemory() throws InterruptedException {
        boolean[] isOutOfMemory = {true};
        start(Map.of("db", () -> {
            if (isOutOfMemory[0]) {
                throw new OutOfMemoryError("Java heap space");
            }
            return HealthStatus.healthy();
        }));
        awaitProblems(List.of("db: Java heap space"));
        isOutOfMemory[0] = false;
        awaitProblems(List.of());
    }

    @Test
    void shouldShowWhatAContributorThrowsAndAskItAgain() throws InterruptedException {
        boolean[] isBroken = {true};
        start(Map.of("db", () -> {
            if (isBroken[0]) {
                throw new java.io.IOException("connection refused");
            }
            return HealthStatus.healthy();
        }));
        awaitProblems(List.of("db: connection refused"));
        isBroken[0] = false;
        awaitProblems(List.of());
    }

    @Test
    void shouldCallAContributorThatHangsUnhealthyWithoutDelayingTheOthers() throws InterruptedException {
        CountDownLatch isAsked = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        start(Map.of("hangs", () -> {
            isAsked.countDown();
            never.await();
            return HealthStatus.healthy();
        }, "says", () -> HealthStatus.unhealthy("no")));
        assertThat(isAsked.await(5, TimeUnit.SECONDS)).isTrue();
        awaitProblemOf("says: no");
        assertThat(watch.problems(System.nanoTime() + ContributorWatch.TIMEOUT_NS)).anyMatch(problem -> problem.matches("hangs: has not answered for \\d+ s"));
        watch.stop(); // interrupts it
    }

    private void awaitProblemOf(String problem) throws InterruptedException {
        for (int i = 0; i < 500 && !watch.problems(System.nanoTime()).contains(problem); i++) {
            Thread.sleep(10);
        }
        assertThat(watch.problems(System.nanoTime())).contains(problem);
    }

    @Test
    void shouldBoundWhatAContributorSays() throws InterruptedException {
        String[] many = new String[1000];
        java.util.Arrays.fill(many, "x".repeat(10_000));
        start(Map.of("loud", () -> HealthStatus.unhealthy(many)));
        for (int i = 0; i < 500 && watch.problems(System.nanoTime()).size() < 2; i++) {
            Thread.sleep(10);
        }
        assertThat(watch.problems(System.nanoTime())).hasSize(20).allSatisfy(problem -> assertThat(problem).hasSizeLessThan(520));
    }
}

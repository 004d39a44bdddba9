package io.github.gwlb4j.simulator.lab;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/**
 * Kills an appliance's process with SIGKILL while traffic goes on, starts it again at once, and takes the time, as often as wanted.
 * Owned by one thread.
 */
public final class CrashRestarts implements AutoCloseable {
    private final OutageProbe probe;
    private final Callable<LabProcess> starter;
    private final String readyText;
    private final Duration limit;
    private LabProcess process;
    private final List<Restart> restarts = new ArrayList<>();

    /**
     * One restart; milliseconds since the signal was sent.
     *
     * @param gone     the process had ended, and the next one was started
     * @param ready    the next one said so
     * @param forwards the load balancer had the first packet back
     * @param answered an answer was back at the client, too
     * @param cpuMs    not since the signal, but CPU time that the next one had used by the time it was ready: that does not depend on
     *                 who else uses the machine
     */
    public record Restart(long gone, long ready, long forwards, long answered, long cpuMs) {
    }

    /**
     * Starts the appliance and waits until it forwards.
     *
     * @param site      whose client and server have the traffic
     * @param starter   starts the process
     * @param readyText what the process writes when it is ready
     * @param limit     for each start
     * @throws Exception if it does not come to that
     */
    public CrashRestarts(LabSite site, Callable<LabProcess> starter, String readyText, Duration limit) throws Exception {
        this.starter = starter;
        this.readyText = readyText;
        this.limit = limit;
        this.probe = OutageProbe.start(site);
        process = starter.call();
        awaitTraffic();
    }

    private OutageProbe.Outage awaitTraffic() throws IOException, InterruptedException {
        try {
            return probe.await(limit);
        } catch (IOException e) {
            throw new IOException(e.getMessage() + "\n" + process.output(), e);
        }
    }

    /**
     * Kills it and starts it again.
     *
     * @return how long what took
     * @throws Exception if it does not come back
     */
    public Restart restart() throws Exception {
        long killedNs = System.nanoTime();
        ProcessHandle.of(process.pid()).ifPresent(ProcessHandle::destroyForcibly);
        process.waitFor(limit);
        long goneNs = probe.mark();
        process = starter.call();
        process.awaitOutput(readyText, limit);
        long readyNs = System.nanoTime();
        long cpuMs = ProcessHandle.of(process.pid()).flatMap(running -> running.info().totalCpuDuration()).map(Duration::toMillis).orElse(0L);
        OutageProbe.Outage outage = awaitTraffic();
        long beforeNs = goneNs - killedNs;
        Restart restart = new Restart(ms(beforeNs), ms(readyNs - killedNs), ms(beforeNs + outage.toServerNs()),
                ms(beforeNs + outage.bothWaysNs()), cpuMs);
        restarts.add(restart);
        return restart;
    }

    private static long ms(long ns) {
        return TimeUnit.NANOSECONDS.toMillis(ns);
    }

    /**
     * The process that runs now.
     *
     * @return changes with each restart
     */
    public LabProcess process() {
        return process;
    }

    /**
     * The figures of all restarts so far.
     *
     * @return one line: medians, and the lowest and highest value of each
     */
    public String summary() {
        return String.format(Locale.ROOT, "%d restart(s), ms since SIGKILL: gone %s, ready %s, forwards %s, answered %s; CPU time until ready %s",
                restarts.size(), spread(Restart::gone), spread(Restart::ready), spread(Restart::forwards), spread(Restart::answered),
                spread(Restart::cpuMs));
    }

    private String spread(ToLongFunction<Restart> value) {
        long[] sorted = restarts.stream().mapToLong(value).sorted().toArray();
        return sorted.length == 0 ? "-" : sorted[sorted.length / 2] + " (" + sorted[0] + "-" + sorted[sorted.length - 1] + ")";
    }

    /** Ends the traffic and kills the process. */
    @Override
    public void close() {
        probe.close();
        process.close();
    }
}

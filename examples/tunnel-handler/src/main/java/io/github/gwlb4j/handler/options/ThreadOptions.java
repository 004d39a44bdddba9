package io.github.gwlb4j.handler.options;

import java.util.List;
import picocli.CommandLine.Option;

/** Threads and their CPUs. Each thread of this handler serves both sides of the tunnels. Filled by the command line. */
public final class ThreadOptions {
    private static final int MOST_BY_DEFAULT = 16;

    /** Asked for the UDP side, or null. */
    @Option(names = "--udpthreads", paramLabel = "N", description = "Threads. Each one serves UDP and the interfaces, so of this and "
            + "--tunthreads the larger counts; default: one for each CPU, at most 16.")
    public Integer udpThreads;

    /** CPUs asked for the UDP side, or null. */
    @Option(names = "--udpaffinity", paramLabel = "LIST", converter = Converters.Cpus.class,
            description = "One thread on each of these CPUs, as in 0-2,5; stronger than "
            + "--udpthreads. Of this and --tunaffinity the longer one counts.")
    public CpuList udpCpus;

    /** Asked for the interfaces, or null. */
    @Option(names = "--tunthreads", paramLabel = "N", description = "As --udpthreads.")
    public Integer tunThreads;

    /** CPUs asked for the interfaces, or null. */
    @Option(names = "--tunaffinity", paramLabel = "LIST", converter = Converters.Cpus.class, description = "As --udpaffinity.")
    public CpuList tunCpus;

    /**
     * How many workers to start.
     *
     * @return what was asked for, for whichever side asked for more; without any wish one for each CPU, but not more than 16
     */
    public int workers() {
        int udp = count(udpCpus, udpThreads);
        int tun = count(tunCpus, tunThreads);
        return udp == 0 && tun == 0 ? Math.min(MOST_BY_DEFAULT, Runtime.getRuntime().availableProcessors()) : Math.max(udp, tun);
    }

    private static int count(CpuList cpus, Integer threads) {
        return cpus != null ? cpus.cpus().size() : threads != null ? threads : 0;
    }

    /**
     * Where workers run: worker i on element i, from the beginning again if there are more workers than elements.
     *
     * @return empty if they may run anywhere
     */
    public List<Integer> cpus() {
        List<Integer> udp = udpCpus == null ? List.of() : udpCpus.cpus();
        List<Integer> tun = tunCpus == null ? List.of() : tunCpus.cpus();
        return tun.size() > udp.size() ? tun : udp;
    }
}

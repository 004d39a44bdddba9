package io.github.gwlb4j.simulator.load;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/**
 * A distribution of times in nanoseconds, of three significant digits. Immutable.
 *
 * @param count        values; all others are 0 if there is none
 * @param minNs        least
 * @param meanNs       mean
 * @param p50Ns        median
 * @param p90Ns        90th percentile
 * @param p99Ns        99th percentile
 * @param p999Ns       99.9th percentile
 * @param maxNs        greatest
 * @param distribution points from the least to the greatest value, denser towards the greatest
 */
public record Latency(long count, long minNs, long meanNs, long p50Ns, long p90Ns, long p99Ns, long p999Ns, long maxNs,
        List<Point> distribution) {
    private static final int TICKS_A_HALVING = 4;

    /**
     * So many percent of the values are not greater.
     *
     * @param percentile 0 to 100
     * @param ns         the value
     */
    public record Point(double percentile, long ns) {
    }

    /**
     * Copies the list.
     *
     * @param count        values
     * @param minNs        least
     * @param meanNs       mean
     * @param p50Ns        median
     * @param p90Ns        90th percentile
     * @param p99Ns        99th percentile
     * @param p999Ns       99.9th percentile
     * @param maxNs        greatest
     * @param distribution points
     */
    public Latency {
        distribution = List.copyOf(distribution);
    }

    static Latency of(Histogram histogram) {
        if (histogram.getTotalCount() == 0) {
            return new Latency(0, 0, 0, 0, 0, 0, 0, 0, List.of());
        }
        List<Point> points = new ArrayList<>();
        for (HistogramIterationValue value : histogram.percentiles(TICKS_A_HALVING)) {
            points.add(new Point(value.getPercentileLevelIteratedTo(), value.getValueIteratedTo()));
        }
        return new Latency(histogram.getTotalCount(), histogram.getMinValue(), Math.round(histogram.getMean()),
                histogram.getValueAtPercentile(50), histogram.getValueAtPercentile(90), histogram.getValueAtPercentile(99),
                histogram.getValueAtPercentile(99.9), histogram.getMaxValue(), points);
    }
}

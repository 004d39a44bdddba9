package io.github.gwlb4j.simulator.load;

import java.util.List;
import java.util.OptionalInt;

/** Given rates. Immutable. */
record RateSteps(List<Integer> rates) implements RatePlan {
    RateSteps {
        rates = List.copyOf(rates);
        if (rates.isEmpty() || rates.size() > MAX_STEPS) {
            throw new IllegalArgumentException(rates.size() + " rates are not in 1.." + MAX_STEPS);
        }
        rates.forEach(RateSteps::requireRate);
    }

    static int requireRate(int rate) {
        if (rate < 1 || rate > MAX_RATE) {
            throw new IllegalArgumentException("rate " + rate + " is not in 1.." + MAX_RATE + " packets a second");
        }
        return rate;
    }

    @Override
    public OptionalInt next(List<LoadStep> done, double maxLoss) {
        return done.size() < rates.size() ? OptionalInt.of(rates.get(done.size())) : OptionalInt.empty();
    }

    @Override
    public int maxSteps() {
        return rates.size();
    }

    @Override
    public boolean isSearch() {
        return false;
    }

    @Override
    public String toString() {
        return rates.size() == 1 ? rates.get(0) + " packets/s" : rates.size() + " rates";
    }
}

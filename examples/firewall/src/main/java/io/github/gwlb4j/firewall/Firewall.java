package io.github.gwlb4j.firewall;

import io.github.gwlb4j.firewall.log.DecisionCause;
import io.github.gwlb4j.firewall.log.DecisionQueue;
import io.github.gwlb4j.firewall.rules.Rule;
import io.github.gwlb4j.firewall.state.Engine;
import io.github.gwlb4j.firewall.state.EngineSettings;
import io.github.gwlb4j.firewall.state.EngineStats;
import io.github.gwlb4j.firewall.state.Judgement;
import io.github.gwlb4j.firewall.state.PolicyVersion;
import io.github.gwlb4j.firewall.state.RuleTally;
import io.github.gwlb4j.firewall.view.TopTalkers;
import io.github.gwlb4j.gwlb.Flow;
import io.github.gwlb4j.gwlb.FlowEnd;
import io.github.gwlb4j.gwlb.GwlbPacket;
import io.github.gwlb4j.gwlb.HandlerContext;
import io.github.gwlb4j.gwlb.PacketHandler;
import io.github.gwlb4j.gwlb.Verdict;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The firewall as a packet handler, one instance for each worker: has each packet judged by the {@link Engine}, counts and logs what was
 * decided, answers what was rejected.
 *
 * <p>Belongs to its worker's thread; the counters may be read from any.
 */
final class Firewall implements PacketHandler {
    private static final long PUBLISH_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int CAUSES = DecisionCause.values().length;

    private final CurrentPolicy policy;
    private final Engine engine;
    private final boolean isDryRun;
    /** Null if nobody looks. */
    private final TopTalkers talkers;
    /** Null if decisions are not logged. */
    private final DecisionQueue log;
    private final Judgement judgement = new Judgement();
    /** By cause, of packets that pass, then of those that do not. */
    private final AtomicLongArray packets = new AtomicLongArray(2 * CAUSES);
    private volatile RuleTally tally;
    private volatile HandlerContext context;

    /**
     * A firewall without connections.
     *
     * @param policy   shared by all workers
     * @param settings of the whole run
     * @param talkers  counts who sends most; null if nobody looks
     * @param log      this worker's queue into the log of decisions; null for none
     */
    Firewall(CurrentPolicy policy, EngineSettings settings, TopTalkers talkers, DecisionQueue log) {
        this.policy = policy;
        this.isDryRun = settings.isDryRun();
        this.talkers = talkers;
        this.log = log;
        this.tally = RuleTally.of(policy.version());
        this.engine = new Engine(settings, tally.version());
    }

    @Override
    public void onStart(HandlerContext worker) {
        context = worker;
        if (talkers != null) {
            worker.scheduleEvery(PUBLISH_INTERVAL_NS, () -> talkers.publish(worker.nowNs()));
        }
    }

    @Override
    public Verdict onPacket(GwlbPacket packet) {
        adoptNewRules();
        engine.judge(packet, judgement);
        count(packet);
        Rule rule = rule();
        packet.captureNote(rule == null ? null : rule.name());
        if (log != null && (judgement.isNewConnection() || !judgement.isPassing())) {
            log.decided(packet, packet.flowKey(), rule, judgement.action(), judgement.cause(), judgement.name());
        }
        if (isDryRun || judgement.isPassing()) {
            return Verdict.FORWARD;
        }
        engine.answer(packet, judgement);
        return Verdict.DROP;
    }

    private void count(GwlbPacket packet) {
        int at = judgement.cause().ordinal() + (judgement.isPassing() ? 0 : CAUSES);
        packets.lazySet(at, packets.getPlain(at) + 1);
        if (judgement.rule() != Judgement.NO_RULE) {
            tally.count(judgement.rule(), packet.inner().totalLength(), judgement.isNewConnection());
        }
        if (talkers != null) {
            talkers.count(packet.inner(), packet.flowKey());
        }
    }

    private Rule rule() {
        return judgement.rule() < 0 ? null : tally.version().policy().rule(judgement.rule());
    }

    @Override
    public void onFlowEnd(Flow flow, FlowEnd end) {
        engine.onFlowEnd(flow, end);
    }

    // ---- rules are exchanged while packets flow

    /** Has the worker take the current rules into use soon, also if no packet comes. From any thread. */
    void rulesHaveChanged() {
        HandlerContext worker = context;
        if (worker != null) {
            worker.execute(this::adoptNewRules);
        }
    }

    private void adoptNewRules() {
        PolicyVersion current = policy.version();
        if (tally.version() != current) {
            tally = tally.carriedOver(current);
            engine.use(current);
        }
    }

    // ---- for whoever watches, from any thread, a moment old

    /** What the rules have decided; of the rules that this worker has in use. */
    RuleTally tally() {
        return tally;
    }

    /** Packets that have passed, or in a dry run would have, for a reason. */
    long passed(DecisionCause cause) {
        return packets.getOpaque(cause.ordinal());
    }

    /** Packets that have been dropped, or in a dry run would have been, for a reason. */
    long dropped(DecisionCause cause) {
        return packets.getOpaque(CAUSES + cause.ordinal());
    }

    EngineStats stats() {
        return engine.stats();
    }

    TopTalkers talkers() {
        return talkers;
    }
}

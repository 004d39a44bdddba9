package io.github.gwlb4j.firewall.log;

import io.github.gwlb4j.firewall.rules.Action;

/** Numbers the pairs of cause and action, which are sampled, limited and counted each on its own. */
final class DecisionKind {
    private static final DecisionCause[] CAUSES = DecisionCause.values();
    private static final Action[] ACTIONS = Action.values();
    static final int COUNT = CAUSES.length * ACTIONS.length;

    private DecisionKind() {
    }

    static int of(Action action, DecisionCause cause) {
        return cause.ordinal() * ACTIONS.length + action.ordinal();
    }

    static DecisionCause cause(int kind) {
        return CAUSES[kind / ACTIONS.length];
    }

    static Action action(int kind) {
        return ACTIONS[kind % ACTIONS.length];
    }
}

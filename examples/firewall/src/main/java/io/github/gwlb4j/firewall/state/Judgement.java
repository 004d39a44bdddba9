package io.github.gwlb4j.firewall.state;

import io.github.gwlb4j.firewall.inspect.DomainName;
import io.github.gwlb4j.firewall.log.DecisionCause;
import io.github.gwlb4j.firewall.rules.Action;

/** What was decided about one packet, and why. Belongs to one worker's thread; used for packet after packet. */
public final class Judgement {
    /** In the place of a rule's index: none had a part in it. */
    public static final int NO_RULE = -2;

    /** Who is told of a rejected packet. */
    enum Notice { SENDER, BOTH_ENDS, DNS_REFUSED }

    private Action action;
    private DecisionCause cause;
    private int rule;
    private DomainName name;
    private boolean isNewConnection;
    private Notice notice;

    /** It passes. */
    void pass(DecisionCause cause, int rule) {
        set(Action.ALLOW, cause, rule);
    }

    /** It is the first packet of a connection that may go on, or the one that decided so. */
    void open(DecisionCause cause, int rule) {
        set(Action.ALLOW, cause, rule);
        isNewConnection = true;
    }

    /** It is dropped, without an answer. */
    void drop(DecisionCause cause, int rule) {
        set(Action.DENY, cause, rule);
    }

    /** It is dropped, and answered if the action is to reject. */
    void refuse(Action action, DecisionCause cause, int rule) {
        set(action, cause, rule);
    }

    private void set(Action action, DecisionCause cause, int rule) {
        this.action = action;
        this.cause = cause;
        this.rule = rule;
        this.name = null;
        this.isNewConnection = false;
        this.notice = Notice.SENDER;
    }

    /** The name that the connection's client has asked for. */
    void setName(DomainName name) {
        this.name = name;
    }

    void setNotice(Notice notice) {
        this.notice = notice;
    }

    /** Refused for a connection of its own, not because it does not fit one that is open. */
    void markNewConnection() {
        isNewConnection = true;
    }

    Notice notice() {
        return notice;
    }

    /**
     * What becomes of the packet.
     *
     * @return never null once a packet was judged
     */
    public Action action() {
        return action;
    }

    /**
     * Whether the packet passes.
     *
     * @return true for {@link Action#ALLOW}
     */
    public boolean isPassing() {
        return action == Action.ALLOW;
    }

    /**
     * Why.
     *
     * @return never null once a packet was judged
     */
    public DecisionCause cause() {
        return cause;
    }

    /**
     * The rule that decided.
     *
     * @return an index into the current rules, {@link RuleTally#DEPARTED} or {@link #NO_RULE}
     */
    public int rule() {
        return rule;
    }

    /**
     * The name that the connection's client has asked for.
     *
     * @return null unless it was read in this packet; valid until the next packet
     */
    public DomainName name() {
        return name;
    }

    /**
     * Whether this is the decision about a connection, not about one more packet of it.
     *
     * @return true if it counts as a connection of its rule
     */
    public boolean isNewConnection() {
        return isNewConnection;
    }
}

package io.github.gwlb4j.firewall.state;

import io.github.gwlb4j.firewall.inspect.ClientStream;
import io.github.gwlb4j.firewall.log.DecisionCause;
import io.github.gwlb4j.firewall.rules.Action;
import io.github.gwlb4j.gwlb.Flow;

/**
 * What the firewall remembers of one connection, attached to its flow. Belongs to one worker's thread; used again for another
 * connection once its flow has ended.
 */
final class Connection {
    /** Null in the pool. */
    Flow flow;
    /** {@link TcpState#NONE} unless it is TCP. */
    TcpState tcp = TcpState.NONE;
    /** Who opened it, in terms of the flow key's direction. */
    boolean isInitiatorForward;
    /** Anything but TCP: the responder has been heard. */
    boolean isAnswered;
    /** What becomes of every packet if the connection was refused after its first one; null if it was not. */
    Action blockedAction;
    DecisionCause blockedCause;
    /** DNS over UDP under a rule with domains: each query is judged by its name. */
    boolean isJudgedByQuery;
    /** The rule that decided, an index into those that it was judged by last; {@link RuleTally#DEPARTED} if a reload has taken that away. */
    int rule;
    /** Which loading's rules those were, and what stands for the rule in the others. The rules themselves would outlive their use here. */
    private int generation;
    private long ruleTag;
    /** What the client sends is read: for the name that decides, or because it might still be exchanged for another. */
    boolean isRead;
    /** No name has decided yet. */
    boolean isUndecided;
    /** It is read no longer: it was read for longest when there were too many. */
    boolean isGivenUp;
    /** When it was given up: end of the client's data that the decision rests on, as a sequence number. */
    int judgedSequence;
    /** Null until the client has sent something, and when nothing is read any more. */
    ClientStream stream;
    /** Sequence number of the client's first byte of data. */
    int firstSequence;
    int serverPort;
    /** Neighbours in the list of those with a stream. */
    Connection readEarlier;
    Connection readLater;
    /** In whose count of half-open connections it stands. */
    long sourceTag;
    /** Neighbours in the list of half-open ones, null outside; {@code newer} also links the pool. */
    Connection older;
    Connection newer;

    /** Takes note of what decided. */
    void decideBy(PolicyVersion version, int decidingRule) {
        generation = version.generation();
        rule = decidingRule;
        ruleTag = version.tag(decidingRule);
    }

    /** Whether these rules were the last that it was judged by. */
    boolean isJudgedBy(PolicyVersion version) {
        return generation == version.generation();
    }

    /** The rule that decided, as an index into current rules; {@link RuleTally#DEPARTED} if it is not among them. */
    int ruleIn(PolicyVersion current) {
        return isJudgedBy(current) ? rule : current.indexOf(rule, ruleTag);
    }

    boolean isBlocked() {
        return blockedAction != null;
    }

    void clear() {
        flow = null;
        tcp = TcpState.NONE;
        isAnswered = false;
        blockedAction = null;
        blockedCause = null;
        isJudgedByQuery = false;
        isRead = false;
        isUndecided = false;
        isGivenUp = false;
    }
}

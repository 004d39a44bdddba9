package io.github.gwlb4j.geneve;

import java.util.Arrays;

/**
 * The typed views that a reader has registered, by option class and type.
 *
 * <p>Not thread-safe: like its views it belongs to one thread. After registration nothing is allocated.
 *
 * <pre>{@code
 * GwlbOptionView cookie = GwlbOptionView.flowCookie(Gwlb.OPTION_CLASS);    // or a GeneveOptionView of your own
 * GeneveOptionViews views = new GeneveOptionViews().register(cookie);
 * GenevePolicy policy = views.knownIn(GenevePolicy.builder()).build();     // its critical bit is no reason to drop
 * GeneveHeader header = new GeneveHeader().wrap(buffer, offset, length);
 * if (header.validate(policy) == GeneveStatus.OK && views.read(header) == GeneveStatus.OK && views.isPresent(cookie)) {
 *     System.out.println(cookie.describe());
 * }
 * }</pre>
 */
public final class GeneveOptionViews {
    /** Most views that one object takes: which ones are present is kept as one bit each. */
    public static final int MAX_VIEWS = Long.SIZE;

    private final GeneveOptionCursor cursor = new GeneveOptionCursor();
    private GeneveOptionView[] views = {};
    private int[] kinds = {};
    private long present;

    /** Makes a registry without views. */
    public GeneveOptionViews() {
    }

    /**
     * Adds a view.
     *
     * @param view for a class and type that has none yet
     * @return this
     * @throws IllegalArgumentException if a number of it is out of range or its kind has a view already
     * @throws IllegalStateException    if there are {@link #MAX_VIEWS}
     */
    public GeneveOptionViews register(GeneveOptionView view) {
        GenevePolicy.requireRange("option class", view.optionClass(), 0xffff);
        GenevePolicy.requireRange("option type", view.type(), 0xff);
        int kind = view.optionClass() << 8 | view.type();
        if (indexOf(kind) >= 0) {
            throw new IllegalArgumentException(String.format("option class 0x%04x type %d has a view already", view.optionClass(), view.type()));
        }
        if (views.length == MAX_VIEWS) {
            throw new IllegalStateException("no more than " + MAX_VIEWS + " views: use a second GeneveOptionViews");
        }
        views = Arrays.copyOf(views, views.length + 1);
        kinds = Arrays.copyOf(kinds, kinds.length + 1);
        views[views.length - 1] = view;
        kinds[kinds.length - 1] = kind;
        return this;
    }

    /**
     * Declares every registered kind as known, so that its critical bit is no reason to drop (RFC 8926, 3.5).
     *
     * @param policy to be extended
     * @return the same builder
     */
    public GenevePolicy.Builder knownIn(GenevePolicy.Builder policy) {
        for (GeneveOptionView view : views) {
            policy.knownOption(view.optionClass(), view.type());
        }
        return policy;
    }

    /**
     * Lays every registered view over its option of a header, in one pass. The same option twice: the last one wins.
     *
     * @param header validated
     * @return {@link GeneveStatus#OK} also if there is none of them, or {@link GeneveStatus#OPTION_LENGTH_WRONG}
     */
    public GeneveStatus read(GeneveHeader header) {
        present = 0;
        for (cursor.wrap(header); cursor.next(); ) {
            int index = indexOf(cursor.kind());
            if (index >= 0) {
                if (!views[index].wrap(cursor.buffer(), cursor.dataOffset(), cursor.dataLength())) {
                    return GeneveStatus.OPTION_LENGTH_WRONG;
                }
                present |= 1L << index;
            }
        }
        return GeneveStatus.OK;
    }

    /**
     * Whether the header that was read last has a view's option, so that the view may be used.
     *
     * @param view a registered one
     * @return false also for a view that is not registered
     */
    public boolean isPresent(GeneveOptionView view) {
        int index = indexOf(view.optionClass() << 8 | view.type());
        return index >= 0 && views[index] == view && (present & 1L << index) != 0;
    }

    /**
     * The view of the option that a cursor stands on, for a walk over all options.
     *
     * @param option stands on an option
     * @return the view, laid over the option; null if its kind has none, or its length is wrong
     */
    public GeneveOptionView viewOf(GeneveOptionCursor option) {
        int index = indexOf(option.kind());
        return index >= 0 && views[index].wrap(option.buffer(), option.dataOffset(), option.dataLength()) ? views[index] : null;
    }

    private int indexOf(int kind) {
        for (int i = 0; i < kinds.length; i++) {
            if (kinds[i] == kind) {
                return i;
            }
        }
        return -1;
    }
}

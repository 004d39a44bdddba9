package io.github.gwlb4j.geneve;

import java.nio.ByteBuffer;

/**
 * A typed view of one kind of option: knows its class and type, and reads its data. Implement it for options of your own
 * and register it in {@link GeneveOptionViews}; {@link io.github.gwlb4j.geneve.aws.GwlbOptionView} is an example.
 *
 * <p>A view is a flyweight: it belongs to one thread, is reused for packet after packet and allocates nothing but text.
 */
public interface GeneveOptionView {
    /**
     * The class that this view reads.
     *
     * @return 0 to 65535, always the same
     */
    int optionClass();

    /**
     * The type that this view reads.
     *
     * @return 0 to 255 with the critical bit, always the same
     */
    int type();

    /**
     * Lays this view over an option's data.
     *
     * @param buffer          holds the option
     * @param dataOffset      absolute position of the data
     * @param dataLengthBytes a multiple of 4 from 0 to 124
     * @return false if an option of this kind cannot have that length; the view's accessors may not be called then
     */
    boolean wrap(ByteBuffer buffer, int dataOffset, int dataLengthBytes);

    /**
     * Says in words what the option holds, for people. Cold path: may allocate.
     *
     * @return name and value on one line, for example {@code flow cookie 0xcafe0001}
     */
    String describe();
}

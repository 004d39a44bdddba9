package io.github.gwlb4j.handler.machine;

/**
 * What a check has found. Immutable.
 *
 * @param level how bad it is
 * @param text  what is the case
 * @param fix   what to do about it, typically a command; empty for {@link Level#OK}
 */
record Finding(Level level, String text, String fix) {
    /** How bad a finding is. */
    enum Level {
        /** As it should be. */
        OK,
        /** To be thought about; the handler works. */
        NOTE,
        /** The handler does not work, or drops traffic. */
        WRONG
    }

    static Finding ok(String text) {
        return new Finding(Level.OK, text, "");
    }

    static Finding note(String text, String fix) {
        return new Finding(Level.NOTE, text, fix);
    }

    static Finding wrong(String text, String fix) {
        return new Finding(Level.WRONG, text, fix);
    }

    @Override
    public String toString() {
        String word = switch (level) {
            case OK -> "ok   ";
            case NOTE -> "note ";
            case WRONG -> "WRONG";
        };
        return word + "  " + text + (fix.isEmpty() ? "" : System.lineSeparator() + "       -> " + fix);
    }
}

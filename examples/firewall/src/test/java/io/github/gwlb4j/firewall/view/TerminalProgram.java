package io.github.gwlb4j.firewall.view;

/** The view in the terminal as a program of its own, for tests in a pseudo terminal. */
final class TerminalProgram {
    private TerminalProgram() {
    }

    /** Argument: {@code run}, or {@code fail} for a status source that throws an error while the view is open. */
    public static void main(String[] args) throws Exception {
        LiveViews views = new LiveViews();
        int[] second = {700};
        if (!views.openTerminal()) {
            System.out.println("PLAIN LINES");
            return;
        }
        views.start(() -> Fixtures.status(second[0]++));
        if (args[0].equals("fail")) {
            Thread.sleep(1000);
            throw new IllegalStateException("EXCEPTION IN MAIN");
        }
        while (views.isOnTerminal()) {
            Thread.sleep(20);
        }
        views.close();
        views.close();
        System.out.println("VIEW LEFT");
    }
}

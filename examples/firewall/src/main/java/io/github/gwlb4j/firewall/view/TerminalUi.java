package io.github.gwlb4j.firewall.view;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.AttributedString;
import org.jline.utils.ClosedException;
import org.jline.utils.Curses;
import org.jline.utils.InfoCmp.Capability;
import org.jline.utils.NonBlockingReader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The view in the terminal: draws each snapshot, listens to keys, and leaves the terminal as it found it, however the program ends.
 * {@link #show}, {@link #isOpen} and {@link #close} are for any thread.
 */
final class TerminalUi implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TerminalUi.class);
    private static final long KEY_WAIT_MS = 100;
    private static final long LOCK_WAIT_MS = 500;
    private static final long STOP_WAIT_MS = 1000;
    private static final int END_OF_INPUT = -1;

    private final Terminal terminal;
    private final Attributes original;
    private final byte[] leaving;
    private final boolean isUnicode;
    private final ReentrantLock screen = new ReentrantLock();
    private final Thread thread = new Thread(this::run, "firewall-ui");
    private final Thread restoring = new Thread(this::restore, "firewall-ui-restore");
    private volatile LiveSnapshot newest;
    private volatile boolean isOpen = true;
    private volatile boolean isResized;
    private boolean isRestored;
    private Sort sort = Sort.BYTES;
    private boolean isPaused;

    private TerminalUi(Terminal terminal) {
        this.terminal = terminal;
        this.original = terminal.getAttributes();
        this.leaving = (sequence(Capability.cursor_visible) + sequence(Capability.exit_ca_mode)).getBytes(StandardCharsets.US_ASCII);
        this.isUnicode = terminal.encoding().newEncoder().canEncode('█');
    }

    private String sequence(Capability capability) {
        String sequence = terminal.getStringCapability(capability);
        return sequence == null ? "" : Curses.tputs(sequence);
    }

    /** Takes over the terminal; null if standard input and output are not one that can be drawn on. */
    static TerminalUi open() {
        Terminal terminal;
        try {
            terminal = TerminalBuilder.builder().name("firewall").system(true).dumb(false)
                    .systemOutput(TerminalBuilder.SystemOutput.SysOut).nativeSignals(false).build();
        } catch (IOException | IllegalStateException e) {
            LOG.debug("no terminal", e);
            return null;
        }
        if (terminal.getType().startsWith(Terminal.TYPE_DUMB) || terminal.getStringCapability(Capability.cursor_address) == null) {
            closeQuietly(terminal);
            return null;
        }
        TerminalUi ui = new TerminalUi(terminal);
        ui.start();
        return ui;
    }

    private void start() {
        Runtime.getRuntime().addShutdownHook(restoring);
        terminal.enterRawMode();
        Attributes raw = terminal.getAttributes();
        raw.setLocalFlag(Attributes.LocalFlag.ISIG, true); // Ctrl-C stops the firewall as ever
        raw.setControlChar(Attributes.ControlChar.VSUSP, 0); // Ctrl-Z would stop the traffic, not just the view
        terminal.setAttributes(raw);
        terminal.handle(Terminal.Signal.WINCH, signal -> isResized = true);
        terminal.puts(Capability.enter_ca_mode);
        terminal.puts(Capability.cursor_invisible);
        terminal.flush();
        thread.setDaemon(true);
        thread.start();
    }

    void show(LiveSnapshot snapshot) {
        newest = snapshot;
    }

    boolean isOpen() {
        return isOpen;
    }

    private void run() {
        LiveSnapshot shown = null;
        try {
            NonBlockingReader keys = terminal.reader();
            boolean isToDraw = false;
            while (isOpen) {
                LiveSnapshot snapshot = isPaused && shown != null ? shown : newest;
                if (snapshot != null && (isToDraw || isResized || snapshot != shown)) {
                    isResized = false;
                    shown = snapshot;
                    draw(snapshot);
                }
                isToDraw = onKey(keys.read(KEY_WAIT_MS));
            }
        } catch (ClosedException e) {
            LOG.debug("the terminal was closed by the library's shutdown hook, which ran first", e);
        } catch (IOException | RuntimeException e) {
            if (isOpen) {
                LOG.warn("the view in the terminal has ended; the firewall goes on", e);
            }
        } finally {
            restore();
        }
    }

    private boolean onKey(int key) {
        switch (key) {
            case 'q', 'Q', END_OF_INPUT -> isOpen = false;
            case 's', 'S' -> sort = sort.next();
            case 'p', 'P', ' ' -> isPaused = !isPaused;
            default -> {
                return false;
            }
        }
        return true;
    }

    /** All of it each time, which also mends what log lines have written over it. */
    private void draw(LiveSnapshot snapshot) {
        Size size = terminal.getSize();
        int width = size.getColumns() > 0 ? size.getColumns() : 80;
        int height = size.getRows() > 0 ? size.getRows() : 24;
        List<AttributedString> lines = TerminalPage.of(snapshot, new TerminalPage.Settings(width, height, sort, isPaused, isUnicode));
        screen.lock();
        try {
            if (isRestored) {
                return;
            }
            for (int row = 0; row < lines.size(); row++) {
                terminal.puts(Capability.cursor_address, row, 0);
                terminal.writer().write(lines.get(row).toAnsi(terminal));
                terminal.puts(Capability.clr_eol);
            }
            terminal.flush();
        } finally {
            screen.unlock();
        }
    }

    /**
     * Not kept waiting by a terminal that takes no more output. Not through the library's writer, whose own shutdown hook may have
     * closed it a moment ago.
     */
    private void restore() {
        isOpen = false;
        boolean isLocked = false;
        try {
            isLocked = screen.tryLock(LOCK_WAIT_MS, TimeUnit.MILLISECONDS);
            if (isRestored) {
                return;
            }
            isRestored = true;
            if (isLocked) {
                System.out.write(leaving, 0, leaving.length);
                System.out.flush();
            }
            terminal.setAttributes(original);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.debug("the terminal is closed and so restored already", e);
        } finally {
            if (isLocked) {
                screen.unlock();
            }
        }
    }

    @Override
    public void close() {
        restore();
        try {
            thread.join(STOP_WAIT_MS);
            Runtime.getRuntime().removeShutdownHook(restoring);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IllegalStateException e) {
            LOG.trace("shutting down: the hook stays", e);
        }
        closeQuietly(terminal);
    }

    private static void closeQuietly(Terminal terminal) {
        try {
            terminal.close();
        } catch (IOException e) {
            LOG.debug("terminal: {}", e.toString());
        }
    }
}

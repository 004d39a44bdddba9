package io.github.gwlb4j.firewall;

import java.lang.reflect.Proxy;

/**
 * SIGHUP, which tells a daemon to read its settings anew, and ends a process that does not listen: so this listens from the start, and
 * what is heard before there is anything to do is done then. The JDK's class for signals is not part of the standard, so it is looked for
 * at run time: without it, or on a system without the signal, the program goes on without.
 *
 * <p>Usable from any thread; signals are heard on threads of their own.
 */
final class HangUp {
    private Runnable action;
    private boolean isHeard;

    private HangUp() {
    }

    /** Keeps SIGHUP from ending the process from now on. */
    static HangUp listen() {
        HangUp hangUp = new HangUp();
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, (self, method, arguments) -> {
                if (method.getName().equals("handle")) {
                    hangUp.hear();
                }
                return null;
            });
            signal.getMethod("handle", signal, handler).invoke(null, signal.getConstructor(String.class).newInstance("HUP"), proxy);
        } catch (ReflectiveOperationException | LinkageError e) {
            return hangUp; // it will hear nothing
        }
        return hangUp;
    }

    private synchronized void hear() {
        if (action == null) {
            isHeard = true;
        } else {
            action.run();
        }
    }

    /** What each signal is to do from now on; at once, if one has been heard already. */
    synchronized void runs(Runnable next) {
        action = next;
        if (isHeard) {
            isHeard = false;
            next.run();
        }
    }
}

package io.github.gwlb4j.firewall;

import java.lang.reflect.Proxy;

/**
 * SIGHUP, which tells a daemon to read its settings anew. The JDK's class for signals is not part of the standard, so it is looked for
 * at run time: without it, or on a system without the signal, the program goes on without.
 */
final class HangUp {
    private HangUp() {
    }

    /**
     * Has SIGHUP run an action, on a thread of its own, instead of ending the process.
     *
     * @return whether it will
     */
    static boolean runs(Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, (self, method, arguments) -> {
                if (method.getName().equals("handle")) {
                    action.run();
                }
                return null;
            });
            signal.getMethod("handle", signal, handler).invoke(null, signal.getConstructor(String.class).newInstance("HUP"), proxy);
            return true;
        } catch (ReflectiveOperationException | LinkageError e) {
            return false;
        }
    }
}

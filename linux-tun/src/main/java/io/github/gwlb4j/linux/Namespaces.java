package io.github.gwlb4j.linux;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Network namespaces (setns(2), unshare(2)). A namespace belongs to a thread, and a thread that changed cannot go back
 * without rights it may lack: so everything runs on a thread of its own that ends afterwards. Safe for any thread.
 */
public final class Namespaces {

    private Namespaces() {
    }

    /** What happens on the new thread before the task: 0 or −errno. */
    private interface Entry {
        int enter();
    }

    /**
     * Runs a task on a new thread inside a namespace, and waits for it.
     *
     * @param <T>  result type
     * @param path the namespace, such as {@code /run/netns/NAME}
     * @param task what to run; sockets and devices it opens stay in that namespace and can be used by any thread
     * @return the task's result
     * @throws EntryException     if the namespace cannot be entered
     * @throws ExecutionException with what the task threw
     */
    public static <T> T call(String path, Callable<T> task) throws EntryException, ExecutionException {
        return onOwnThread(() -> enter(path), task);
    }

    /**
     * Makes a namespace without a name; it lives as long as the returned descriptor, a socket or a device in it.
     *
     * @return the descriptor
     * @throws EntryException if the kernel refuses
     */
    public static int createAnonymous() throws EntryException {
        try {
            int fd = onOwnThread(ThreadSyscalls::unshareNetworkNamespace,
                    () -> Syscalls.open("/proc/thread-self/ns/net", CConstants.O_RDONLY));
            if (fd < 0) {
                throw new EntryException(-fd);
            }
            return fd;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    private static int enter(String path) {
        int fd = Syscalls.open(path, CConstants.O_RDONLY);
        if (fd < 0) {
            return fd;
        }
        int result = ThreadSyscalls.enterNetworkNamespace(fd);
        Syscalls.close(fd);
        return result;
    }

    private static <T> T onOwnThread(Entry entry, Callable<T> task) throws EntryException, ExecutionException {
        FutureTask<T> future = new FutureTask<>(() -> {
            int result = entry.enter();
            if (result < 0) {
                throw new EntryException(-result);
            }
            return task.call();
        });
        Thread thread = new Thread(future, "netns");
        thread.setDaemon(true);
        thread.start();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    if (e.getCause() instanceof EntryException entryFailure) {
                        throw entryFailure;
                    }
                    throw e;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The namespace could not be entered or made. */
    public static final class EntryException extends Exception {

        private static final long serialVersionUID = 1;

        /** Positive error number. */
        private final int errno;

        EntryException(int errno) {
            super(Errno.describe(errno));
            this.errno = errno;
        }

        /**
         * Why.
         *
         * @return positive error number
         */
        public int errno() {
            return errno;
        }
    }
}

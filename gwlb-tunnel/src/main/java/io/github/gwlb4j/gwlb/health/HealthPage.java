package io.github.gwlb4j.gwlb.health;

/**
 * One more page on the health port's server, for what the appliance itself cannot know: {@link HealthConfig.Builder#page}.
 *
 * <p>Read-only: GET and HEAD. Served with the limits of connections, bytes and time that the health page has, never cached
 * ({@code Cache-Control: no-store}), and with headers that keep a browser from loading anything from elsewhere, guessing types,
 * or showing the page within another one (Content-Security-Policy, X-Content-Type-Options, X-Frame-Options,
 * Cross-Origin-Resource-Policy). Scripts and style sheets must be pages of their own.
 *
 * <p>Unless it says otherwise, a page is for this machine only, even if the health port is open to the world: it is answered on
 * connections from a loopback address to a loopback address, and if the request's Host is {@code localhost} or a loopback
 * address, so that no web site can read it through a visitor's browser by DNS rebinding. To others it does not exist (404).
 */
@FunctionalInterface
public interface HealthPage {
    /**
     * What a page consists of. Immutable.
     *
     * @param contentType such as {@code text/html; charset=utf-8}; text is sent as UTF-8
     * @param body        the text
     */
    record Content(String contentType, String body) {
        /**
         * Checks the type, which becomes a header line.
         *
         * @param contentType such as {@code text/html; charset=utf-8}
         * @param body        the text
         * @throws IllegalArgumentException if the type has other characters than printable ASCII
         */
        public Content {
            if (contentType.isEmpty() || !contentType.chars().allMatch(c -> c >= ' ' && c <= '~')) {
                throw new IllegalArgumentException("the content type of a page must be printable ASCII, such as text/plain");
            }
            body.length(); // not null
        }
    }

    /**
     * Makes the page, for each request. Called by the thread that answers health checks too: it must not wait.
     *
     * @return what to answer
     * @throws Exception is answered with 500 and logged
     */
    Content content() throws Exception;

    /**
     * Whether the page is for this machine only.
     *
     * @return true, unless overridden
     */
    default boolean isLoopbackOnly() {
        return true;
    }

    /**
     * The same page for everyone who can reach the health port, whatever name they call it by.
     *
     * @return a page that is not {@link #isLoopbackOnly}
     */
    default HealthPage forEveryone() {
        HealthPage page = this;
        return new HealthPage() {
            @Override
            public Content content() throws Exception {
                return page.content();
            }

            @Override
            public boolean isLoopbackOnly() {
                return false;
            }
        };
    }
}

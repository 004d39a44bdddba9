package io.github.gwlb4j.gwlb.internal.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.gwlb4j.gwlb.health.HealthConfig;
import io.github.gwlb4j.gwlb.health.HealthConfig.Format;
import io.github.gwlb4j.gwlb.health.HealthPage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ExtraPagesTest {
    private static final HealthPage PAGE = () -> new HealthPage.Content("text/html; charset=utf-8", "<p>Grüße</p>");

    private HealthServer server;

    private int start(UnaryOperator<HealthConfig.Builder> settings) throws IOException {
        HealthConfig config = settings.apply(HealthConfig.builder(new InetSocketAddress(0))).build();
        HealthPages pages = new HealthPages(Format.TEXT, () -> {
            throw new IllegalStateException("not the health page");
        }, new ExtraPages(config.pages(), config.maxPageBytes()));
        server = HealthServer.open(config, pages::respond, false);
        server.start();
        return server.port();
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.stop();
        }
    }

    private static String ask(InetAddress address, int port, String request) throws IOException {
        try (RawHttp client = new RawHttp(address, port)) {
            return client.send(request.replace("~", "\r\n") + "Connection: close\r\n\r\n").readToFin();
        }
    }

    private static String ask(int port, String request) throws IOException {
        return ask(InetAddress.getByName("127.0.0.1"), port, request);
    }

    @Test
    void shouldServeAPageWithHeadersThatKeepABrowserFromLoadingFramingGuessingAndStoring() throws IOException {
        int port = start(settings -> settings.page("/live/page.html", PAGE));
        String answer = ask(port, "GET /live/page.html?x=1 HTTP/1.1~Host: localhost:" + port + "~");
        assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n").endsWith("\r\n\r\n<p>Grüße</p>")
                .contains("Content-Type: text/html; charset=utf-8\r\n", "Content-Length: 14\r\n", "Cache-Control: no-store\r\n",
                        "Content-Security-Policy: default-src 'none'; script-src 'self';", "frame-ancestors 'none'\r\n",
                        "X-Content-Type-Options: nosniff\r\n", "X-Frame-Options: DENY\r\n", "Cross-Origin-Resource-Policy: same-origin\r\n")
                .doesNotContain("unsafe-", "http:", "https:", "*");
    }

    @Test
    void shouldAnswerHeadWithoutBodyAndRefuseOtherMethods() throws IOException {
        int port = start(settings -> settings.page("/live", PAGE));
        assertThat(ask(port, "HEAD /live HTTP/1.1~Host: localhost~")).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\n").contains("Content-Length: 14");
        assertThat(ask(port, "POST /live HTTP/1.1~Host: localhost~Content-Length: 0~")).startsWith("HTTP/1.1 405 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "LocalHost:9000", "127.0.0.1", "127.1.2.3:80", "[::1]", "[::1]:8080"})
    void shouldAcceptTheNamesOfLoopbackWithAnyPort(String host) throws IOException {
        int port = start(settings -> settings.page("/live", PAGE));
        assertThat(ask(port, "GET /live HTTP/1.1~Host: " + host + "~")).startsWith("HTTP/1.1 200 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /live HTTP/1.1~Host: rebound.example~", "GET /live HTTP/1.1~Host: localhost.example:80~",
        "GET /live HTTP/1.1~Host: 127.0.0.1.example~", "GET /live HTTP/1.1~Host: x@localhost~", "GET /live HTTP/1.1~Host: 10.0.0.1~",
        "GET /live HTTP/1.1~Host: ~", "GET /live HTTP/1.1~", "GET /live HTTP/1.0~", "GET http://rebound.example/live HTTP/1.1~Host: localhost~"})
    void shouldRefuseAPageOfThisMachineUnderAnyOtherNameSoThatDnsRebindingGetsNothing(String request) throws IOException {
        int port = start(settings -> settings.page("/live", PAGE));
        assertThat(ask(port, request)).startsWith("HTTP/1.1 403 ").doesNotContain("Grüße");
    }

    @Test
    void shouldRefuseTwoHostsSinceOneOfThemMayBeALie() throws IOException {
        int port = start(settings -> settings.page("/live", PAGE));
        assertThat(ask(port, "GET /live HTTP/1.1~Host: localhost~Host: rebound.example~")).startsWith("HTTP/1.1 400 ");
    }

    @Test
    void shouldNotExistForConnectionsThatAreNotOfLoopbackUnlessThePageIsForEveryone() throws IOException {
        InetAddress own = ownAddress();
        boolean hasAddress = own != null;
        if (!hasAddress && Boolean.parseBoolean(System.getenv("CI"))) {
            throw new AssertionError("CI must have a network interface with an IPv4 address");
        }
        assumeTrue(hasAddress, "this machine has no address but loopback ones");
        int port = start(settings -> settings.page("/live", PAGE).page("/open", PAGE.forEveryone()));
        assertThat(ask(own, port, "GET /live HTTP/1.1~Host: localhost~")).startsWith("HTTP/1.1 404 ").doesNotContain("Grüße");
        assertThat(ask(own, port, "GET /live HTTP/1.1~Host: " + own.getHostAddress() + "~")).startsWith("HTTP/1.1 404 ");
        assertThat(ask(own, port, "GET /open HTTP/1.1~Host: appliance.example~")).startsWith("HTTP/1.1 200 ").contains("nosniff");
        assertThat(ask(InetAddress.getByName("::1"), port, "GET /live HTTP/1.1~Host: [::1]~")).startsWith("HTTP/1.1 200 ");
    }

    private static InetAddress ownAddress() throws SocketException {
        return NetworkInterface.networkInterfaces().flatMap(NetworkInterface::inetAddresses)
                .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress() && address.getAddress().length == 4)
                .findFirst().orElse(null);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldAnswer500AndServeOnWhenAPageFailsOrIsTooLong(boolean isTooLong) throws IOException {
        HealthPage bad = () -> {
            if (isTooLong) {
                return new HealthPage.Content("text/plain", "ä".repeat(513));
            }
            throw new IOException("secret");
        };
        int port = start(settings -> settings.page("/bad", bad).page("/live", PAGE).maxPageBytes(1024));
        assertThat(ask(port, "GET /bad HTTP/1.1~Host: localhost~")).startsWith("HTTP/1.1 500 ").doesNotContain("secret", "ää");
        assertThat(ask(port, "GET /live HTTP/1.1~Host: localhost~")).startsWith("HTTP/1.1 200 ");
        assertThat(ask(port, "GET /other HTTP/1.1~Host: localhost~")).startsWith("HTTP/1.1 404 ");
    }

    @Test
    void shouldAnswer500AndServeOnWhenThereIsNoMemoryForAPage() throws IOException {
        int port = start(settings -> settings.page("/large", () -> {
            throw new OutOfMemoryError("Java heap space");
        }).page("/live", PAGE));
        assertThat(ask(port, "GET /large HTTP/1.1~Host: localhost~")).startsWith("HTTP/1.1 500 ");
        assertThat(ask(port, "GET /live HTTP/1.1~Host: localhost~")).startsWith("HTTP/1.1 200 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/metrics", "live", "/a b", "/a?b", "/ä", ""})
    void shouldRefuseAPathThatCannotBeAsked(String path) {
        assertThatThrownBy(() -> HealthConfig.builder(new InetSocketAddress(0)).page(path, PAGE).build())
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("health page path '" + path + "'");
    }

    @Test
    void shouldRefuseAContentTypeThatWouldAddAHeader() {
        assertThatThrownBy(() -> new HealthPage.Content("text/plain\r\nX: y", "")).hasMessageContaining("printable ASCII");
    }
}

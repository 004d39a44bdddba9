package io.github.gwlb4j.gwlb.internal.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.gwlb4j.gwlb.health.HealthConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class HealthServerTest {
    private static final InetSocketAddress ANY_LOOPBACK_PORT = new InetSocketAddress("127.0.0.1", 0);

    private HealthServer server;
    private Function<HttpRequest, HttpResponse> pages = request ->
            HttpResponse.text(request.status(), request.method() + " " + request.path() + " " + request.accept());

    private int start(UnaryOperator<HealthConfig.Builder> settings) throws IOException {
        return start(settings.apply(HealthConfig.builder(ANY_LOOPBACK_PORT)).build());
    }

    private int start(HealthConfig config) throws IOException {
        server = HealthServer.open(config, request -> pages.apply(request), false);
        server.start();
        return server.port();
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.stop();
        }
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 1000 && !condition.getAsBoolean(); i++) {
            Thread.sleep(10);
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }

    @Test
    void shouldAnswerAnOrdinaryHttpClientAlsoOverAKeptConnection() throws Exception {
        int port = start(settings -> settings);
        HttpClient client = HttpClient.newHttpClient();
        URI uri = URI.create("http://127.0.0.1:" + port + "/some?query=1");
        for (int i = 0; i < 3; i++) {
            var answer = client.send(java.net.http.HttpRequest.newBuilder(uri).version(HttpClient.Version.HTTP_1_1).build(), BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("GET /some ");
            assertThat(answer.headers().firstValue("Date")).get().asString().matches("\\w{3}, \\d\\d \\w{3} \\d{4} [\\d:]{8} GMT");
        }
        assertThat(server.stats().requests()).isEqualTo(3);
        assertThat(server.stats().connections()).isOne();
    }

    @Test
    void shouldServeAClientThatAsksForHttp2InHttp11() throws Exception {
        int port = start(settings -> settings);
        var answer = HttpClient.newHttpClient().send(java.net.http.HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/")).build(), BodyHandlers.ofString());
        assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
        assertThat(answer.statusCode()).isEqualTo(200);
    }

    @Test
    void shouldSendHeadersAndLengthButNoBodyForHead() throws IOException {
        int port = start(settings -> settings);
        try (RawHttp client = new RawHttp(port)) {
            String answer = client.send("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").readToFin();
            assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n").contains("Content-Length: 7\r\n").endsWith("\r\n\r\n");
        }
    }

    @Test
    void shouldKeepTheConnectionForTheNextRequestUnlessAskedToClose() throws IOException {
        int port = start(settings -> settings);
        try (RawHttp client = new RawHttp(port)) {
            assertThat(client.send(RawHttp.GET).readAnswer()).contains("Connection: keep-alive");
            assertThat(client.send(RawHttp.GET).readAnswer()).contains("Connection: keep-alive");
            assertThat(client.send(RawHttp.GET_AND_CLOSE).readToFin()).contains("Connection: close");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "GET / HTTP/1.0~~|200",
        "~~GET / HTTP/1.1~Host: x~Connection: close~~|200",
        "GET / HTTP/1.1~Host: x~Content-Length: 5~~hello|200",
        "GET / HTTP/1.1~Host: x~~GET / HTTP/1.1~Host: x~~|200",
        "GET http://health.example:80/ HTTP/1.1~Host: x~Connection: close~~|200",
        "GET /~~|400",
        "GET  / HTTP/1.1~~|400",
        "~~|none",
        "GET / HTTP/1.1~no colon~~|400",
        "PRI * HTTP/2.0~~|505",
        "x\u0016\u0003y~~|400",
    })
    void shouldAnswerAndCloseWithFin(String request, String status) throws IOException {
        int port = start(settings -> settings.requestTimeout(Duration.ofMillis(300)));
        try (RawHttp client = new RawHttp(port)) {
            String answer = client.send(request.replace("~", "\r\n")).readToFin();
            if (status.equals("none")) {
                assertThat(answer).isEmpty();
            } else {
                assertThat(answer).startsWith("HTTP/1.1 " + status + " ").contains("Connection: close\r\n");
                assertThat(answer.split("HTTP/1.1 ", -1)).hasSize(2);
            }
        }
    }

    @Test
    void shouldAcceptARequestThatComesByteByByteWithBareLineFeeds() throws Exception {
        int port = start(settings -> settings);
        try (RawHttp client = new RawHttp(port)) {
            for (char c : "GET /slow HTTP/1.1\nAccept: A\naccept: b\nConnection: close\n\n".toCharArray()) {
                client.send(String.valueOf(c));
            }
            assertThat(client.readToFin()).endsWith("GET /slow a,b");
        }
    }

    @Test
    void shouldTellAHeaderThatIsTooLongAndEndWithFinAlthoughAMegabyteFollows() throws IOException {
        int port = start(settings -> settings);
        byte[] garbage = new byte[1 << 20];
        Arrays.fill(garbage, (byte) 'x');
        try (RawHttp client = new RawHttp(port)) {
            assertThat(client.send(garbage).readToFin()).startsWith("HTTP/1.1 431 ");
        }
        assertThat(server.stats().badRequests()).isOne();
        assertThat(RawHttp.get(port)).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void shouldEndAPostWithABodyWithFin() throws Exception {
        int port = start(settings -> settings);
        var post = java.net.http.HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                .version(HttpClient.Version.HTTP_1_1).POST(BodyPublishers.ofString("y".repeat(300_000))).build();
        assertThat(HttpClient.newHttpClient().send(post, BodyHandlers.ofString()).body()).startsWith("POST /");
        try (RawHttp client = new RawHttp(port)) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n" + "y".repeat(300_000));
            assertThat(client.readToFin()).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void shouldSayFinToAClientThatClosesFirst() throws Exception {
        int port = start(settings -> settings);
        RawHttp.get(port);
        try (RawHttp client = new RawHttp(port)) {
            client.send(RawHttp.GET).readAnswer();
        }
        await(() -> server.stats().openConnections() == 0);
        assertThat(server.stats().timeouts()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "G", "GET / HTTP/1.1\r\nHost: x\r\n"})
    void shouldEndAClientThatDoesNotFinishItsRequestWithFin(String part) throws Exception {
        int port = start(settings -> settings.requestTimeout(Duration.ofMillis(150)));
        try (RawHttp client = new RawHttp(port)) {
            assertThat(client.send(part).readToFin()).isEmpty();
        }
        assertThat(server.stats().timeouts()).isOne();
        await(() -> server.stats().openConnections() == 0);
    }

    @Test
    void shouldEndAnIdleKeptConnectionWithFinWithoutCallingItSlow() throws Exception {
        int port = start(settings -> settings.keepAlive(Duration.ofMillis(100)));
        try (RawHttp client = new RawHttp(port)) {
            client.send(RawHttp.GET).readAnswer();
            assertThat(client.readToFin()).isEmpty();
        }
        assertThat(server.stats().timeouts()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GET / HT"})
    void shouldAnswerAlthoughSilentClientsHoldEveryConnection(String part) throws Exception {
        int port = start(settings -> settings.maxConnections(8).requestTimeout(Duration.ofMinutes(10)));
        List<RawHttp> silent = new ArrayList<>();
        try {
            for (int i = 0; i < 30; i++) {
                silent.add(new RawHttp(port).send(part));
            }
            assertThat(RawHttp.get(port)).startsWith("HTTP/1.1 200 ");
            assertThat(server.stats().openConnections()).isBetween(1, 8);
            assertThat(server.stats().evicted()).isGreaterThanOrEqualTo(23);
        } finally {
            for (RawHttp client : silent) {
                client.close();
            }
        }
    }

    @Test
    void shouldNotEvictAnyoneWhenTheLimitIsReachedButNobodyElseWaits() throws Exception {
        int port = start(settings -> settings.maxConnections(2));
        try (RawHttp one = new RawHttp(port); RawHttp two = new RawHttp(port)) {
            one.send(RawHttp.GET).readAnswer();
            two.send(RawHttp.GET).readAnswer();
            Thread.sleep(300);
            assertThat(one.send(RawHttp.GET).readAnswer()).startsWith("HTTP/1.1 200 ");
            assertThat(two.send(RawHttp.GET).readAnswer()).startsWith("HTTP/1.1 200 ");
        }
        assertThat(server.stats().evicted()).isZero();
    }

    @Test
    void shouldAnswerABurstOfManyMoreChecksThanConnections() throws IOException {
        int port = start(settings -> settings.maxConnections(4));
        HttpClient client = HttpClient.newHttpClient();
        var request = java.net.http.HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                .version(HttpClient.Version.HTTP_1_1).header("X", "1").build();
        List<CompletableFuture<Integer>> answers = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            answers.add(client.sendAsync(request, BodyHandlers.ofString()).thenApply(java.net.http.HttpResponse::statusCode));
        }
        assertThat(answers).allSatisfy(answer -> assertThat(answer.join()).isEqualTo(200));
    }

    @Test
    void shouldAnswerOthersWhileAClientDoesNotReadItsAnswerAndEndItInTime() throws Exception {
        String big = "z".repeat(16 << 20);
        pages = request -> HttpResponse.text(200, request.path().equals("/big") ? big : "small");
        int port = start(settings -> settings.requestTimeout(Duration.ofMillis(500)));
        try (RawHttp slow = new RawHttp(port)) {
            slow.send("GET /big HTTP/1.1\r\n\r\n");
            assertThat(RawHttp.get(port)).endsWith("small");
            await(() -> server.stats().timeouts() == 1);
            assertThat(RawHttp.get(port)).endsWith("small");
        }
        await(() -> server.stats().openConnections() == 0);
    }

    @Test
    void shouldSurviveAThousandConnectionsThatAreResetAtOnce() throws Exception {
        int port = start(settings -> settings);
        for (int i = 0; i < 1000; i++) {
            RawHttp client = new RawHttp(port);
            if (i % 2 == 0) {
                client.send(RawHttp.GET);
            }
            client.reset();
        }
        assertThat(RawHttp.get(port)).startsWith("HTTP/1.1 200 ");
        await(() -> server.stats().openConnections() == 0);
    }

    @Test
    void shouldTakeABreakWhenRequestsTakeMoreThanTheirShareOfTheCpuAndGoOnAnswering() throws Exception {
        AtomicLong usedNs = new AtomicLong();
        pages = request -> {
            long startNs = WorkBudget.usedByThisThreadNs();
            while (WorkBudget.usedByThisThreadNs() - startNs < 10_000_000) {
                Thread.onSpinWait();
            }
            usedNs.addAndGet(WorkBudget.usedByThisThreadNs() - startNs);
            return HttpResponse.text(200, "dear");
        };
        long beforeNs = System.nanoTime();
        int port = start(settings -> settings);
        try (RawHttp greedy = new RawHttp(port)) {
            for (int i = 0; i < 15; i++) {
                assertThat(greedy.send(RawHttp.GET).readAnswer()).endsWith("dear");
            }
            assertThat(server.stats().pauses()).as("150 ms are within the burst").isZero();
            for (int i = 0; i < 300 && server.stats().pauses() == 0; i++) {
                assertThat(greedy.send(RawHttp.GET).readAnswer()).endsWith("dear");
            }
        }
        if (server.stats().pauses() == 0) { // a machine may be too busy to give it more than its share, and then there is nothing to pause for
            assertThat(usedNs.get()).isLessThan((System.nanoTime() - beforeNs) / 4 + 250_000_000L);
        }
        assertThat(RawHttp.get(port)).endsWith("dear");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldCloseOnlyTheConnectionWhenAPageThrows(boolean isOutOfMemory) throws Exception {
        pages = request -> {
            if (request.path().equals("/throw")) {
                if (isOutOfMemory) {
                    throw new OutOfMemoryError("Java heap space");
                }
                throw new IllegalStateException("bug");
            }
            return HttpResponse.text(200, "fine");
        };
        int port = start(settings -> settings);
        try (RawHttp client = new RawHttp(port)) {
            assertThat(client.send("GET /throw HTTP/1.1\r\n\r\n").readToFin()).isEmpty();
        }
        assertThat(RawHttp.get(port)).endsWith("fine");
    }

    @Test
    void shouldStopAndStartOnTheSamePortAtOnceAlthoughClientsAreConnected() throws IOException {
        int port = start(settings -> settings);
        for (int i = 0; i < 10; i++) {
            try (RawHttp client = new RawHttp(port)) {
                client.send(RawHttp.GET).readAnswer();
                server.stop();
                server.stop();
                assertThatThrownBy(() -> new RawHttp(port)).isInstanceOf(IOException.class);
                start(HealthConfig.builder(new InetSocketAddress("127.0.0.1", port)).build());
                assertThat(RawHttp.get(port)).startsWith("HTTP/1.1 200 ");
            }
        }
    }

    @Test
    void shouldServeIpv4AndIpv6OnAWildcard() throws IOException {
        assumeTrue(hasIpv6Loopback(), "no ::1 on this machine");
        int port = start(HealthConfig.onPort(0));
        for (String address : List.of("127.0.0.1", "::1")) {
            try (RawHttp client = new RawHttp(InetAddress.getByName(address), port)) {
                assertThat(client.send(RawHttp.GET_AND_CLOSE).readToFin()).as(address).startsWith("HTTP/1.1 200 ");
            }
        }
    }

    @Test
    void shouldServeIpv6OnlyWhereItIsToldTo() throws IOException {
        assumeTrue(hasIpv6Loopback(), "no ::1 on this machine");
        int port = start(HealthConfig.builder(new InetSocketAddress("::1", 0)).build());
        try (RawHttp client = new RawHttp(InetAddress.getByName("::1"), port)) {
            assertThat(client.send(RawHttp.GET_AND_CLOSE).readToFin()).startsWith("HTTP/1.1 200 ");
        }
        assertThatThrownBy(() -> new RawHttp(port)).isInstanceOf(IOException.class);
    }

    private static boolean hasIpv6Loopback() throws SocketException {
        try {
            return NetworkInterface.getByInetAddress(InetAddress.getByName("::1")) != null;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void shouldNameTheFixWhenThePortCannotBeBound() throws IOException {
        int port = start(settings -> settings);
        assertThatThrownBy(() -> HealthServer.open(HealthConfig.builder(new InetSocketAddress("127.0.0.1", port)).build(), pages, false))
                .isInstanceOf(IOException.class).hasMessageContaining("port " + port).hasMessageContaining("another program uses it");
        assertThatThrownBy(() -> HealthServer.open(HealthConfig.builder(new InetSocketAddress("192.0.2.1", 0)).build(), pages, false))
                .hasMessageContaining("no interface of this machine has this address");
        assertThatThrownBy(() -> HealthServer.open(
                HealthConfig.builder(InetSocketAddress.createUnresolved("no.such.host.invalid", 1)).build(), pages, false))
                .hasMessageContaining("cannot be resolved");
    }

    @Test
    void shouldCloseItsPortWhenItWasNeverStarted() throws IOException {
        HealthServer unstarted = HealthServer.open(HealthConfig.builder(ANY_LOOPBACK_PORT).build(), pages, false);
        int port = unstarted.port();
        unstarted.stop();
        assertThatThrownBy(() -> new RawHttp(port)).isInstanceOf(IOException.class);
    }

    @Test
    void shouldNameTheSettingThatIsWrong() {
        HealthConfig.Builder builder = HealthConfig.builder(ANY_LOOPBACK_PORT);
        assertThatThrownBy(() -> builder.maxConnections(0).build()).hasMessage("health maxConnections is 0, must be 1 to 65536");
        assertThatThrownBy(() -> builder.maxConnections(1).maxHeaderBytes(1).build()).hasMessageContaining("maxHeaderBytes");
        assertThatThrownBy(() -> builder.maxHeaderBytes(256).requestTimeout(Duration.ZERO).build()).hasMessageContaining("requestTimeout");
        assertThatThrownBy(() -> builder.requestTimeout(Duration.ofSeconds(1)).keepAlive(Duration.ofDays(1)).build()).hasMessageContaining("keepAlive");
        assertThatThrownBy(() -> builder.keepAlive(Duration.ofSeconds(1)).maxTunnelsListed(-1).build()).hasMessageContaining("maxTunnelsListed");
    }
}

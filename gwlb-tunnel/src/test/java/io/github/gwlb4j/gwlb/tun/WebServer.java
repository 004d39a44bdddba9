package io.github.gwlb4j.gwlb.tun;

import com.sun.net.httpserver.HttpServer;
import io.github.gwlb4j.simulator.lab.LabNamespace;
import java.net.InetSocketAddress;

/** Answers each request with the same content, on TCP port 8080 of a namespace. */
final class WebServer implements AutoCloseable {
    private final HttpServer server;

    WebServer(LabNamespace namespace, byte[] content) throws Exception {
        server = namespace.call(() -> {
            HttpServer made = HttpServer.create(new InetSocketAddress(8080), 0);
            made.createContext("/", exchange -> {
                exchange.sendResponseHeaders(200, content.length);
                exchange.getResponseBody().write(content);
                exchange.close();
            });
            made.start();
            return made;
        });
    }

    @Override
    public void close() {
        server.stop(0);
    }
}

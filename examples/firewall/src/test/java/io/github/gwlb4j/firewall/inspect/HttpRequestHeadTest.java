package io.github.gwlb4j.firewall.inspect;

import static io.github.gwlb4j.firewall.inspect.ClientBytes.ascii;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpRequestHeadTest {
    /** In the table, | ends a line, \n is a line feed without return, and an empty line is added. */
    @ParameterizedTest(name = "{0} -> {1} {2}")
    @CsvSource(delimiter = ';', nullValues = "-", value = {
        "GET / HTTP/1.1|Host: www.example.com;                              FOUND;     www.example.com",
        "GET / HTTP/1.0|Host: www.example.com;                              FOUND;     www.example.com",
        "POST /a?b HTTP/1.1|A: b|hOsT:WWW.Example.COM.|C: d;                FOUND;     www.example.com",
        "GET / HTTP/1.1|Host:\t www.example.com:8080 \t;                    FOUND;     www.example.com",
        "GET / HTTP/1.1|Host: www.example.com:;                             FOUND;     www.example.com",
        "GET / HTTP/1.1|Host: 192.0.2.1:80;                                 FOUND;     192.0.2.1",
        "GET / HTTP/1.1|Host: [2001:DB8::1]:80;                             FOUND;     2001:db8::1",
        "GET / HTTP/1.1|Host: [::ffff:192.0.2.1];                           FOUND;     ::ffff:192.0.2.1",
        "GET / HTTP/1.1\\nHost: www.example.com\\n;                         FOUND;     www.example.com",
        "||GET / HTTP/1.1|Host: www.example.com;                            FOUND;     www.example.com",
        "BREW-VERY-STRONG /pot HTTP/1.1|Host: www.example.com;              FOUND;     www.example.com",
        "OPTIONS * HTTP/1.1|Host: www.example.com;                          FOUND;     www.example.com",
        "GET http://www.example.com/path HTTP/1.1|Host: www.example.com;    FOUND;     www.example.com",
        "GET http://www.example.com:80 HTTP/1.1|Host: WWW.example.com.;     FOUND;     www.example.com",
        "GET HTTPS://www.example.com?q HTTP/1.1|Host:;                      FOUND;     www.example.com",
        "GET http://www.example.com/ HTTP/1.0|;                             FOUND;     www.example.com",
        "CONNECT www.example.com:443 HTTP/1.1|Host: www.example.com:443;    FOUND;     www.example.com",
        "CONNECT [2001:db8::1]:443 HTTP/1.1|;                               FOUND;     2001:db8::1",
        "GET / HTTP/1.1|X-Host: a.com|Hos: b.com|Hosts: c.com;              NONE;      -",
        "GET / HTTP/1.1|Host:;                                              NONE;      -",
        "GET /;                                                             NONE;      -",
        "EHLO www.example.com;                                              NONE;      -",
        "SSH-2.0-OpenSSH_9.6;                                               NONE;      -",
        "PRI * HTTP/2.0|;                                                   NONE;      -",
        "\\x01\\x02;                                                        NONE;      -",
        "GET / HTTP/1.1|Host: a.com|Host: a.com;                            MALFORMED; -",
        "GET / HTTP/1.1|Host:|Host: a.com;                                  MALFORMED; -",
        "GET / HTTP/1.1|Host: a.com|hosT: b.com;                            MALFORMED; -",
        "GET / HTTP/1.1|Host: a.com, b.com;                                 MALFORMED; -",
        "GET / HTTP/1.1|Host: a.com b.com;                                  MALFORMED; -",
        "GET / HTTP/1.1|Host : a.com;                                       MALFORMED; -",
        "GET / HTTP/1.1|Host:| a.com;                                       MALFORMED; -",
        "GET / HTTP/1.1|A: b| Host: a.com;                                  MALFORMED; -",
        "GET / HTTP/1.1| Host: a.com;                                       MALFORMED; -",
        "GET / HTTP/1.1|Host: a%2ecom;                                      MALFORMED; -",
        "GET / HTTP/1.1|Host: user@a.com;                                   MALFORMED; -",
        "GET / HTTP/1.1|Host: a.com/b;                                      MALFORMED; -",
        "GET / HTTP/1.1|Host: a..com;                                       MALFORMED; -",
        "GET / HTTP/1.1|Host: a.com:80x;                                    MALFORMED; -",
        "GET / HTTP/1.1|Host: a.com:123456;                                 MALFORMED; -",
        "GET / HTTP/1.1|Host: a.com\\x00b;                                  MALFORMED; -",
        "GET / HTTP/1.1|Host: a.com\\rX: b;                                 MALFORMED; -",
        "GET / HTTP/1.1|Host: [::1;                                         MALFORMED; -",
        "GET / HTTP/1.1|Host: [::g];                                        MALFORMED; -",
        "GET / HTTP/1.1|Host: [::1]x;                                       MALFORMED; -",
        "GET / HTTP/1.1|no colon|Host: a.com;                               MALFORMED; -",
        "GET / HTTP/1.1|: value|Host: a.com;                                MALFORMED; -",
        "GET  / HTTP/1.1|Host: a.com;                                       MALFORMED; -",
        "GET /a b HTTP/1.1|Host: a.com;                                     MALFORMED; -",
        "GET /a\\x01b HTTP/1.1|Host: a.com;                                 MALFORMED; -",
        "GET / HTTP/1.1 |Host: a.com;                                       MALFORMED; -",
        "GET / http/1.1|Host: a.com;                                        MALFORMED; -",
        "GET / HTTP/1.x|Host: a.com;                                        MALFORMED; -",
        "GET / HTTP/7.1|Host: a.com;                                        MALFORMED; -",
        "GET path HTTP/1.1|Host: a.com;                                     MALFORMED; -",
        "GET ftp://a.com/ HTTP/1.1|Host: a.com;                             MALFORMED; -",
        "GET http://a.com/ HTTP/1.1|Host: b.com;                            MALFORMED; -",
        "GET http://user@a.com/ HTTP/1.1|Host: a.com;                       MALFORMED; -",
        "GET http:/// HTTP/1.1|Host: a.com;                                 MALFORMED; -",
        "CONNECT a.com:443 HTTP/1.1|Host: b.com:443;                        MALFORMED; -",
    })
    void shouldFindTheHostOrSayWhyNot(String request, NameStatus expected, String name) {
        byte[] head = ascii(request.replace("|", "\r\n").replace("\\n", "\n").replace("\\r", "\r")
                .replace("\\x00", "\0").replace("\\x01", "\1").replace("\\x02", "\2") + "\r\n\r\n");
        StreamFeed feed = new StreamFeed(80);
        assertThat(feed.send(0, head)).isEqualTo(expected);
        assertThat(feed.name()).isEqualTo(name == null ? "" : name);
        StreamFeed byteByByte = new StreamFeed(80);
        for (int i = 0; i < head.length; i++) {
            byteByByte.send(head, i, i + 1);
        }
        assertThat(byteByByte.stream.status()).as("byte by byte").isEqualTo(expected);
        assertThat(byteByByte.name()).as("byte by byte").isEqualTo(feed.name());
    }

    @Test
    void shouldWaitForTheWholeHeadBecauseASecondHostMayFollow() {
        byte[] head = ascii("GET / HTTP/1.1\r\nHost: a.com\r\n\r\n");
        StreamFeed feed = new StreamFeed(80);
        assertThat(feed.send(head, 0, head.length - 1)).isEqualTo(NameStatus.NEED_MORE);
        assertThat(feed.send(head, head.length - 1, head.length)).isEqualTo(NameStatus.FOUND);
    }

    @Test
    void shouldTellAnotherProtocolByItsFirstByte() {
        assertThat(new StreamFeed(80).send(0, new byte[] {0})).isEqualTo(NameStatus.NONE);
        assertThat(new StreamFeed(80).send(0, ascii(" "))).isEqualTo(NameStatus.NONE);
        assertThat(new StreamFeed(80).send(0, ascii("A".repeat(33)))).isEqualTo(NameStatus.NONE);
        assertThat(new StreamFeed(80).send(0, ascii("A".repeat(32)))).isEqualTo(NameStatus.NEED_MORE);
    }

    @Test
    void shouldGiveUpAtTheLimit() {
        StreamFeed feed = new StreamFeed(80);
        byte[] head = ascii("GET / HTTP/1.1\r\nCookie: " + "c".repeat(ClientStream.DEFAULT_LIMIT));
        assertThat(feed.send(head, 0, ClientStream.DEFAULT_LIMIT - 1)).isEqualTo(NameStatus.NEED_MORE);
        assertThat(feed.send(head, ClientStream.DEFAULT_LIMIT - 1, head.length)).isEqualTo(NameStatus.TOO_LONG);
    }
}

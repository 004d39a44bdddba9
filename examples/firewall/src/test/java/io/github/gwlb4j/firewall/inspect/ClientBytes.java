package io.github.gwlb4j.firewall.inspect;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/** What clients say first: made by the JDK's TLS, or byte by byte. */
public final class ClientBytes {
    private static final int RECORD_HEADER_LENGTH = 5;

    private ClientBytes() {
    }

    /** A ClientHello as the JDK's TLS client sends it; a null name: without server name. */
    public static byte[] clientHello(String serverName, String... protocols) {
        try {
            SSLEngine engine = SSLContext.getDefault().createSSLEngine();
            engine.setUseClientMode(true);
            SSLParameters parameters = engine.getSSLParameters();
            if (protocols.length > 0) {
                parameters.setProtocols(protocols);
            }
            parameters.setServerNames(serverName == null ? List.of() : List.of(new SNIHostName(serverName)));
            engine.setSSLParameters(parameters);
            ByteBuffer bytes = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
            engine.wrap(ByteBuffer.allocate(0), bytes);
            return Arrays.copyOf(bytes.array(), bytes.position());
        } catch (SSLException | GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** A small ClientHello with these extensions; each is the bytes from its type on. */
    public static byte[] helloWithExtensions(byte[]... extensions) {
        byte[] all = join(extensions);
        return record(message(join(helloStart(), u16(all.length), all)));
    }

    /** Everything before the extensions. */
    public static byte[] helloStart() {
        return join(u16(0x0303), new byte[32], new byte[] {0}, u16(4), u16(0x1a1a), u16(0x1301), new byte[] {1, 0});
    }

    public static byte[] message(byte[] body) {
        return join(new byte[] {1, (byte) (body.length >> 16)}, u16(body.length), body);
    }

    public static byte[] record(byte[] fragment) {
        return join(new byte[] {22, 3, 1}, u16(fragment.length), fragment);
    }

    public static byte[] extension(int type, byte[] data) {
        return join(u16(type), u16(data.length), data);
    }

    public static byte[] serverName(String name) {
        byte[] entry = join(new byte[] {0}, u16(name.length()), ascii(name));
        return extension(0, join(u16(entry.length), entry));
    }

    /** The same handshake message in records of so many bytes. */
    public static byte[] inRecordsOf(int bytes, byte[] oneRecord) {
        ByteArrayOutputStream records = new ByteArrayOutputStream();
        for (int at = RECORD_HEADER_LENGTH; at < oneRecord.length; at += bytes) {
            records.writeBytes(record(Arrays.copyOfRange(oneRecord, at, Math.min(oneRecord.length, at + bytes))));
        }
        return records.toByteArray();
    }

    /** A DNS query: one question for each name, type A. */
    public static byte[] dnsQuery(int id, String... names) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(join(u16(id), u16(0x0100), u16(names.length), u16(0), u16(0), u16(0)));
        for (String name : names) {
            for (String label : name.isEmpty() ? new String[0] : name.split("\\.")) {
                bytes.write(label.length());
                bytes.writeBytes(ascii(label));
            }
            bytes.write(0);
            bytes.writeBytes(join(u16(1), u16(1)));
        }
        return bytes.toByteArray();
    }

    public static byte[] withLength(byte[] message) {
        return join(u16(message.length), message);
    }

    public static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    public static byte[] u16(int value) {
        return new byte[] {(byte) (value >> 8), (byte) value};
    }

    public static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}

package io.github.gwlb4j.simulator;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * TLS 1.3 records (RFC 8446) as an inspecting appliance sees them: handshake messages in clear, the rest as opaque data.
 * Nothing is encrypted. Stateless; usable from any thread.
 */
final class TlsRecords {
    private static final int HANDSHAKE = 22;
    private static final int APPLICATION_DATA = 23;
    private static final int CLIENT_HELLO = 1;
    private static final int SERVER_HELLO = 2;
    private static final int TLS_1_2 = 0x0303;
    private static final int TLS_1_3 = 0x0304;
    private static final int TLS_AES_128_GCM_SHA256 = 0x1301;
    private static final int EXTENSION_SERVER_NAME = 0;
    private static final int EXTENSION_SUPPORTED_VERSIONS = 43;
    private static final int MAX_RECORD = 16384;

    private TlsRecords() {
    }

    /** A ClientHello with the server's name in clear (RFC 8446, 4.1.2; RFC 6066, 3). */
    static byte[] clientHello(String serverName, byte[] random32) {
        byte[] name = serverName.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer extensions = ByteBuffer.allocate(name.length + 16);
        extensions.putShort((short) EXTENSION_SERVER_NAME).putShort((short) (name.length + 5))
                .putShort((short) (name.length + 3)).put((byte) 0).putShort((short) name.length).put(name);
        extensions.putShort((short) EXTENSION_SUPPORTED_VERSIONS).putShort((short) 3).put((byte) 2).putShort((short) TLS_1_3);
        ByteBuffer body = ByteBuffer.allocate(2 + 32 + 1 + 4 + 2 + 2 + extensions.position());
        body.putShort((short) TLS_1_2).put(random32).put((byte) 0)
                .putShort((short) 2).putShort((short) TLS_AES_128_GCM_SHA256)
                .put((byte) 1).put((byte) 0)
                .putShort((short) extensions.position()).put(extensions.flip());
        return handshake(CLIENT_HELLO, body.array());
    }

    /** A ServerHello (RFC 8446, 4.1.3). */
    static byte[] serverHello(byte[] random32) {
        ByteBuffer body = ByteBuffer.allocate(2 + 32 + 1 + 2 + 1 + 2 + 6);
        body.putShort((short) TLS_1_2).put(random32).put((byte) 0)
                .putShort((short) TLS_AES_128_GCM_SHA256).put((byte) 0)
                .putShort((short) 6)
                .putShort((short) EXTENSION_SUPPORTED_VERSIONS).putShort((short) 2).putShort((short) TLS_1_3);
        return handshake(SERVER_HELLO, body.array());
    }

    /** Application data, in as many records as it takes. */
    static byte[] applicationData(byte[] data) {
        int records = (data.length + MAX_RECORD - 1) / MAX_RECORD;
        ByteBuffer bytes = ByteBuffer.allocate(data.length + 5 * records);
        for (int at = 0; at < data.length; at += MAX_RECORD) {
            int length = Math.min(MAX_RECORD, data.length - at);
            bytes.put((byte) APPLICATION_DATA).putShort((short) TLS_1_2).putShort((short) length).put(data, at, length);
        }
        return bytes.array();
    }

    private static byte[] handshake(int type, byte[] body) {
        ByteBuffer record = ByteBuffer.allocate(5 + 4 + body.length);
        record.put((byte) HANDSHAKE).putShort((short) TLS_1_2).putShort((short) (4 + body.length));
        record.putInt(type << 24 | body.length).put(body);
        return record.array();
    }
}

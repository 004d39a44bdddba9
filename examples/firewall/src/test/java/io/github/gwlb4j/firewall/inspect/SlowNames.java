package io.github.gwlb4j.firewall.inspect;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The same rules as the fast readers', written down another way: for a whole stream at once, with strings and regular expressions. */
public final class SlowNames {
    private static final Pattern HOST_NAME = Pattern.compile("(?=.{1,254}$)((?:[A-Za-z0-9_-]{1,63}\\.)*[A-Za-z0-9_-]{1,63})\\.?");
    private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]";
    private static final Pattern REQUEST_LINE = Pattern.compile("(" + TOKEN + "{1,32}) ([^\\x00-\\x20\\x7f]+) HTTP/1\\.[0-9]");
    private static final Pattern FIELD = Pattern.compile("(" + TOKEN + "+):([^\\x00-\\x08\\x0a-\\x1f\\x7f]*)");
    private static final Pattern HOST_PORT = Pattern.compile("(?:([^:\\[\\]]*)|\\[([0-9A-Fa-f:.]*)])(?::[0-9]{0,5})?");

    private SlowNames() {
    }

    /** The name in a client's stream, or null if none is found. */
    public static String nameIn(byte[] stream) {
        if (stream.length == 0) {
            return null;
        }
        try {
            return stream[0] == 22 ? tlsName(new DataInputStream(new ByteArrayInputStream(stream))) : httpName(stream);
        } catch (IOException | BadException e) {
            return null;
        }
    }

    private static String tlsName(DataInputStream records) throws IOException {
        ByteArrayOutputStream handshake = new ByteArrayOutputStream();
        while (handshake.size() < 4 || handshake.size() < 4 + messageLength(handshake.toByteArray())) {
            require(records.readUnsignedByte() == 22 && records.readUnsignedByte() == 3 && records.readUnsignedByte() <= 4);
            int length = records.readUnsignedShort();
            require(length >= 1 && length <= 1 << 14);
            byte[] fragment = records.readNBytes(length);
            handshake.write(fragment);
            boolean isCut = fragment.length < length;
            require(!isCut || handshake.size() >= 4 && handshake.size() >= 4 + messageLength(handshake.toByteArray()));
            require(handshake.toByteArray()[0] == 1);
        }
        byte[] all = handshake.toByteArray();
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(all, 4, messageLength(all)));
        exactly(in, 34);
        exactly(in, in.readUnsignedByte());
        exactly(in, in.readUnsignedShort());
        exactly(in, in.readUnsignedByte());
        require(in.available() > 0);
        require(in.readUnsignedShort() == in.available());
        List<byte[]> serverNames = new ArrayList<>();
        while (in.available() > 0) {
            int type = in.readUnsignedShort();
            byte[] data = exactly(in, in.readUnsignedShort());
            if (type == 0) {
                serverNames.add(data);
            }
        }
        require(serverNames.size() == 1);
        DataInputStream list = new DataInputStream(new ByteArrayInputStream(serverNames.get(0)));
        require(list.readUnsignedShort() == list.available());
        require(list.readUnsignedByte() == 0);
        require(list.readUnsignedShort() == list.available());
        return hostName(new String(list.readAllBytes(), StandardCharsets.ISO_8859_1));
    }

    private static int messageLength(byte[] handshake) {
        return (handshake[1] & 0xff) << 16 | (handshake[2] & 0xff) << 8 | handshake[3] & 0xff;
    }

    private static byte[] exactly(DataInputStream in, int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException();
        }
        return bytes;
    }

    private static String httpName(byte[] stream) {
        List<String> lines = new ArrayList<>(List.of(new String(stream, StandardCharsets.ISO_8859_1).split("\n", -1)));
        lines.remove(lines.size() - 1); // without a line feed at its end
        lines.replaceAll(line -> line.endsWith("\r") ? line.substring(0, line.length() - 1) : line);
        while (!lines.isEmpty() && lines.get(0).isEmpty()) {
            lines.remove(0);
        }
        int end = lines.indexOf("");
        require(end > 0);
        Matcher request = REQUEST_LINE.matcher(lines.get(0));
        require(request.matches());
        String targetHost = targetHost(request.group(1), request.group(2));
        List<String> hosts = new ArrayList<>();
        for (String line : lines.subList(1, end)) {
            Matcher field = FIELD.matcher(line);
            require(field.matches());
            if (field.group(1).equalsIgnoreCase("host")) {
                hosts.add(field.group(2).replaceAll("^[ \t]+|[ \t]+$", ""));
            }
        }
        require(hosts.size() <= 1);
        String host = hosts.isEmpty() || hosts.get(0).isEmpty() ? null : authority(hosts.get(0));
        require(host == null || targetHost == null || host.equals(targetHost));
        require(host != null || targetHost != null);
        return host != null ? host : targetHost;
    }

    private static String targetHost(String method, String target) {
        String rest = target;
        if (!method.equals("CONNECT")) {
            if (target.startsWith("/") || target.equals("*")) {
                return null;
            }
            require(target.matches("(?is)https?://.*"));
            rest = target.substring(target.indexOf("://") + 3);
        }
        return authority(rest.split("[/?#]", 2)[0]);
    }

    private static String authority(String text) {
        Matcher parts = HOST_PORT.matcher(text);
        require(parts.matches());
        if (parts.group(1) != null) {
            return hostName(parts.group(1));
        }
        String address = parts.group(2).toLowerCase(Locale.ROOT);
        String stripped = address.endsWith(".") ? address.substring(0, address.length() - 1) : address;
        require(stripped.matches("[^.]{1,63}(\\.[^.]{1,63})*"));
        require(stripped.length() <= 253);
        return stripped;
    }

    private static String hostName(String text) {
        Matcher name = HOST_NAME.matcher(text);
        require(name.matches());
        require(name.group(1).length() <= 253);
        return name.group(1).toLowerCase(Locale.ROOT);
    }

    private static void require(boolean isGood) {
        if (!isGood) {
            throw new BadException();
        }
    }

    private static final class BadException extends RuntimeException {
        private static final long serialVersionUID = 1;
    }
}

package io.github.gwlb4j.firewall;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.packet.Cidr;
import java.net.InetSocketAddress;
import picocli.CommandLine;

/** How values of options are read: each says what is wrong in one line. */
final class OptionTypes {
    private OptionTypes() {
    }

    /** Reads a network in CIDR notation. */
    static final class SourceNetwork implements CommandLine.ITypeConverter<Cidr> {
        @Override
        public Cidr convert(String text) {
            try {
                return Cidr.parse(text);
            } catch (IllegalArgumentException e) {
                throw new CommandLine.TypeConversionException(e.getMessage());
            }
        }
    }

    /** Reads an option class as in 264 or 0x0108. */
    static final class OptionClass implements CommandLine.ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            try {
                return Integer.decode(text);
            } catch (NumberFormatException e) {
                throw new CommandLine.TypeConversionException("'" + text + "' is not a number as in 264 or 0x0108");
            }
        }
    }

    /** Reads ADDRESS, ADDRESS:PORT, [IPV6] or [IPV6]:PORT. */
    static final class ListenAddress implements CommandLine.ITypeConverter<InetSocketAddress> {
        @Override
        public InetSocketAddress convert(String text) {
            return parse(text);
        }

        static InetSocketAddress parse(String text) {
            String host = text;
            String port = Integer.toString(Geneve.UDP_PORT);
            int colon = text.lastIndexOf(':');
            boolean isBracketed = text.startsWith("[") && text.indexOf(']') > 0;
            if (isBracketed) {
                host = text.substring(1, text.indexOf(']'));
                String rest = text.substring(text.indexOf(']') + 1);
                port = rest.isEmpty() ? port : rest.startsWith(":") ? rest.substring(1) : "?";
            } else if (colon >= 0 && text.indexOf(':') == colon) {
                host = text.substring(0, colon);
                port = text.substring(colon + 1);
            }
            if (!port.matches("\\d{1,5}") || Integer.parseInt(port) < 1 || Integer.parseInt(port) > 65_535) {
                throw new CommandLine.TypeConversionException("'" + text + "' is not ADDRESS[:PORT]; the port must be 1 to 65535");
            }
            InetSocketAddress address = new InetSocketAddress(host, Integer.parseInt(port));
            if (host.isEmpty() || address.isUnresolved()) {
                throw new CommandLine.TypeConversionException("'" + text + "' is not ADDRESS[:PORT]: unknown address '" + host + "'");
            }
            return address;
        }
    }

    /** A number between two bounds, or a message that names the option. */
    static int requireRange(String option, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(option + " is " + value + ", must be " + (max == Integer.MAX_VALUE ? min + " or more" : min + " to " + max));
        }
        return value;
    }
}

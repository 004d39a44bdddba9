package io.github.gwlb4j.handler.options;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.aws.EndpointId;
import io.github.gwlb4j.packet.Cidr;
import java.net.InetSocketAddress;
import java.util.function.Function;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Readers of values on the command line and in the configuration file. Stateless. */
final class Converters {
    private static final int MAX_PORT = 65_535;

    private Converters() {
    }

    /** Keeps the message of a parser, which picocli would replace by the exception's name. */
    private static <T> T parse(String text, Function<String, T> parser) {
        try {
            return parser.apply(text.strip());
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    /** As in vpce-0123456789abcdef0, with or without vpce- and leading zeros. */
    static final class Endpoint implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            return parse(text, EndpointId::parseHex);
        }
    }

    /** As in 10.0.0.0/24. */
    static final class Network implements ITypeConverter<Cidr> {
        @Override
        public Cidr convert(String text) {
            return parse(text, Cidr::parse);
        }
    }

    /** As in 0-2,5. */
    static final class Cpus implements ITypeConverter<CpuList> {
        @Override
        public CpuList convert(String text) {
            return parse(text, CpuList::parse);
        }
    }

    /** As in core=debug,udp=info. */
    static final class Levels implements ITypeConverter<LogLevels> {
        @Override
        public LogLevels convert(String text) {
            return parse(text, LogLevels::parse);
        }
    }

    /** As in 264 or 0x0108. */
    static final class OptionClass implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            try {
                return Integer.decode(text.strip());
            } catch (NumberFormatException e) {
                throw new TypeConversionException("'" + text + "' is not a number as in 264 or 0x0108");
            }
        }
    }

    /** ADDRESS, ADDRESS:PORT, [IPV6] or [IPV6]:PORT. */
    static final class ListenAddress implements ITypeConverter<InetSocketAddress> {
        @Override
        public InetSocketAddress convert(String text) {
            String host = text;
            String port = Integer.toString(Geneve.UDP_PORT);
            int colon = text.lastIndexOf(':');
            int bracket = text.startsWith("[") ? text.indexOf(']') : -1;
            if (bracket > 0) {
                host = text.substring(1, bracket);
                String rest = text.substring(bracket + 1);
                port = rest.isEmpty() ? port : rest.startsWith(":") ? rest.substring(1) : "?";
            } else if (colon >= 0 && text.indexOf(':') == colon) {
                host = text.substring(0, colon);
                port = text.substring(colon + 1);
            }
            if (!port.matches("\\d{1,5}") || Integer.parseInt(port) < 1 || Integer.parseInt(port) > MAX_PORT) {
                throw new TypeConversionException("'" + text + "' is not ADDRESS[:PORT]; the port must be 1 to " + MAX_PORT);
            }
            InetSocketAddress address = new InetSocketAddress(host, Integer.parseInt(port));
            if (host.isEmpty() || address.isUnresolved()) {
                throw new TypeConversionException("'" + text + "' is not ADDRESS[:PORT]: unknown address '" + host + "'");
            }
            return address;
        }
    }
}

package io.github.gwlb4j.simulator.lab;

import io.github.gwlb4j.geneve.aws.EndpointId;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.packet.Cidr;
import io.github.gwlb4j.packet.IpAddress;
import io.github.gwlb4j.tun.LinkAddress;
import io.github.gwlb4j.tun.TunConfig;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What is behind one endpoint of the load balancer: a client, and a server unless {@link #withoutServer()}. Immutable; each
 * method makes a changed copy.
 *
 * <p>By default the client is 10.20.0.2/24 and fd20::2/64, the server 10.30.0.2/24 and fd30::2/64, the same for each site, as
 * networks behind one load balancer may be.
 *
 * @param endpointId      option 1 of the GENEVE header, any 64 bits; no two sites have the same
 * @param clientAddresses addresses of the client; their networks are what "to the client" means
 * @param serverAddresses addresses of the server, empty if there is none
 * @param mtu             MTU of the client's and the server's TUN device in bytes
 */
public record SiteConfig(long endpointId, List<LinkAddress> clientAddresses, List<LinkAddress> serverAddresses, int mtu) {
    private static final int MIN_MTU_FOR_IPV6 = 1280;

    /**
     * Checks the values.
     *
     * @param endpointId      any 64 bits
     * @param clientAddresses at least one
     * @param serverAddresses empty if there is no server
     * @param mtu             bytes
     * @throws IllegalArgumentException if there is no client address, or the MTU is out of range
     */
    public SiteConfig {
        clientAddresses = List.copyOf(clientAddresses);
        serverAddresses = List.copyOf(serverAddresses);
        if (clientAddresses.isEmpty()) {
            throw new IllegalArgumentException("a site needs at least one client address, such as 10.20.0.2/24");
        }
        boolean hasIpv6 = Stream.concat(clientAddresses.stream(), serverAddresses.stream())
                .anyMatch(address -> address.address().getAddress().length > 4);
        int least = hasIpv6 ? MIN_MTU_FOR_IPV6 : TunConfig.MIN_MTU;
        if (mtu < least || mtu > TunConfig.MAX_MTU) {
            throw new IllegalArgumentException("MTU must be " + least + " to " + TunConfig.MAX_MTU + ", got " + mtu);
        }
    }

    /**
     * A site with the usual client and server, MTU 8500.
     *
     * @param endpointId option 1 of the GENEVE header
     * @return the configuration
     */
    public static SiteConfig of(long endpointId) {
        return new SiteConfig(endpointId, parse("10.20.0.2/24", "fd20::2/64"), parse("10.30.0.2/24", "fd30::2/64"),
                Gwlb.MAX_INNER_PACKET_LENGTH);
    }

    private static List<LinkAddress> parse(String... addresses) {
        return Stream.of(addresses).map(LinkAddress::parse).toList();
    }

    /**
     * A site whose client talks to what is behind the appliance itself, as for two-arm NAT.
     *
     * @return a changed copy
     */
    public SiteConfig withoutServer() {
        return new SiteConfig(endpointId, clientAddresses, List.of(), mtu);
    }

    /**
     * Other addresses of the client.
     *
     * @param addresses such as {@code 10.20.0.2/24}
     * @return a changed copy
     */
    public SiteConfig withClient(String... addresses) {
        return new SiteConfig(endpointId, parse(addresses), serverAddresses, mtu);
    }

    /**
     * Other addresses of the server.
     *
     * @param addresses such as {@code 10.30.0.2/24}
     * @return a changed copy
     */
    public SiteConfig withServer(String... addresses) {
        return new SiteConfig(endpointId, clientAddresses, parse(addresses), mtu);
    }

    /**
     * Another MTU of the client's and the server's TUN device.
     *
     * @param bytes 68 (with IPv6: 1280) to 65535; the load balancer takes 8500 at most
     * @return a changed copy
     */
    public SiteConfig withMtu(int bytes) {
        return new SiteConfig(endpointId, clientAddresses, serverAddresses, bytes);
    }

    /** The networks that the client's addresses are in. */
    List<Cidr> clientNetworks() {
        List<Cidr> networks = new ArrayList<>();
        for (LinkAddress address : clientAddresses) {
            byte[] bytes = address.address().getAddress();
            for (int bit = address.prefixLength(); bit < bytes.length * Byte.SIZE; bit++) {
                bytes[bit / Byte.SIZE] &= (byte) ~(0x80 >> bit % Byte.SIZE);
            }
            ByteBuffer masked = ByteBuffer.wrap(bytes);
            String text = bytes.length == 4 ? IpAddress.format(4, 0, Integer.toUnsignedLong(masked.getInt()))
                    : IpAddress.format(6, masked.getLong(), masked.getLong());
            networks.add(Cidr.parse(text + "/" + address.prefixLength()));
        }
        return networks;
    }

    @Override
    public String toString() {
        return "endpoint " + EndpointId.toHex(endpointId) + ", client " + clientAddresses + ", "
                + (serverAddresses.isEmpty() ? "no server" : "server " + serverAddresses) + ", MTU " + mtu;
    }
}

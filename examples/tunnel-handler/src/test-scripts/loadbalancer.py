#!/usr/bin/env python3
"""Stands in for the load balancer, one of its endpoints and the tunnel handler, for tests of hook scripts.

Makes four TUN devices and carries packets between them until it is ended by a signal:

    client namespace, lb0 --+                            +--> client namespace, lb0   (to an address of the clients)
                            +--> gwi-X  (kernel)  gwo-X --+
    server namespace, lb0 --+                            +--> server namespace, lb0   (to any other address)

usage: loadbalancer.py APP_NS X CLIENT_NS SERVER_NS CLIENT_NET…
"""
import ctypes
import fcntl
import ipaddress
import os
import select
import struct
import subprocess
import sys

TUNSETIFF, IFF_TUN, IFF_NO_PI, CLONE_NEWNET = 0x400454CA, 0x0001, 0x1000, 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def open_tun(namespace, name):
    """Makes the device in the namespace; this process is in it afterwards."""
    with open(f"/run/netns/{namespace}") as ns:
        if LIBC.setns(ns.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"setns {namespace}")
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    subprocess.run(["ip", "link", "set", name, "mtu", "8500", "up"], check=True)
    return fd


def destination(packet):
    return ipaddress.ip_address(packet[16:20] if packet[0] >> 4 == 4 else packet[24:40])


def main():
    app, suffix, client_ns, server_ns, *nets = sys.argv[1:]
    client_nets = [ipaddress.ip_network(net) for net in nets]
    gwi, gwo = open_tun(app, "gwi-" + suffix), open_tun(app, "gwo-" + suffix)
    client, server = open_tun(client_ns, "lb0"), open_tun(server_ns, "lb0")
    print("ready", flush=True)
    while True:
        for fd in select.select([client, server, gwo, gwi], [], [])[0]:
            packet = os.read(fd, 9000)
            if fd == gwo:
                address = destination(packet)
                os.write(client if any(address in net for net in client_nets) else server, packet)
            elif fd != gwi and not destination(packet).is_multicast and not destination(packet).is_link_local:
                os.write(gwi, packet)


main()

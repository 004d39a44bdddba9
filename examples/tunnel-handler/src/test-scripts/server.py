#!/usr/bin/env python3
"""Answers over HTTP and UDP, IPv4 and IPv6: its own name, and which address and port it saw the client at.

A request for /slow is answered in two halves, three seconds apart, so that connections can be held open at the same time.

usage: server.py NAME HTTP_PORT [UDP_PORT]
"""
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def answer(peer):
    return f"{sys.argv[1]} saw {peer[0].removeprefix('::ffff:')} port {peer[1]}\n".encode()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = answer(self.client_address)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:4])
        self.wfile.flush()
        time.sleep(3 if self.path == "/slow" else 0)
        self.wfile.write(body[4:])

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    address_family = socket.AF_INET6

    def server_bind(self):
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


def udp(port):
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.bind(("::", port))
        while True:
            peer = sock.recvfrom(100)[1]
            sock.sendto(answer(peer), peer)


if len(sys.argv) > 3:
    threading.Thread(target=udp, args=[int(sys.argv[3])], daemon=True).start()
Server(("::", int(sys.argv[2])), Handler).serve_forever()

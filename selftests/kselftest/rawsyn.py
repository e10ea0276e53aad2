#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
#
# rawsyn.py FROM TO SPORT DPORT: sends one SYN of protocol 253 by a raw socket,
# whether or not the module is loaded, and prints what came of it:
#   FLAGS SEQ	the first segment from there, flags in hex
#   ERRNO	the name of the error that ICMP brought
#   silence	nothing in 3 s
"""Sends a SYN from outside of any transport, see above."""
import errno
import ipaddress
import socket
import struct
import sys

PROTO = 253
source, dest = (ipaddress.ip_address(a) for a in sys.argv[1:3])
sport, dport = map(int, sys.argv[3:5])


def checksum(data):
    """The Internet checksum of an even number of octets."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def syn():
    """A SYN without options."""
    head = struct.pack("!HHIIBBH", sport, dport, 1000, 0, 5 << 4, 2, 65535)
    if dest.version == 4:
        pseudo = source.packed + dest.packed + struct.pack("!HH", PROTO, 20)
    else:
        pseudo = source.packed + dest.packed + struct.pack("!II", 20, PROTO)
    return head + struct.pack("!HH", checksum(pseudo + head), 0)


def main():
    """Prints one line."""
    four = dest.version == 4
    s = socket.socket(socket.AF_INET if four else socket.AF_INET6,
                      socket.SOCK_RAW, PROTO)
    # IP_RECVERR, IPV6_RECVERR
    s.setsockopt(*((socket.IPPROTO_IP, 11, 1) if four else
                   (socket.IPPROTO_IPV6, 25, 1)))
    s.settimeout(3)
    s.bind((str(source), 0))
    s.connect((str(dest), 0))
    s.send(syn())
    while True:
        data = s.recv(2048)
        data = data[(data[0] & 15) * 4:] if four else data
        ports = struct.unpack("!HH", data[:4])
        if ports == (dport, sport):
            print(f"{data[13]:x} {struct.unpack('!I', data[4:8])[0]}")
            return


try:
    main()
except socket.timeout:
    print("silence")
except OSError as e:
    print(errno.errorcode[e.errno])

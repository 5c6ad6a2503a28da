"""Sends TEXT where nobody should look for it: leak.py AFTER FORM ADDRESS TEXT

Port 7007 where the form has ports. Then waits for the echo of a datagram to AFTER (HOST:PORT): whoever stands in the
way has handled by then what came before it.
"""

import os
import socket
import struct
import sys

UDP, TCP, FRAGMENT, ROUTING, HOP_BY_HOP, DESTINATION = 17, 6, 44, 43, 0, 60
MORE = 0x2000


def udp(text):
    return struct.pack("!HHHH", 40007, 7007, 8 + len(text), 0) + text


def syn(text):
    return struct.pack("!HHIIBBHHH", 40007, 7007, 1, 0, 5 << 4, 2, 65535, 0, 0) + text


def ip(protocol, payload, fragment=0, options=b""):
    """A packet to ADDRESS; of IPv6, `options` are headers whose first has the number of DESTINATION."""
    if V6:
        first = DESTINATION if options else protocol
        head = struct.pack("!IHBB", 6 << 28, len(options) + len(payload), first, 64)
        return head + SOURCE + TARGET + options + payload
    words = 5 + len(options) // 4
    total = 4 * words + len(payload)
    head = struct.pack("!BBHHHBBH", 4 << 4 | words, 0, total, 7, fragment, 64, protocol, 0)
    return head + SOURCE + TARGET + options + payload


def fragment(protocol, share, start, more):
    if V6:
        return ip(FRAGMENT, struct.pack("!BBHI", protocol, 0, start | more, 7) + share)
    return ip(protocol, share, start // 8 | (MORE if more else 0))


def pieces(protocol, whole, cuts):
    """`whole` as fragments, each from the cut before to its own."""
    ends = zip([0] + cuts, cuts + [len(whole)])
    return [fragment(protocol, whole[start:end], start, end < len(whole)) for start, end in ends]


def overlapping(text):
    """A first reading without the text, and a second one with it."""
    cover = pieces(UDP, udp(b"-" * len(text)), [16])
    hidden = pieces(UDP, udp(text), [8])
    return [cover[0], hidden[1], cover[1], hidden[0]]


def icmp(kind, text, code=0):
    body = struct.pack("!HH", 7, 1) + text
    checksum = 0
    if not V6:
        padded = bytes([kind, code]) + body + b"\0" * (len(body) % 2)
        total = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
        while total >> 16:
            total = (total & 0xFFFF) + (total >> 16)
        checksum = ~total & 0xFFFF
    return [ip(58 if V6 else 1, struct.pack("!BBH", kind, code, checksum) + body)]


def option(kind, text):
    """An IPv4 option, or an IPv6 header of options, with `text` in it."""
    if V6:
        size = -(-(4 + len(text)) // 8)
        padding = size * 8 - 4 - len(text)
        return bytes([UDP, size - 1, kind, len(text) + padding]) + text + b"\0" * padding
    return (bytes([kind, 2 + len(text)]) + text).ljust(-(-(2 + len(text)) // 4) * 4, b"\0")


def headers(text):
    """Hop-by-hop options, a routing header with a segment left, and destination options, before UDP."""
    hops = bytes([ROUTING, 0, 1, 4, 0, 0, 0, 0])
    route = bytes([DESTINATION, 2, 0, 1, 0, 0, 0, 0]) + TARGET
    last = bytes([UDP, 0, 1, 4, 0, 0, 0, 0])
    rest = hops + route + last + udp(text)
    return [struct.pack("!IHBB", 6 << 28, len(rest), HOP_BY_HOP, 64) + SOURCE + TARGET + rest]


def source_route(text):
    """By way of ADDRESS to another one (RFC 791): the option is not what decides where it goes."""
    return [ip(UDP, udp(text), options=bytes([131, 7, 4, 198, 51, 100, 20, 0]))]


def question(text, flags=0x0100, records=0, extra=b""):
    """A DNS question for shop.example with something behind it."""
    head = struct.pack("!HHHHHH", 7, flags, 1, 0, 0, records)
    return head + b"\4shop\7example\0\0\1\0\1" + extra + text


def txt(text):
    share = bytes([len(text)]) + text
    return b"\0" + struct.pack("!HHIH", 16, 1, 0, len(share)) + share


def edns(text):
    share = struct.pack("!HH", 65001, len(text)) + text
    return b"\0" + struct.pack("!HHIH", 41, 1232, 0, len(share)) + share


PACKETS = {
    "fragments": lambda text: pieces(UDP, udp(text), [16, 32]),
    "tiny fragments": lambda text: pieces(UDP, udp(text), list(range(16, 8 + len(text), 16))),
    "fragments backwards": lambda text: pieces(UDP, udp(text), [16, 32])[::-1],
    "fragment without ports": lambda text: [fragment(UDP, udp(text)[:2], 0, True)] + pieces(UDP, udp(text), [16]),
    "overlapping fragments": overlapping,
    "TCP fragments": lambda text: pieces(TCP, syn(text), [8, 24]),
    "data in a SYN": lambda text: [ip(TCP, syn(text))],
    "options": lambda text: [ip(UDP, udp(text), options=option(7 if not V6 else 0x1E, b"\4" + b"\0" * 7))],
    "source route": source_route,
    "in an option": lambda text: [ip(UDP, udp(b"hello"), options=option(0x1E if V6 else 0x5E, text[-28:]))],
    "extension headers": headers,
    "echo request": lambda text: icmp(128 if V6 else 8, text),
    "sixth echo request": lambda text: icmp(128 if V6 else 8, b"hello") * 5 + icmp(128 if V6 else 8, text),
    "echo reply": lambda text: icmp(129 if V6 else 0, text),
    "unreachable": lambda text: icmp(1 if V6 else 3, text, 3),
    "other ICMP": lambda text: icmp(200 if V6 else 13, text),
}
for number in (4, 41, 47, 50, 132, 136, 253):
    PACKETS[f"protocol {number}"] = lambda text, number=number: [ip(number, text)]

DATAGRAMS = {
    "behind a question": question,
    "record of a question": lambda text: question(b"", records=1, extra=txt(text)),
    "option of a question": lambda text: question(b"", records=1, extra=edns(text)),
    "question that is an answer": lambda text: question(text, flags=0x8180),
}


def stream(text):
    """Over one TCP connection, which is then half closed. It may be refused."""
    try:
        with socket.create_connection((ADDRESS, 53), 10) as connection:
            connection.sendall(text)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass
    except OSError as error:
        print("refused:", error)


STREAMS = {
    "no message over TCP": lambda text: text,
    "message over TCP": lambda text: struct.pack("!H", len(text)) + text,
    "question over TCP": lambda text: struct.pack("!H", len(question(text))) + question(text),
}


def send():
    if FORM == "nothing":
        return
    if FORM in PACKETS:
        sender = socket.socket(FAMILY, socket.SOCK_RAW, socket.IPPROTO_RAW)
        for packet in PACKETS[FORM](TEXT):
            sender.sendto(packet, (ADDRESS, 0))
    elif FORM == "datagram":
        # Three times from sockets of their own: on a busy machine a look-up may take longer than a flow waits for it.
        for _ in range(3):
            OPEN.append(socket.socket(FAMILY, socket.SOCK_DGRAM))
            OPEN[-1].sendto(TEXT, (ADDRESS, 7007))
            after(sys.argv[1])
    elif FORM in DATAGRAMS:
        ORDINARY.sendto(DATAGRAMS[FORM](TEXT), (ADDRESS, 53))
    else:
        stream(STREAMS[FORM](TEXT))


def after(place):
    host, port = place.rsplit(":", 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as echo:
        echo.connect((host, int(port)))
        echo.settimeout(0.5)
        for _ in range(40):
            try:
                echo.send(b"after")
                return echo.recv(100)
            except OSError:
                # Lost, as any datagram may be; or nothing is there yet.
                continue
    raise TimeoutError("nobody answers")


FORM, ADDRESS, TEXT = sys.argv[2], sys.argv[3], os.fsencode(sys.argv[4])
V6 = ":" in ADDRESS
FAMILY = socket.AF_INET6 if V6 else socket.AF_INET
with socket.socket(FAMILY, socket.SOCK_DGRAM) as probe:
    probe.connect((ADDRESS, 7007))
    SOURCE = socket.inet_pton(FAMILY, probe.getsockname()[0])
TARGET = socket.inet_pton(FAMILY, ADDRESS)
# Open to the end, so that whoever asks can tell whose it is.
ORDINARY = socket.socket(FAMILY, socket.SOCK_DGRAM)
OPEN = []
send()
after(sys.argv[1])

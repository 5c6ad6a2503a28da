"""A DNS server that lies before it tells the truth: `serve ADDRESS`. `ask` prints the first answer that comes."""

import socket
import struct
import sys


def answer(number, asked, address):
    head = struct.pack("!HHHHHH", number, 0x8180, 1, 1, 0, 0)
    record = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + socket.inet_aton(address)
    return head + asked + record


def serve(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((address, 53))
        print("ready", flush=True)
        while True:
            question, client = server.recvfrom(512)
            (number,) = struct.unpack("!H", question[:2])
            asked = question[12:]
            other = asked.replace(b"shop", b"lamp")
            server.sendto(answer(number ^ 1, asked, "198.51.100.66"), client)
            server.sendto(answer(number, other, "198.51.100.66"), client)
            server.sendto(answer(number, asked, "203.0.113.10"), client)


def ask():
    with open("/etc/resolv.conf") as settings:
        resolver = settings.readline().split()[1]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(20)
        client.connect((resolver, 53))
        client.send(struct.pack("!HHHHHH", 7, 0x100, 1, 0, 0, 0) + b"\4shop\7example\0\0\1\0\1")
        said = client.recv(512)
    number = struct.unpack("!H", said[:2])[0]
    lie = "" if number == 7 and b"shop" in said else " (another number)" if number != 7 else " (another question)"
    print(socket.inet_ntoa(said[-4:]) + lie)


if sys.argv[1] == "serve":
    serve(sys.argv[2])
else:
    ask()

"""Starts a program with tunnels: launch.py NAMESPACE COUNT PROGRAM ARGUMENT…

Makes a network namespace for the app, bound to the file NAMESPACE, with COUNT tunnels in it, and
puts their descriptors into the environment variable TUNS. Where a variable TWINS is set, it gets a second
descriptor of each, for programs that cannot duplicate one. The program itself stays outside.
"""

import ctypes
import fcntl
import os
import struct
import subprocess
import sys

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000

libc = ctypes.CDLL(None, use_errno=True)


def checked(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), "cannot change the network namespace")


def tunnel(name):
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    os.set_inheritable(fd, True)
    return fd


def ip(words):
    subprocess.run(["ip", *words.split()], check=True)


namespace, count, program = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
outside = os.open("/proc/self/ns/net", os.O_RDONLY)
checked(libc.unshare(CLONE_NEWNET))
open(namespace, "w").close()
subprocess.run(["mount", "--bind", f"/proc/{os.getpid()}/ns/net", namespace], check=True)
ip("link set lo up")
tunnels = []
for number in range(count):
    tunnels.append(tunnel(f"tun{number}"))
    ip(f"link set tun{number} addrgenmode none up")
    ip(f"address add 10.111.{number}.1/32 dev tun{number}")
if count:
    ip("route add default dev tun0 src 10.111.0.1")
checked(libc.setns(outside, 0))
os.environ["TUNS"] = ",".join(map(str, tunnels))
if "TWINS" in os.environ:
    twins = [os.dup(tun) for tun in tunnels]
    for twin in twins:
        os.set_inheritable(twin, True)
    os.environ["TWINS"] = ",".join(map(str, twins))
os.environ["APP_NAMESPACE"] = namespace
os.execvp(program[0], program)

"""`serve HOST PORT`: echoes every message. `talk URL`: sends some and compares."""

import asyncio
import sys

import websockets


async def echo(socket):
    async for message in socket:
        await socket.send(message)


async def serve(host, port):
    async with websockets.serve(echo, host, int(port)):
        print("ready", flush=True)
        await asyncio.Future()


async def talk(url):
    messages = ["hello", "ü" * 1000, b"\x00\xff" * 40_000, ""] * 5
    async with websockets.connect(url) as socket:
        for message in messages:
            await socket.send(message)
            answer = await socket.recv()
            assert answer == message, (message[:20], answer[:20])
    print(f"{len(messages)} echoed")


if sys.argv[1] == "serve":
    asyncio.run(serve(*sys.argv[2:]))
else:
    asyncio.run(talk(*sys.argv[2:]))

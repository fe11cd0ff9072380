#!/usr/bin/env python3
"""A long line to the sandbox: every byte takes half a round trip each way, a new connection one more.

`liblatency.py URL MILLISECONDS` serves until stdin ends, and says its own address first.
"""
import asyncio
import os
import subprocess
import sys
import urllib.parse


class SlowLine:
    """A process of its own in between, as long as the with block lasts."""

    def __init__(self, url, round_trip_ms):
        self.words = [sys.executable, __file__, url, str(round_trip_ms)]

    def __enter__(self):
        self.process = subprocess.Popen(self.words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=10)
        self.process.stdout.close()


async def pump(reader, writer, delay, first_delay):
    """Keeps the order, and lets the next bytes set out while these are under way."""
    loop, queue = asyncio.get_running_loop(), asyncio.Queue()

    async def arrive():
        while True:
            at, chunk = await queue.get()
            await asyncio.sleep(max(0, at - loop.time()))
            if not chunk:
                break
            writer.write(chunk)
            await writer.drain()
        writer.close()

    arriving = asyncio.create_task(arrive())
    extra = first_delay
    try:
        while True:
            chunk = await reader.read(65536)
            queue.put_nowait((loop.time() + delay + extra, chunk))
            extra = 0
            if not chunk:
                break
        await arriving
    except OSError:
        arriving.cancel()
        writer.close()


async def serve(url, round_trip_s):
    parts = urllib.parse.urlsplit(url)

    async def connected(reader, writer):
        there, back = await asyncio.open_connection(parts.hostname, parts.port)
        await asyncio.gather(pump(reader, back, round_trip_s / 2, round_trip_s), pump(there, writer, round_trip_s / 2, 0))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)  # whoever is connected still is cut off


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], float(sys.argv[2]) / 1000))

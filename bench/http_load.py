"""Clients that ask over HTTP/1.1, many at once, and how long they wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

_LATE = 30.0
"""After how many seconds an answer is no longer waited for."""


@dataclass
class Times:
    """What some requests took, in seconds; how many failed or were told to come again, and how long all took."""

    seconds: list[float] = field(default_factory=list)
    failed: int = 0
    whole: float = 0.0

    def __str__(self) -> str:
        if not self.seconds:
            return f"none answered, {self.failed} failed"
        ordered = sorted(self.seconds)
        middle, late = (ordered[int(len(ordered) * part)] * 1000 for part in (0.5, 0.99))
        rate = len(ordered) / self.whole
        said = f"{rate:,.0f}/s, median {middle:.1f} ms, p99 {late:.1f} ms, longest {ordered[-1] * 1000:.0f} ms"
        return f"{said}, of {len(ordered):,}" + (f", {self.failed} failed" if self.failed else "")


class Clients:
    """Some readers of a server on this machine, each with a connection that it keeps."""

    def __init__(self, port: int, count: int) -> None:
        self.port = port
        self.count = count

    async def run(self, paths: Iterator[str], seconds: float) -> Times:
        """Ask for one address after the other, each client its next, until they or the seconds are over."""
        times, begun = Times(), time.perf_counter()
        await asyncio.gather(*(self._client(paths, begun + seconds, times) for _ in range(self.count)))
        times.whole = time.perf_counter() - begun
        return times

    async def post(self, path: str, query: bytes) -> tuple[float, int, bytes]:
        """Ask a query; return the seconds, the status and the body."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        begun = time.perf_counter()
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\n"
        writer.write(f"{head}Content-Length: {len(query)}\r\nConnection: close\r\n\r\n".encode() + query)
        status, body = await _answer(reader)
        writer.close()
        return time.perf_counter() - begun, status, body

    async def _client(self, paths: Iterator[str], end: float, times: Times) -> None:
        reader = writer = None
        for path in paths:
            begun = time.perf_counter()
            if begun > end:
                break
            try:
                if reader is None or writer is None:
                    reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n".encode())
                async with asyncio.timeout(_LATE):
                    status, _ = await _answer(reader)
            except (OSError, TimeoutError, asyncio.IncompleteReadError):
                times.failed += 1
                reader = writer = None
                continue
            if status == 200:
                times.seconds.append(time.perf_counter() - begun)
            else:
                times.failed += 1
        if writer is not None:
            writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Return the status and the body of an answer (RFC 9112)."""
    head = await reader.readuntil(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
    status = int(head.split(b" ", 2)[1])
    if fields.get(b"transfer-encoding") == b"chunked":
        body = b""
        while size := int(await reader.readline(), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
        return status, body
    return status, await reader.readexactly(int(fields.get(b"content-length", 0)))

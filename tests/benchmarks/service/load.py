"""A load generator that takes little of the processor, which it shares with what it measures.

It keeps connections to 127.0.0.1 open and sends on each the next of the prepared requests as soon as the answer to the
one before is whole: HTTP/1.1 with a Content-Length, as every peer here answers. It reads nothing of an answer but
the status and the length; the bodies are kept for later.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import cast

import uvloop

HEAD_END = b"\r\n\r\n"
OPEN_SECONDS = 10
LAST_ANSWER_SECONDS = 30


class LoadError(RuntimeError):
    """An answer that is not what was agreed, or none."""


@dataclass(frozen=True)
class Target:
    """What to send a body to: a port on this machine, a path, and headers."""

    port: int
    path: str
    headers: tuple[tuple[str, str], ...] = ()

    def request(self, body: bytes) -> bytes:
        """The bytes of one POST."""
        lines = [f"POST {self.path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Content-Type: application/json"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines += [f"Content-Length: {len(body)}", "", ""]
        return "\r\n".join(lines).encode("ascii") + body


@dataclass
class Measured:
    """What one round of load came to. Each connection's first answer is apart: it isn't timed."""

    seconds: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)
    first_bodies: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.latencies_ms) / self.seconds

    @property
    def p50_ms(self) -> float:
        """The median latency."""
        return statistics.median(self.latencies_ms)

    @property
    def p99_ms(self) -> float:
        """The 99th percentile of the latencies."""
        return statistics.quantiles(self.latencies_ms, n=100)[98]


def send(requests: Iterator[bytes], port: int, connections: int, seconds: float) -> Measured:
    """Send requests for some time, each connection one at a time; ends early where they run out.

    Raises:
        LoadError: if an answer's status is not 200, or a connection ends.
    """
    return send_streams([requests] * connections, port, seconds)


def send_streams(streams: Sequence[Iterator[bytes]], port: int, seconds: float) -> Measured:
    """The same with a connection for each stream of requests, which stay in their order."""
    collecting = gc.isenabled()
    gc.collect()
    gc.disable()  # a pause of ours would count as one of the service's
    try:
        return uvloop.run(_send(streams, port, seconds))
    finally:
        if collecting:
            gc.enable()


async def _send(streams: Sequence[Iterator[bytes]], port: int, seconds: float) -> Measured:
    measured = Measured()
    # one after the other, each with an answer in between: so several workers take their share of connections
    opened = [await _opened(stream, measured, port) for stream in streams]
    measured.first_bodies, measured.bodies = measured.bodies, []
    measured.latencies_ms.clear()
    began = time.perf_counter()
    ends = [connection.run(began + seconds) for connection in opened]
    try:
        await asyncio.wait_for(asyncio.gather(*ends), seconds + LAST_ANSWER_SECONDS)
    except TimeoutError as error:
        raise LoadError(f"port {port}: no answer within {LAST_ANSWER_SECONDS} s") from error
    measured.seconds = time.perf_counter() - began
    for connection in opened:
        connection.close()
    return measured


async def _opened(stream: Iterator[bytes], measured: Measured, port: int) -> _Connection:
    """A connection over which a first request was answered."""
    connecting = asyncio.get_running_loop().create_connection(lambda: _Connection(stream, measured), "127.0.0.1", port)
    _, connection = await asyncio.wait_for(connecting, OPEN_SECONDS)
    await asyncio.wait_for(connection.run(0.0), LAST_ANSWER_SECONDS)
    return connection


class _Connection(asyncio.Protocol):
    """One connection: sends, waits for the whole answer, sends the next."""

    def __init__(self, requests: Iterator[bytes], measured: Measured) -> None:
        self._requests, self._measured = requests, measured
        self._received = bytearray()
        self._missing = self._start = (
            0  # bytes until the answer is whole, 0 while its head isn't; where its body starts
        )
        self._until = self._sent_at = 0.0
        self._over: asyncio.Future[None] | None = None

    def run(self, until: float) -> asyncio.Future[None]:
        """Send until a moment, one request at least; the future ends with the last answer."""
        self._until, self._over = until, asyncio.get_running_loop().create_future()
        self._next()
        return self._over

    def close(self) -> None:
        """Hang up."""
        self._over = None
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(f"the connection ended ({error or 'closed by the service'})")

    def data_received(self, data: bytes) -> None:
        received = self._received
        received += data
        if self._missing:
            self._missing -= len(data)
        else:
            head = received.find(HEAD_END)
            if head < 0:
                return
            self._start = head + len(HEAD_END)
            self._missing = self._start + self._length(head) - len(received)
        if self._missing <= 0:
            self._answered()

    def _length(self, head: int) -> int:
        text = bytes(self._received[:head]).lower()
        place = text.find(b"content-length:")
        if place < 0 or text[9:12] != b"200":
            self._fail(f"unexpected answer: {bytes(self._received[:500])!r}")
            return 0
        return int(text[place + 15 :].split(b"\r\n", 1)[0])

    def _answered(self) -> None:
        now, measured = time.perf_counter(), self._measured
        measured.latencies_ms.append((now - self._sent_at) * 1000)
        measured.bodies.append(bytes(self._received[self._start :]))
        self._received.clear()
        self._missing = 0
        if now < self._until:
            self._next()
        elif self._over is not None and not self._over.done():
            self._over.set_result(None)

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is not None:
            self._sent_at = time.perf_counter()
            self._transport.write(request)
        elif self._over is not None and not self._over.done():
            self._over.set_result(None)

    def _fail(self, reason: str) -> None:
        if self._over is not None and not self._over.done():
            self._over.set_exception(LoadError(reason))


def repeated(target: Target, bodies: Sequence[bytes], most: int) -> Iterator[bytes]:
    """The same bodies again and again, so many in all: for peers that remember nothing."""
    requests = [target.request(body) for body in bodies]
    return islice((request for _ in range(most) for request in requests), most)

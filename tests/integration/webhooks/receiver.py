"""A receiver of webhooks on this machine that does as it is told, and keeps what it got."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread

from standardwebhooks import Webhook as Verifier

DEADLINE_SECONDS = 30


@dataclass(frozen=True)
class Got:
    """A request as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """By which repeats are told."""
        return self.headers["webhook-id"]

    @property
    def words(self) -> str:
        """What it says, in short."""
        message = json.loads(self.body)
        return f"{message['type'].removeprefix('claim.')} {message['data']['claim_id']}"

    def verified_by(self, secret: str) -> bool:
        """Whether the signature is right, by the package that receivers use; it raises if not."""
        return bool(Verifier(secret).verify(self.body, self.headers))


@dataclass
class Receiver:
    """What it got, in order. `answer` says with which status (and headers) each request is answered."""

    url: str = ""
    answer: Callable[[Got], tuple[int, dict[str, str]]] = lambda _: (204, {})
    got: list[Got] = field(default_factory=list)
    accepted: list[Got] = field(default_factory=list)
    released: Event = field(default_factory=Event)  # for answers that wait until the test is over
    lock: Lock = field(default_factory=Lock)

    def take(self, request: Got) -> tuple[int, dict[str, str]]:
        """Keep a request, and say what to answer."""
        with self.lock:
            self.got.append(request)
        status, headers = self.answer(request)
        if status < 300:
            with self.lock:
                self.accepted.append(request)
        return status, headers

    def wait_for(self, count: int) -> list[str]:
        """The words of all that was accepted, once there is so much."""
        wait_until(lambda: len(self.accepted) >= count)
        return [each.words for each in self.accepted]


def wait_until(condition: Callable[[], bool]) -> None:
    """Look until it holds; fail if it doesn't in time."""
    end = time.monotonic() + DEADLINE_SECONDS
    pause = Event()
    while not condition():
        assert time.monotonic() < end, "it didn't come to that in time"
        pause.wait(0.005)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that listens on a free port of this machine."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            body = self.rfile.read(length)
            if len(body) < length:  # its sender died on the way
                self.close_connection = True
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, extra = receiver.take(Got(self.path, headers, body))
            self.send_response(status)
            for name, value in {"content-length": "0", **extra}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:  # a sender that was killed, or gave up
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hooks"
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.shutdown()
        server.server_close()
        thread.join()

"""The real service in a process of its own, started and stopped as an operator would."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from features.plan import default_plan
from features.store import Store
from serving.access.callers import SCOPES, Scope
from serving.access.key_table import ACCESS_METADATA, Grant, add_user
from serving.clock import now_ms

ROOT = Path(__file__).resolve().parents[3]
COMMAND = Path(sys.executable).with_name("clearclaim")
START_SECONDS = 60
STOP_SECONDS = 20


def environment_of(home: Path, **settings: str) -> dict[str, str]:
    """This process's environment without its own settings, with a BentoML home and the settings given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CLEARCLAIM_")}
    return {
        **kept,
        "BENTOML_HOME": str(home),
        "BENTOML_DO_NOT_TRACK": "True",
        "PYTHONPATH": str(ROOT),  # the code of this checkout, wherever the command was installed from
        **settings,
    }


@dataclass(frozen=True)
class RunningService:
    """A service that answers at `url` to who sends `key`, with its processes and the file that its log goes to."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    key: str

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rpartition(":")[2])

    def client(self) -> httpx.Client:
        """A client of the service with its key, for one test."""
        return httpx.Client(base_url=self.url, timeout=30, headers={"authorization": f"Bearer {self.key}"})

    def workers(self) -> list[psutil.Process]:
        """The processes that answer requests now, those that only just start among them."""
        return [each for each in psutil.Process(self.process.pid).children() if _is_worker(each)]

    def kill(self) -> None:
        """End all its processes at once, as a power failure would."""
        # workers have sessions of their own, so the group's signal alone would leave them
        processes = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        for each in processes:
            each.send_signal(signal.SIGKILL)
        self.process.wait()
        psutil.wait_procs(processes, timeout=STOP_SECONDS)

    def stop(self) -> None:
        """Stop it gracefully, and make sure that nothing of it is left."""
        if self.process.poll() is not None:
            return
        processes = psutil.Process(self.process.pid).children(recursive=True)
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for left in psutil.wait_procs(processes, timeout=1)[1]:
            left.kill()


def start_service(
    folder: Path, home: Path, store: Path | str, ready: str = "/readyz", *, key: str | None = None, **settings: str
) -> RunningService:
    """Start the service in a folder, with settings of its own, and wait until its address `ready` answers 200.

    The store is an SQLite file, or a URL. A store that is away needs a key that was made before.
    """
    url = store if isinstance(store, str) else f"sqlite:///{store}"
    environment = environment_of(home, CLEARCLAIM_STORE=url, **settings)
    return start_server([COMMAND, "serve"], folder, environment, ready, key)


def start_server(
    command: Sequence[str | Path], folder: Path, environment: dict[str, str], ready: str, key: str | None = None
) -> RunningService:
    """Start any server that takes `--port`, in a folder, and wait until its address `ready` answers 200.

    Unless a key is given, one is made in the store that the environment names.
    """
    port = free_port()
    url = environment.get("CLEARCLAIM_STORE")
    if key is None:
        key = "" if url is None else make_key_in(url, f"test-{port}")
    log = folder / f"service-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            cwd=folder,
            env={**environment, "TMPDIR": str(folder)},  # what a killed service leaves behind lies in the folder too
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    service = RunningService(f"http://127.0.0.1:{port}", process, log, key)
    try:
        _wait(service, ready)
    except BaseException:
        service.stop()
        raise
    return service


def _is_worker(process: psutil.Process) -> bool:
    try:
        return any(word.startswith("_bentoml_impl.worker") for word in process.cmdline())
    except psutil.NoSuchProcess:  # gone, or a zombie that nobody has asked after yet
        return False


def make_key_in(store: Path | str, name: str, *scopes: Scope, requests_per_second: float | None = None) -> str:
    """The text of a new key in a store (a file or a URL), made if it isn't there; by default for everything."""
    opened = Store.open(store if isinstance(store, str) else f"sqlite:///{store}", default_plan())
    opened.create(ACCESS_METADATA)
    grant = Grant(frozenset(scopes or SCOPES), None, requests_per_second, 1)
    with opened.writing() as connection:
        key = add_user(connection, name, grant, now_ms=now_ms(), author="a test")
    opened.close()
    return key.text


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(service: RunningService, ready: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client(base_url=service.url, timeout=2) as client:  # each one reads the machine's certificates
        while time.monotonic() < deadline and service.process.poll() is None:
            try:
                if client.get(ready).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
    raise AssertionError(f"the service isn't ready; the end of its log:\n{service.log.read_text()[-3000:]}")

"""The demo's means: the two commands, run as a user would, and servers that are stopped by id."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
import httpx

START_SECONDS: Final = 90


def run(environment: Mapping[str, str], program: str, *arguments: str) -> None:
    """Run `clearclaim` or `clearclaim-train`, showing the call and what it prints.

    Raises:
        click.ClickException: if it fails; it has said why itself.
    """
    click.secho(f"$ {program} {' '.join(arguments)}", bold=True)
    done = subprocess.run([_find(program), *arguments], env=dict(environment), check=False)  # noqa: S603 - our own
    if done.returncode != 0:
        raise click.ClickException(f"{program} {arguments[0]} failed; the demo ends here")


def output_of(environment: Mapping[str, str], program: str, *arguments: str) -> str:
    """Run a command as `run` does, and return what it prints instead of showing it.

    Raises:
        click.ClickException: if it fails; it has said why itself.
    """
    click.secho(f"$ {program} {' '.join(arguments)}", bold=True)
    done = subprocess.run(  # noqa: S603 - our own
        [_find(program), *arguments], env=dict(environment), check=False, stdout=subprocess.PIPE, text=True
    )
    if done.returncode != 0:
        raise click.ClickException(f"{program} {arguments[0]} failed; the demo ends here")
    return done.stdout.strip()


@contextmanager
def server(environment: Mapping[str, str], arguments: list[str], ready_url: str, log: Path) -> Iterator[None]:
    """A server that answers at `ready_url`; stopped by its id at the end, with all that it started.

    Raises:
        click.ClickException: if it doesn't answer in time, with the end of its log.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own
            arguments, env=dict(environment), stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        _wait(process, ready_url, log)
        yield
    finally:
        _stop(process)


def serve_command(port: int) -> list[str]:
    """How to start the scoring service."""
    return [_find("clearclaim"), "serve", "--port", str(port)]


def mlflow_command(tracking_uri: str, port: int) -> list[str]:
    """How to start MLflow's page."""
    return [
        *(sys.executable, "-m", "mlflow", "server", "--backend-store-uri", tracking_uri),
        *("--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
    ]


def free_port(wanted: int) -> int:
    """The wanted port if it is free on 127.0.0.1, otherwise one that is."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise click.ClickException("no free port on 127.0.0.1")


def _find(program: str) -> str:
    beside = Path(sys.executable).with_name(program)
    found = str(beside) if beside.exists() else shutil.which(program)
    if found is None:
        raise click.ClickException(f"{program} is not installed; run 'make demo', or pip install clearclaim")
    return found


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client(timeout=2) as client:  # each one reads the machine's certificates
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if client.get(url).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.2)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
    raise click.ClickException(f"{url} doesn't answer; the end of {log}:\n{tail}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

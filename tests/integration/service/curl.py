"""Calls of curl as documentation shows them: found, run, and read back."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from string import Template

import httpx


@dataclass(frozen=True)
class Response:
    """A status and a body."""

    status: int
    body: str


def calls_in(markdown: str) -> list[str]:
    """The commands of a page that call curl, in order, each on its own, with whatever lines it has."""
    blocks = re.findall(r"```sh\n(.*?)```", markdown, re.DOTALL)
    return [
        each.strip()
        for block in blocks
        for each in re.split(r"^(?=curl )", block, flags=re.MULTILINE)
        if "curl " in each
    ]


def run(call: str, environment: Mapping[str, str]) -> Response:
    """Run a call: by curl, or by httpx where there is none."""
    return _by_curl(call, environment) if shutil.which("curl") else _by_httpx(call, environment)


def _by_curl(call: str, environment: Mapping[str, str]) -> Response:
    written = f"{call} --silent --show-error --write-out '\\n%{{http_code}}'"
    done = subprocess.run(
        ["sh", "-c", written],
        env={"PATH": "/usr/bin:/bin:/usr/local/bin", **environment},
        capture_output=True,
        check=True,
    )
    body, _, status = done.stdout.decode().rpartition("\n")
    return Response(int(status), body)


def _by_httpx(call: str, environment: Mapping[str, str]) -> Response:
    words = [_filled(word, environment) for word in _words(call)]
    headers, url, data = {}, "", None
    position = iter(words[1:])
    for word in position:
        match word:
            case "-H":
                name, _, value = next(position).partition(":")
                headers[name] = value.strip()
            case "-d":
                data = next(position)
            case _ if word.startswith("-"):
                raise ValueError(f"{word}: not an option that a page should need")
            case _:
                url = word
    answer = httpx.request("GET" if data is None else "POST", url, headers=headers, content=data, timeout=30)
    return Response(answer.status_code, answer.text)


def _words(call: str) -> list[str]:
    # what stands in single quotes isn't filled in: its dollars are marked before the quotes are gone
    marked = re.sub(r"'[^']*'", lambda quoted: quoted[0].replace("$", "$$"), call)
    return shlex.split(marked.replace("\\\n", " "))


def _filled(word: str, environment: Mapping[str, str]) -> str:
    return Template(word).substitute(environment)
